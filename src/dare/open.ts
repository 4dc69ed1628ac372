/**
 * Opens DARE envelopes (dare-12 §3, §5). CBC is malleable, so whoever cares who sent a payload uses openVerified, which never
 * decrypts before it has verified. Every failure is the same error: no padding oracle, no hint which key or check failed.
 */
import { wipe } from "../base/bytes.ts";
import { MeshError, verificationError } from "../base/errors.ts";
import type { PublicKey } from "../crypto/key.ts";
import { decryptBody, isEncrypted, saltOf } from "./content.ts";
import type { DareEnvelope } from "./envelope.ts";
import type { OpeningKeys } from "./exchange.ts";
import { exchangedSeed } from "./exchange.ts";
import { checkWitnesses, verifyEnvelope } from "./signature.ts";

/** Keys to open with; `sealed` refuses a body that is not encrypted. */
export interface OpenOptions extends OpeningKeys {
  readonly sealed?: boolean;
}

/**
 * Payload of an envelope; the body itself when it is not encrypted. Witnesses of signatures are checked, signatures are not
 * (verifyEnvelope does that). ERR_VERIFICATION.
 */
export function openEnvelope(envelope: DareEnvelope, options: OpenOptions = {}): Uint8Array {
  if (!isEncrypted(envelope.header)) {
    if (options.sealed) throw verificationError("envelope");
    return envelope.body;
  }
  return uniformly("envelope", () => {
    const salt = saltOf(envelope.header);
    const baseSeed = exchangedSeed(envelope.header, options);
    try {
      checkWitnesses(envelope, { baseSeed, salt });
      return decryptBody({ baseSeed, salt, body: envelope.body });
    } finally {
      wipe(baseSeed);
    }
  });
}

/** Verifies, then opens: payload and the key that signed. ERR_VERIFICATION, also when the signer is none of `signedBy`. */
export function openVerified(options: { readonly envelope: DareEnvelope; readonly signedBy: readonly PublicKey[] } & OpenOptions): {
  readonly plaintext: Uint8Array;
  readonly signer: PublicKey;
} {
  const signer = verifyEnvelope(options.envelope, options.signedBy);
  return { plaintext: openEnvelope(options.envelope, options), signer };
}

/** Runs a check and gives every expected failure the same face. */
export function uniformly<T>(what: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    if (error instanceof MeshError) throw verificationError(what);
    throw error;
  }
}
