/** Who sent a message: the connected device whose signature key verifies the envelope. */
import { isMeshError } from "../../base/errors.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { eitherMember, verifyEnvelope } from "../../dare/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { DirectoryEntry } from "../context/device-directory.ts";

/** The sender of a message; undefined when no connected device of the account signed it. */
export function senderOf({ directory }: AccountContext, envelope: DareEnvelope): DirectoryEntry | undefined {
  return signerOf(envelope, (kid) => directory.findBySignature(kid));
}

/** The device that signed a message of a store under a connection that is over. Where the message stands tells whether it is believed. */
export function formerSenderOf({ directory }: AccountContext, envelope: DareEnvelope, store: string): DirectoryEntry | undefined {
  return signerOf(envelope, (kid) => directory.formerBySignature(kid, store)?.entry);
}

function signerOf(envelope: DareEnvelope, find: (kid: string) => DirectoryEntry | undefined): DirectoryEntry | undefined {
  for (const { kid } of eitherMember(envelope, "signatures") ?? []) {
    const entry = kid === undefined ? undefined : find(kid);
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
