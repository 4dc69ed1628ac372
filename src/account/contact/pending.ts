/**
 * Contacts that other accounts have sent: what waits for the owner, what a PIN has allowed in advance, and what only has to be closed. Whoever
 * shows or decides about messages calls pendingContacts, acceptContact and rejectContact. protocol-09 §7.9; extensions §10.
 */
import { MeshError } from "../../base/errors.ts";
import { shorten } from "../../base/shorten.ts";
import { encodeObject } from "../../codec/index.ts";
import { pinId, responseId, saltedPin } from "../../crypto/index.ts";
import type { MessagePin } from "../../schema/index.ts";
import { isNewerProfile, keysAt, MessageContact } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { closingMessage } from "../message/closed.ts";
import { issuedPins, judgePin, provesPin } from "../message/issued-pin.ts";
import type { RefusedMessage } from "../message/refused.ts";
import { closeRefused } from "../message/refused.ts";
import { spoolView } from "../message/spool-view.ts";
import { accountEncryptionKeys } from "../power/opening-keys.ts";
import type { AccountName, KnownContact } from "./contact-book.ts";
import { contactOfAccount, demandAccount, profileOf } from "./contact-book.ts";
import { contactMessage, mostSubject } from "./contact-message.ts";
import { admit, inboundOf } from "./inbound-grant.ts";
import { learn } from "./learn.ts";
import { WaitingPlaces } from "./places.ts";
import type { ReadContact } from "./read-contact.ts";
import { readContact } from "./read-contact.ts";
import type { OwnContact } from "./self-contact.ts";
import { ownContact, selfEntry } from "./self-contact.ts";
import type { SignedContact } from "./verify-contact.ts";

/** A contact that another account has sent. */
export interface PendingContact extends SignedContact {
  readonly messageId: string;
  /** Where it stands in MMM_Inbound. */
  readonly index: number;
  readonly envelopeId: string;
  readonly udf: string;
  readonly subject?: string;
  /** PIN under which the sender wants the owner's contact in return; absent when it wants none. */
  readonly replyPin?: string;
  /** A PIN of this account that the sender has proven: it is allowed in advance. */
  readonly grant?: MessagePin;
  /** Why the PIN that came along does not count. */
  readonly pinError?: MeshError;
  /** The sender knows the owner's static code, as everybody does who has the card. */
  readonly isByStaticCode: boolean;
  /** The contact that the sender is already. */
  readonly known?: KnownContact;
  /** Why it cannot be accepted: the address is pinned to another account. */
  readonly conflict?: MeshError;
}

/** As long as the sender waits for an answer. */
const requestAgeMs = 30 * 86_400_000;

/** What waits in the account's Inbound, and what only has to be closed. Nothing on a device that cannot open the account's mail or keep its PINs. */
export async function inspectContacts(
  context: AccountContext,
): Promise<{ readonly pending: readonly PendingContact[]; readonly refused: readonly RefusedMessage[] }> {
  const refused: RefusedMessage[] = [];
  if (!context.keys.administrator || accountEncryptionKeys(context).length === 0) return { pending: [], refused };
  const inbound = await spoolView(context, "MMM_Inbound");
  const messages = await inbound.firstOfName(MessageContact.tag, readContact, ({ message }) => encodeObject(MessageContact, message));
  if (messages.length === 0) return { pending: [], refused };
  const local = await spoolView(context, "MMM_Local");
  const judging = { context, action: "Contact" as const, pins: await issuedPins(local), closed: local.closed };
  const pending = new Map<string, PendingContact>();
  const places = new WaitingPlaces();
  for (const { index, envelopeId: id, reading } of messages) {
    const place = { index, envelopeId: id };
    if (reading.fault) {
      refused.push({ ...place, relationship: "Unreadable", reason: reading.fault.message });
      continue;
    }
    const item = pendingOf(context, { ...reading.value, ...place }, judgePin(reading.value.message, judging));
    if (isOld(context, reading.value)) {
      refused.push({ ...place, messageId: item.messageId, relationship: "Expired", reason: `nobody answered ${item.address} for a month` });
      continue;
    }
    if (isOfFormerKey(item, reading.value)) {
      refused.push({ ...place, messageId: item.messageId, relationship: "Reject", reason: `${item.address} has replaced the key that signed it` });
      continue;
    }
    const blocked = blockedAt(context, item);
    if (blocked !== undefined) {
      refused.push({
        ...place,
        messageId: item.messageId,
        relationship: "Reject",
        reason: `${item.address} is of an account that is blocked as ${blocked}`,
      });
      continue;
    }
    const before = pending.get(item.udf);
    if (before) refused.push({ ...before, relationship: "Superseded", reason: `${item.address} wrote again` });
    // What is allowed in advance waits for nobody.
    const reason = before || isAllowed(item) ? undefined : places.take(item.address);
    if (reason !== undefined) {
      refused.push({ ...place, messageId: item.messageId, relationship: "Reject", reason });
      continue;
    }
    pending.set(item.udf, item);
  }
  return { pending: [...pending.values()], refused };
}

const isOld = ({ ports }: AccountContext, { received }: ReadContact): boolean =>
  received !== undefined && ports.clock.now() - received > requestAgeMs;

