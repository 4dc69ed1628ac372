/**
 * Everything that waits for the owner in the account's Inbound, in one list: machines and devices that want to be connected, contacts, requests to
 * confirm, and what this device cannot decide or does not know, by its type. Each is decided by its own room.
 */
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import {
  AcknowledgeConnection,
  ConfirmOrder,
  DeviceAlert,
  GroupInvitation,
  MessageContact,
  OfferConnection,
  OfferHosted,
  RequestConfirmation,
  RequestEdit,
  ResponseConfirmation,
} from "../../schema/index.ts";
import type { PendingConfirmation } from "../confirmation/pending.ts";
import { inspectConfirmations } from "../confirmation/pending.ts";
import type { PendingConnection } from "../connect/pending-connection.ts";
import { inspectConnections } from "../connect/pending-connection.ts";
import type { PendingContact } from "../contact/pending.ts";
import { inspectContacts } from "../contact/pending.ts";
import type { Way } from "../contact/trust.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { PendingHosted } from "../device/hosted.ts";
import { inspectHosted } from "../device/hosted.ts";
import type { PendingOffer } from "../device/offer.ts";
import { inspectOffers } from "../device/offer.ts";
import { guestMail } from "../grant/guest-answer.ts";
import type { PendingInvitation } from "../group/invitation.ts";
import { inspectInvitations } from "../group/invitation.ts";
import { askedInWords } from "../house/edit-words.ts";
import type { HubMessage, PendingAlert, PendingEdit, PendingOrder } from "../house/hub-mail.ts";
import { inspectHubMail } from "../house/hub-mail.ts";
import { alertInWords, orderInWords } from "../house/words.ts";
import type { RefusedMessage } from "./refused.ts";
import { spoolView } from "./spool-view.ts";

/** Something that waits, by what decides it. */
export type WaitingItem =
  | { readonly kind: "connection"; readonly item: PendingConnection }
  | { readonly kind: "offer"; readonly item: PendingOffer }
  | { readonly kind: "hosted"; readonly item: PendingHosted }
  | { readonly kind: "contact"; readonly item: PendingContact }
  | { readonly kind: "confirmation"; readonly item: PendingConfirmation }
  | { readonly kind: "group"; readonly item: PendingInvitation }
  | { readonly kind: "order"; readonly item: PendingOrder }
  | { readonly kind: "edit"; readonly item: PendingEdit }
  | { readonly kind: "alert"; readonly item: PendingAlert }
  | { readonly kind: "other"; readonly item: undefined };

/** What waits, as it is shown. */
export type WaitingMessage = WaitingItem & {
  readonly messageId: string;
  readonly index: number;
  readonly type: string;
  /** Address of an account, or fingerprint of a device; undefined when nothing says so. */
  readonly from?: string;
  readonly udf?: string;
  /** How the fingerprint of a contact came. */
  readonly trust?: Way;
  readonly text?: string;
  readonly expires?: string;
  readonly received?: string;
};

/** Of what is not known here, so many are shown. */
const mostOthers = 64;

/** What waits, oldest first, and what only has to be closed. */
export async function inspectWaiting(
  context: AccountContext,
): Promise<{ readonly waiting: readonly WaitingMessage[]; readonly refused: readonly RefusedMessage[] }> {
  const isAdministrator = context.keys.administrator !== undefined;
  const none = { pending: [], refused: [] };
  const connections = isAdministrator ? await inspectConnections(context) : none;
  const offers = isAdministrator ? await inspectOffers(context) : none;
  const hosted = isAdministrator ? await inspectHosted(context) : none;
  const contacts = await inspectContacts(context);
  const confirmations = await inspectConfirmations(context);
  const invitations = await inspectInvitations(context);
  const found: WaitingMessage[] = [];
  for (const item of connections.pending)
    found.push({ kind: "connection", item, messageId: item.witness, index: item.index, type: AcknowledgeConnection.tag, from: item.deviceUdf });
  for (const item of offers.pending)
    found.push({
      kind: "offer",
      item,
      messageId: item.messageId,
      index: item.index,
      type: OfferConnection.tag,
      from: item.hub.udf,
      expires: item.offer.Expires,
    });
  for (const item of hosted.pending)
    found.push({
      kind: "hosted",
      item,
      messageId: item.messageId,
      index: item.index,
      type: OfferHosted.tag,
      from: item.hub.udf,
      expires: item.offer.Expires,
    });
  for (const item of contacts.pending) found.push(contactOf(item));
  for (const item of confirmations.pending) found.push(confirmationOf(item));
  for (const item of invitations.pending) found.push(invitationOf(item));
  const house = await inspectHubMail(context);
  for (const item of house.orders)
    found.push({ kind: "order", item, ...ofHub(item, ConfirmOrder.tag), text: orderInWords(context, item.value), expires: item.value.Expires });
  for (const item of house.edits) {
    const text = await askedInWords(context, item, [...offers.pending, ...hosted.pending]);
    found.push({ kind: "edit", item, ...ofHub(item, RequestEdit.tag), text, expires: item.value.Expires });
  }
  for (const item of house.alerts) found.push({ kind: "alert", item, ...ofHub(item, DeviceAlert.tag), text: alertInWords(context, item.value) });
  const known = [
    ResponseConfirmation.tag,
    RequestConfirmation.tag,
    GroupInvitation.tag,
    ConfirmOrder.tag,
    DeviceAlert.tag,
    RequestEdit.tag,
    ...guestMail,
    ...(isAdministrator ? [AcknowledgeConnection, OfferConnection, OfferHosted, MessageContact].map(({ tag }) => tag) : []),
  ];
  const others = (await spoolView(context, "MMM_Inbound")).othersOpen(known).slice(0, mostOthers);
  for (const { index, envelopeId, messageType } of others) {
    const type = messageType ?? "a message without a type";
    found.push({ kind: "other", item: undefined, messageId: envelopeId, index, type });
  }
  const waiting: WaitingMessage[] = [];
  for (const message of found.sort((a, b) => a.index - b.index)) waiting.push(await dated(context, message));
  const refused = [connections, offers, hosted, contacts, confirmations, invitations, house].flatMap((inspected) => inspected.refused);
  return { waiting, refused };
}

