/**
 * Keeps what others have of the owner true: when the account's profile was issued anew, the own contact and what is published follow, and every
 * contact that was given the former one is told. It goes on where it stopped: each contact is noted in the Transact that tells it. extensions §10
 */

import { equalBytes } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import { eitherMember } from "../../dare/index.ts";
import { contactCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { isOfSurroundings } from "../context/surroundings.ts";
import { edit } from "../store/edit.ts";
import { republication } from "./code.ts";
import type { KnownContact } from "./contact-book.ts";
import { contacts, profileOf } from "./contact-book.ts";
import { contactMessage } from "./contact-message.ts";
import { isCurrent, ownContact, selfEntry } from "./self-contact.ts";
import { sendTo } from "./send-to.ts";

/** Contacts that are told in one turn. */
const mostAtOnce = 32;

/** Makes the own contact anew where the profile is newer, and tells contacts. @returns the addresses that were told. Errors: those of the service and the disk. */
export async function renewOwnContact(context: AccountContext): Promise<readonly string[]> {
  const entry = selfEntry(context);
  if (!entry || !context.keys.accountSignature) return [];
  if (!isCurrent(context, entry)) {
    const own = await ownContact(context);
    await context.transact({ catalogs: [...own.writes, ...republication(context, own.envelope)] });
  }
  const current = eitherMember(context.profileEnvelope, "PayloadDigest") ?? new Uint8Array();
  const outdated = contacts(context).filter(({ entry: { Told } }) => Told !== undefined && !equalBytes(Told, current));
  const told: string[] = [];
  for (const contact of outdated.slice(0, mostAtOnce)) if (await tell(context, contact, current)) told.push(contact.address ?? contact.key);
  return told;
}

/** False for a contact that cannot be told; nobody else waits for it. */
async function tell(context: AccountContext, known: KnownContact, current: Uint8Array): Promise<boolean> {
  const noted = edit(contactCatalog, known.key, (entry) => entry && { ...entry, Told: current, Updated: dateTime(context.ports.clock.now()) });
  try {
    const profile = profileOf(known);
    const { envelope: own } = await ownContact(context);
    if (profile) await sendTo(context, profile.value, async (to) => ({ catalogs: [noted], messages: [await contactMessage(context, { to, own })] }));
    else await context.transact({ catalogs: [noted] });
    return profile !== undefined;
  } catch (error) {
    if (isOfSurroundings(error)) throw error;
    context.ports.log.warn("contact.untold", { contact: known.key, reason: asMeshError(error).message });
    return false;
  }
}
