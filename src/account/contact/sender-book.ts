/** Who may be behind a message of another account: the contacts by address, each with the profile that it is pinned to. Profiles are verified once. */
import { isMeshError } from "../../base/errors.ts";
import type { CatalogedContact, ProfileUser } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { KnownContact } from "./contact-book.ts";
import { contacts, profileOf } from "./contact-book.ts";
import type { Way } from "./trust.ts";

/** A contact that can be the sender of a message. */
export interface KnownSender {
  readonly address: string;
  readonly udf: string;
  readonly name: string;
  readonly way: Way;
  readonly profile: ProfileUser;
}

const verified = new WeakMap<CatalogedContact, ProfileUser | undefined>();

/** Finds contacts by address, for as long as no contact changes. */
export function senderBook(context: AccountContext): (address: string) => KnownSender | undefined {
  const byAddress = new Map(contacts(context).flatMap((known) => (known.address === undefined ? [] : [[known.address, known] as const])));
  return (address) => {
    const known = byAddress.get(address);
    const profile = known && known.entry.Self !== true ? verifiedProfile(known) : undefined;
    if (!known?.pin || !profile) return undefined;
    return { address, udf: known.pin.udf, name: known.name, way: known.pin.way, profile };
  };
}

function verifiedProfile(known: KnownContact): ProfileUser | undefined {
  if (!verified.has(known.entry)) verified.set(known.entry, orNothing(known));
  return verified.get(known.entry);
}

/** A contact whose profile does not verify sends nothing that is believed. */
function orNothing(known: KnownContact): ProfileUser | undefined {
  try {
    return profileOf(known)?.value;
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return undefined;
  }
}