/** When a message came, and from where the service had one that nobody has read. */
async function dated(context: AccountContext, message: WaitingMessage): Promise<WaitingMessage> {
  const { received, origin } = (await context.messageAt("MMM_Inbound", message.index)) ?? {};
  return {
    ...message,
    ...(received === undefined ? {} : { received: dateTime(received) }),
    ...(message.from !== undefined || origin === undefined ? {} : { from: origin }),
  };
}

function ofHub({ messageId, index, hub }: HubMessage<unknown>, type: string) {
  return { messageId, index, type, from: hub.udf, udf: hub.udf };
}

function contactOf(item: PendingContact): WaitingMessage {
  const { messageId, index, address, udf, subject, known } = item;
  const isElsewhere = known?.address !== undefined && known.address !== address;
  const texts = [...(isElsewhere ? [`was ${known.address} before`] : []), ...(subject === undefined ? [] : [subject])];
  return {
    kind: "contact",
    item,
    messageId,
    index,
    type: MessageContact.tag,
    from: address,
    udf,
    ...(known?.pin?.udf === udf ? { trust: known.pin.way } : {}),
    ...(texts.length === 0 ? {} : { text: texts.join("; ") }),
  };
}

function confirmationOf(item: PendingConfirmation): WaitingMessage {
  const { messageId, index, sender, text, expires } = item;
  return {
    kind: "confirmation",
    item,
    messageId,
    index,
    type: RequestConfirmation.tag,
    from: sender.address,
    udf: sender.udf,
    trust: sender.way,
    text,
    ...(expires === undefined ? {} : { expires }),
  };
}

function invitationOf(item: PendingInvitation): WaitingMessage {
  const { messageId, index, sender, group } = item;
  return {
    kind: "group",
    item,
    messageId,
    index,
    type: GroupInvitation.tag,
    from: sender.address,
    udf: sender.udf,
    trust: sender.way,
    text: `be a member of ${group}`,
  };
}

/** Characters of a name that have to be given: its sender drew it at random, and nobody else knows it before. */
const least = 8;

const plain = (text: string): string => text.replaceAll("-", "").toUpperCase();

/**
 * The message that the first characters of its name mean.
 * @param former names of messages that are over, too: what may have meant one of them means nothing else
 * Errors: ERR_USAGE, ERR_NOT_FOUND, ERR_AMBIGUOUS.
 */
export function findWaiting(waiting: readonly WaitingMessage[], text: string, former: ReadonlySet<string> = new Set()): WaitingMessage {
  const wanted = plain(text);
  if (wanted.length < least)
    throw new MeshError("ERR_USAGE", `${JSON.stringify(text.slice(0, 64))} is too short`, {
      hint: `give at least ${least} characters of the message's name`,
    });
  const found = waiting.filter(({ messageId }) => plain(messageId).startsWith(wanted));
  const [one, ...others] = found;
  if (!one)
    throw new MeshError("ERR_NOT_FOUND", `no message ${JSON.stringify(text.slice(0, 64))} waits`, {
      hint: "see 'meshman message pending'; another of your devices may have answered it",
    });
  if (others.length > 0) throw new MeshError("ERR_AMBIGUOUS", `${found.length} messages begin like that`, { hint: "give more characters" });
  const isWhole = plain(one.messageId) === wanted;
  if (!isWhole && [...former].some((name) => name !== one.messageId && plain(name).startsWith(wanted)))
    throw new MeshError("ERR_AMBIGUOUS", "a message that is over began like that, too", {
      hint: "look again ('meshman message pending') and give the whole name",
    });
  return one;
}
