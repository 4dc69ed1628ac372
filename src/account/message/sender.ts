/** Who sent a message: the connected device whose signature key verifies the envelope. */
import { isMeshError } from "../../base/errors.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { eitherMember, verifyEnvelope } from "../../dare/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { DirectoryEntry } from "../context/device-directory.ts";

/** The sender of a message; undefined when no connected device of the account signed it. */
export function senderOf(context: AccountContext, envelope: DareEnvelope): DirectoryEntry | undefined {
  for (const { kid } of eitherMember(envelope, "signatures") ?? []) {
    const entry = kid === undefined ? undefined : context.directory.findBySignature(kid);
    if (!entry) continue;
    try {
      verifyEnvelope(envelope, [entry.signature]);
      return entry;
    } catch (error) {
      if (!isMeshError(error)) throw error;
    }
  }
  return undefined;
}
