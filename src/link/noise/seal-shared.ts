/**
 * One-way sealing to a key whose private half is shared (extensions §15): pattern N as in seal.ts, to the X25519 form of a composite Ed25519 key.
 * The sender knows nothing of shares. The reader takes the ephemeral key out of the sealed octets, has every other holder multiply it by his share
 * (threshold-06 §4, verb Agree), adds his own part last, and opens: so he alone learns the secret.
 */
import { MeshError, verificationError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { ed25519Of, x25519Agreement, x25519Of } from "../../crypto/birational.ts";
import { type PublicKey, publicKey } from "../../crypto/key.ts";
import { addPublic } from "../../crypto/overlay.ts";
import { openOneWay, sealOneWay } from "./seal.ts";

const ephemeralLength = 32;

/** Seals to a composite Ed25519 key; the same prologue is needed to open. ERR_KEY, ERR_TOO_LARGE. */
export function sealToComposite(options: {
  readonly recipient: PublicKey;
  readonly prologue: Uint8Array;
  readonly plaintext: Uint8Array;
  readonly random: Random;
}): Uint8Array {
  return sealOneWay({ ...options, recipient: x25519Of(options.recipient) });
}

/** What every holder multiplies by his share: the ephemeral key of sealed octets, as an Ed25519 point. ERR_VERIFICATION. */
export function ephemeralOf(sealed: Uint8Array): PublicKey {
  if (sealed.length <= ephemeralLength) throw verificationError("seal");
  try {
    return ed25519Of(publicKey("X25519", sealed.slice(0, ephemeralLength)));
  } catch (cause) {
    if (!(cause instanceof MeshError)) throw cause;
    throw verificationError("seal", cause);
  }
}

/** Opens with the parts of all holders, the reader's own among them. ERR_VERIFICATION whatever is wrong. */
export function openComposite(options: {
  readonly recipient: PublicKey;
  readonly prologue: Uint8Array;
  readonly sealed: Uint8Array;
  readonly parts: readonly PublicKey[];
}): Uint8Array {
  const { recipient, prologue, sealed, parts } = options;
  const [first, ...rest] = parts;
  if (!first) throw verificationError("seal");
  const agree = (): Uint8Array => x25519Agreement(rest.reduce(addPublic, first));
  return openOneWay({ recipient: { curve: "X25519", public: x25519Of(recipient), agree }, prologue, sealed });
}