/** A profile of before comes with its own key: whoever was removed still has both. What came before the key was replaced counts. */
function isOfFormerKey({ known }: PendingContact, { profile, received }: ReadContact): boolean {
  const pinned = known?.pin?.udf === profile.value.ProfileSignature.Udf ? profileOf(known) : undefined;
  if (!pinned || !isNewerProfile(pinned.value, profile.value)) return false;
  return !keysAt(pinned.value, "AccountSignature", received).some(({ udf }) => udf === profile.value.AccountSignature.Udf);
}

function pendingOf(
  context: AccountContext,
  { message, contact, profile, address, index, envelopeId: id }: ReadContact & { readonly index: number; readonly envelopeId: string },
  judged: MessagePin | MeshError | undefined,
): PendingContact {
  const udf = profile.value.ProfileSignature.Udf;
  const known = contactOfAccount(context, { udf, address });
  const isByStaticCode = provesStaticCode(context, message);
  const verdict = isByStaticCode ? undefined : ownPin(judged, udf);
  const conflict = conflictOf(context, { udf, address });
  return {
    messageId: message.MessageId,
    index,
    envelopeId: id,
    contact,
    profile,
    address,
    udf,
    isByStaticCode,
    ...(message.Subject === undefined ? {} : { subject: shorten(message.Subject, mostSubject) }),
    ...(message.PIN === undefined || message.Reply === false ? {} : { replyPin: message.PIN }),
    ...(verdict === undefined ? {} : verdict instanceof MeshError ? { pinError: verdict } : { grant: verdict }),
    ...(known === undefined ? {} : { known }),
    ...(conflict === undefined ? {} : { conflict }),
  };
}

/** A PIN that was sent to one account is good for that one alone. */
function ownPin(judged: MessagePin | MeshError | undefined, udf: string): MessagePin | MeshError | undefined {
  if (judged === undefined || judged instanceof MeshError || judged.Contact === undefined || judged.Contact === udf) return judged;
  return new MeshError("ERR_PIN_INVALID", "the PIN was sent to another account");
}

function provesStaticCode(context: AccountContext, message: MessageContact): boolean {
  const code = selfEntry(context)?.StaticCode;
  if (code === undefined || message.PinId === undefined) return false;
  const salted = saltedPin(code, "Contact");
  return message.PinId === pinId(salted, context.address) && provesPin(message, salted, context.address);
}

function conflictOf(context: AccountContext, account: AccountName): MeshError | undefined {
  try {
    demandAccount(context, account);
    return undefined;
  } catch (error) {
    if (error instanceof MeshError) return error;
    throw error;
  }
}

/** Every contact that waits for a decision and can be read, oldest first. */
export async function pendingContacts(context: AccountContext): Promise<readonly PendingContact[]> {
  return (await inspectContacts(context)).pending;
}

/**
 * Takes a contact in, answers with the owner's own where it is asked for, and closes the message, in one Transact. Done twice, it is done once:
 * the answer is named after the request.
 * Errors: ERR_VERIFICATION when the address is pinned to another account, ERR_QUOTA, ERR_NOT_AUTHORIZED, and those of the service.
 */
export async function acceptContact(
  context: AccountContext,
  pending: PendingContact,
  options: { readonly localName?: string } = {},
): Promise<KnownContact> {
  const { profile, contact, grant, replyPin, udf, address } = pending;
  if (pending.conflict) throw pending.conflict;
  const own = replyPin === undefined ? undefined : await ownContact(context);
  // A PIN that the owner showed to somebody proves who came; one that was sent to an address proves no more than the address did.
  const way = grant && grant.Contact === undefined ? "Exchanged" : "FirstUse";
  const reply = own && replyPin !== undefined ? await answer(context, pending, { own: own.envelope, replyPin }) : undefined;
  const learnt = learn(context, { profile, contact, way, ...options, toldBy: reply?.envelope.header.EnvelopeId });
  await context.transact({
    catalogs: [...(own?.writes ?? []), learnt, admit(address)],
    messages: [
      { spool: "MMM_Inbound", envelope: closingMessage(context, pending.messageId, "Accept") },
      ...(grant ? [{ spool: "MMM_Local" as const, envelope: closingMessage(context, grant.MessageId) }] : []),
      ...(reply ? [reply] : []),
    ],
  });
  const known = contactOfAccount(context, { udf, address });
  if (!known) throw new MeshError("ERR_INTERNAL", `the contact of ${address} was not kept`);
  return known;
}

function answer(
  context: AccountContext,
  { profile, messageId }: PendingContact,
  { own, replyPin }: { readonly own: OwnContact["envelope"]; readonly replyPin: string },
): ReturnType<typeof contactMessage> {
  return contactMessage(context, { to: profile.value, own, knownCode: replyPin, messageId: responseId(messageId) });
}

/** Refuses a contact; its sender is told nothing. */
export async function rejectContact(context: AccountContext, pending: PendingContact): Promise<void> {
  await closeRefused(context, "MMM_Inbound", [{ ...pending, relationship: "Reject", reason: "the owner refused" }]);
}

/** True when nobody has to be asked: the sender proved a PIN, or a contact says where it always was what is new about it and asks nothing. */
export function isAllowed({ grant, known, address, replyPin, conflict }: PendingContact): boolean {
  if (conflict) return false;
  return grant !== undefined || (known?.pin !== undefined && known.address === address && replyPin === undefined);
}

/** The address under which the sender's account is blocked: whoever is refused there is refused wherever he moves. */
function blockedAt(context: AccountContext, { known }: PendingContact): string | undefined {
  return known?.address !== undefined && inboundOf(context, known.address)?.Active === false ? known.address : undefined;
}
