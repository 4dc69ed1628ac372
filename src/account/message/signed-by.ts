/** Whose word a message of another account is: the signature of the profile that its sender is pinned to. extensions §11 */
import { isMeshError } from "../../base/errors.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { verifyEnvelope } from "../../dare/index.ts";
import type { ProfileUser } from "../../schema/index.ts";
import { keysAt } from "../../schema/index.ts";
import type { Mail } from "./mail.ts";

/** By the key in force when it came; by one that was replaced before; by none that the profile names: it may be that of a newer issue, which is to come. */
export type Signing = "current" | "former" | "unknown";

const signed = new WeakMap<DareEnvelope, { readonly by: ProfileUser; readonly signing: Signing }>();

/** Which AccountSignature of the profile signed it; verified once. */
export function signingOf({ envelope, received }: Pick<Mail<unknown>, "envelope" | "received">, profile: ProfileUser): Signing {
  const before = signed.get(envelope);
  if (before?.by === profile) return before.signing;
  const isBy = (time: number | undefined): boolean => verifies(envelope, keysAt(profile, "AccountSignature", time));
  const signing = isBy(received) ? "current" : isBy(Number.NEGATIVE_INFINITY) ? "former" : "unknown";
  signed.set(envelope, { by: profile, signing });
  return signing;
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
