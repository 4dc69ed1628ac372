/**
 * Keeps what others have of the owner true: when the account's profile was issued anew, the own contact and what is published follow, and every
 * contact that was given the former one is told. It goes on where it stopped: each contact is noted in the Transact that tells it, and told once more
 * where the services say that it was not taken and that this passes. extensions §10
 */

import { equalBytes } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import { envelopeId, newNonce } from "../../crypto/index.ts";
import { eitherMember } from "../../dare/index.ts";
import type { Enveloped, ProfileUser } from "../../schema/index.ts";
import { contactCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { isOfSurroundings } from "../context/surroundings.ts";
import type { NotTaken } from "../message/not-taken.ts";
import { notTaken, notTakenName } from "../message/not-taken.ts";
import { edit } from "../store/edit.ts";
import { republication } from "./code.ts";
import type { KnownContact } from "./contact-book.ts";
import { contacts, profileOf } from "./contact-book.ts";
import { contactMessage } from "./contact-message.ts";
import { learn } from "./learn.ts";
import { mayFollowProfile } from "./profile-pace.ts";
import { isCurrent, ownContact, selfEntry } from "./self-contact.ts";
import { nextTry, sendAgain } from "./send-again.ts";
import { newerProfile, sendTo } from "./send-to.ts";

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
  const refused = await notTaken(context);
  const due = contacts(context).flatMap((contact) => {
    const { Told, ToldBy } = contact.entry;
    if (Told === undefined) return [];
    const refusal = ToldBy === undefined ? undefined : refused.get(notTakenName(ToldBy, contact.address ?? ""));
    const isTold = equalBytes(Told, current);
    return !isTold || (refusal && mayComeAgain(context, refusal)) ? [{ contact, refusal, isTold }] : [];
  });
  const told: string[] = [];
  for (const { contact, refusal, isTold } of inTurn(context, due)) {
    if (isTold && refusal?.errorCode === "ERR_KEY" && !(await isUnderNewerKey(context, contact, refusal))) continue;
    const isSent = refusal !== undefined && (await sendAgain(context, contact, refusal));
    if (isSent || (await tell(context, contact, { current, shown: refusal?.profile }))) told.push(contact.address ?? contact.key);
  }
  return told;
}

/** So many of those that are due, beginning behind the last one that was tried: who cannot be told keeps nobody behind him waiting. */
function inTurn<T extends { readonly contact: KnownContact }>(context: AccountContext, due: readonly T[]): readonly T[] {
  const at = 1 + due.findIndex(({ contact }) => contact.key === lastTried.get(context));
  const chosen = [...due.slice(at), ...due.slice(0, at)].slice(0, mostAtOnce);
  lastTried.set(context, chosen.at(-1)?.contact.key);
  return chosen;
}

const lastTried = new WeakMap<AccountContext, string | undefined>();
/** Refusals of messages that were sealed to the newest key that is known: such a message is over. */
const final = new WeakSet<NotTaken>();

function mayComeAgain({ ports }: AccountContext, refusal: NotTaken): boolean {
  if (refusal.errorCode === "ERR_KEY") return refusal.profile !== undefined && !final.has(refusal);
  const next = nextTry(refusal);
  return next !== undefined && ports.clock.now() >= next;
}

/** Sealed to a key of before: at once, under the newer one, within the pace. */
async function isUnderNewerKey(context: AccountContext, known: KnownContact, refusal: NotTaken): Promise<boolean> {
  const profile = profileOf(known)?.value;
  const isNewer = profile !== undefined && ((await isSealedElsewhere(context, profile, refusal)) || isNewerShown(context, profile, refusal));
  if (!isNewer) final.add(refusal);
  return isNewer && mayFollowProfile(context, refusal.address);
}

async function isSealedElsewhere(context: AccountContext, { AccountEncryption }: ProfileUser, { index }: NotTaken): Promise<boolean> {
  const message = await context.messageAt("MMM_Outbound", index);
  return message?.envelope.header.recipients?.every(({ kid }) => kid !== AccountEncryption.Udf) === true;
}

function isNewerShown({ ports }: AccountContext, profile: ProfileUser, { profile: shown, address }: NotTaken): boolean {
  try {
    return newerProfile(shown, profile) !== undefined;
  } catch (error) {
    ports.log.warn("contact.shown-another", { address, reason: asMeshError(error).message });
    return false;
  }
}

/** False for a contact that cannot be told; nobody else waits for it. */
async function tell(
  context: AccountContext,
  known: KnownContact,
  { current, shown }: { readonly current: Uint8Array; readonly shown: Enveloped<ProfileUser> | undefined },
): Promise<boolean> {
  const { clock, random, log } = context.ports;
  const messageId = newNonce(random);
  const noted = edit(
    contactCatalog,
    known.key,
    (entry) => entry && { ...entry, Told: current, ToldBy: envelopeId(messageId), Updated: dateTime(clock.now()) },
  );
  try {
    const profile = profileOf(known);
    const newer = profile && newerProfile(shown, profile.value);
    if (newer) await context.transact({ catalogs: [learn(context, { profile: newer, way: "FirstUse" })] });
    const { envelope: own } = await ownContact(context);
    const to = (newer ?? profile)?.value;
    if (to) await sendTo(context, to, async (at) => ({ catalogs: [noted], messages: [await contactMessage(context, { to: at, own, messageId })] }));
    else await context.transact({ catalogs: [noted] });
    return to !== undefined;
  } catch (error) {
    if (isOfSurroundings(error)) throw error;
    log.warn("contact.untold", { contact: known.key, reason: asMeshError(error).message });
    return false;
  }
}
