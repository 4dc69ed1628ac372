/** Whose word a message of another account is: the signature of the profile that its sender is pinned to. extensions §11 */
import { isMeshError } from "../../base/errors.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { verifyEnvelope } from "../../dare/index.ts";
import type { ProfileUser } from "../../schema/index.ts";
import { keysAt } from "../../schema/index.ts";
import type { Mail } from "./mail.ts";

const signed = new WeakMap<DareEnvelope, { readonly by: ProfileUser; readonly isSigned: boolean }>();

/** True when AccountSignature of the profile signed it, the one in force when it came; verified once. */
export function isSignedBy({ envelope, received }: Pick<Mail<unknown>, "envelope" | "received">, profile: ProfileUser): boolean {
  const before = signed.get(envelope);
  if (before?.by === profile) return before.isSigned;
  const isSigned = verifies(envelope, keysAt(profile, "AccountSignature", received));
  signed.set(envelope, { by: profile, isSigned });
  return isSigned;
}

function verifies(envelope: DareEnvelope, keys: readonly PublicKey[]): boolean {
  try {
    verifyEnvelope(envelope, keys);
    return true;
  } catch (error) {
    if (isMeshError(error)) return false;
    throw error;
  }
}
