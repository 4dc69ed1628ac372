/**
 * What needs both halves (docs/device-link.md §7.1): opening what was sealed to the device, and signing what it says. The device completes an
 * agreement and tells nothing of it; of a signature it gives its part, under a nonce that it draws last.
 */
import type { Random } from "../../../src/base/random.ts";
import type { PublicKey } from "../../../src/crypto/index.ts";
import { combineAgreements, finalShare, partialAgreement, publicKey, sha512 } from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { openEnvelope } from "../../../src/dare/index.ts";
import type { LinkSession } from "../../../src/link/index.ts";
import { ephemeralOf, openComposite } from "../../../src/link/index.ts";
import { ephemeralFor } from "./ephemeral.ts";
import type { Halves } from "./halves.ts";

/** Both parts of an agreement. Errors: ERR_REJECTED when the hub does not help, ERR_KEY, ERR_TIMEOUT, ERR_LINK. */
async function parts(session: LinkSession, halves: Halves, ephemeral: PublicKey): Promise<readonly PublicKey[]> {
  const { Share } = await session.request("Agree", { Ephemeral: ephemeral.octets });
  return [publicKey("Ed25519", Share), partialAgreement(halves.encryption, ephemeral)];
}

/** Opens a one-way seal. Errors: as above, and ERR_VERIFICATION. */
export async function openSealedWithHub(options: {
  readonly session: LinkSession;
  readonly halves: Halves;
  readonly sealed: Uint8Array;
  readonly prologue: Uint8Array;
}): Promise<Uint8Array> {
  const { session, halves, sealed, prologue } = options;
  const both = await parts(session, halves, ephemeralOf(sealed));
  return openComposite({ recipient: halves.whole.encryption, prologue, sealed, parts: both });
}

/** Opens an envelope that was sealed to the device: a file, a new program. Verify who signed it first. Errors: as above. */
export async function openEnvelopeWithHub(options: {
  readonly session: LinkSession;
  readonly halves: Halves;
  readonly envelope: DareEnvelope;
}): Promise<Uint8Array> {
  const { session, halves, envelope } = options;
  const ephemeral = ephemeralFor(envelope.header, halves.whole.encryption);
  const secret = combineAgreements(await parts(session, halves, ephemeral));
  const whole = { curve: "Ed25519", public: halves.whole.encryption, agree: () => secret } as const;
  try {
    return openEnvelope(envelope, { keys: [whole], sealed: true });
  } finally {
    secret.fill(0);
  }
}

/** Has a body signed. Resolves when the hub has the signature, and has stored it. Errors: ERR_REJECTED, ERR_KEY, ERR_TIMEOUT, ERR_LINK. */
export async function signWithHub(options: {
  readonly session: LinkSession;
  readonly halves: Halves;
  readonly body: Uint8Array;
  readonly random: Random;
}): Promise<boolean> {
  const { session, halves, body, random } = options;
  const { Commitment } = await session.request("Sign", { Body: body });
  const task = { groupKey: halves.whole.signature, message: sha512(body) };
  const answer = finalShare({ task, others: publicKey("Ed25519", Commitment), share: halves.signature, random });
  const { Result } = await session.request("Signature", { Commitment, R: answer.R, Share: answer.share });
  return Result === "Accept";
}
