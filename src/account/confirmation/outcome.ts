/**
 * What became of a request that the account sent: the first answer that a device of the recipient and its account signed in time, else the word of the
 * services on where the request is. Other answers are worth nothing and are closed. extensions §13
 */
import { equalBytes } from "../../base/bytes.ts";
import { fromDateTime } from "../../base/clock.ts";
import { isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import { envelopeId, sha512 } from "../../crypto/index.ts";
import { encodeEnvelope, verifyEnvelope } from "../../dare/index.ts";
import type { ConnectionDevice, ProfileUser } from "../../schema/index.ts";
import { keysAt, publicKeyOf, ResponseConfirmation, speaksForAccount, verifyConnectionDevice } from "../../schema/index.ts";
import { newestSenders } from "../contact/newest-senders.ts";
import type { KnownSender } from "../contact/sender-book.ts";
import type { AccountContext } from "../context/account-context.ts";
import { AwaitingProfile } from "../message/awaiting-profile.ts";
import { closingMessage } from "../message/closed.ts";
import type { Mail } from "../message/mail.ts";
import { openMail } from "../message/mail.ts";
import type { RefusedMessage } from "../message/refused.ts";
import { closeRefused } from "../message/refused.ts";
import type { RecipientState } from "../message/sent.ts";
import { sentMessages } from "../message/sent.ts";
import type { Reader } from "../message/spool-view.ts";
import { spoolView } from "../message/spool-view.ts";
import { accountEncryptionKeys } from "../power/opening-keys.ts";
import type { Grounds } from "./grounds.ts";
import { groundsOf } from "./grounds.ts";
import type { SentConfirmation } from "./request.ts";
import { isOver, sentConfirmation } from "./request.ts";

/** Where a request is. */
export type Stage = "accepted" | "rejected" | "expired" | "undelivered" | "pending";

/** What became of a request. */
export interface Outcome {
  readonly stage: Stage;
  /** Device that answered. */
  readonly deviceUdf?: string;
  /** The services' word: Sent until they say otherwise. schema-08 §6 */
  readonly delivery: RecipientState["state"];
  readonly errorCode?: string;
}

const readAnswer: Reader<Mail<ResponseConfirmation>> = (context, message) => openMail(context, ResponseConfirmation, message);

/** What became of a request. Nothing is written. */
export async function outcomeOf(context: AccountContext, sent: SentConfirmation): Promise<Outcome> {
  return (await judged(context, sent)).outcome;
}

/** @param profile of the recipient, where it is newer than what the contacts say. @returns in `isUnproven` whether something answers that nothing known here verifies: a newer profile may */
async function judged(
  context: AccountContext,
  sent: SentConfirmation,
  profile?: ProfileUser,
): Promise<{ readonly outcome: Outcome; readonly isUnproven: boolean }> {
  const { delivery, errorCode } = await deliveryOf(context, sent);
  const inbound = await spoolView(context, "MMM_Inbound");
  const known = (await newestSenders(context))(sent.recipient);
  const contact = known && profile ? { ...known, profile } : known;
  let isUnproven = false;
  for (const { reading } of await inbound.named(ResponseConfirmation.tag, envelopeId(sent.responseId), readAnswer)) {
    const device = reading.fault || !contact ? undefined : orNothing(() => checkAnswer(reading.value, { sent, contact }));
    if (device && !reading.fault) {
      const stage = reading.value.value.Accept ? "accepted" : "rejected";
      return { outcome: { stage, deviceUdf: device.Subject, delivery }, isUnproven: false };
    }
    if (!reading.fault && answers(reading.value, sent)) isUnproven = true;
  }
  const isLost = delivery === "Refused" || delivery === "Undelivered";
  const stage = isLost ? "undelivered" : isOver(sent, context.ports.clock.now()) ? "expired" : "pending";
  return { outcome: { stage, delivery, ...(errorCode === undefined ? {} : { errorCode }) }, isUnproven };
}

/** What became of a request, and by which profile that was judged, where a device has answered. */
export interface GroundedOutcome extends Outcome {
  readonly grounds?: Grounds;
}

/** An answer is judged by the profile that the recipient's service has now. Errors: those of the services and the disk. */
export async function groundedOutcome(context: AccountContext, sent: SentConfirmation): Promise<GroundedOutcome> {
  const { outcome, isUnproven } = await judged(context, sent);
  if (outcome.deviceUdf === undefined && !isUnproven) return outcome;
  const grounds = await groundsOf(context, sent.recipient);
  const after = (await judged(context, sent, grounds?.profile)).outcome;
  return after.deviceUdf === undefined || !grounds ? after : { ...after, grounds };
}

/** The connection of the device that gave an answer. Errors: ERR_VERIFICATION, ERR_COMMAND_EXPIRED, ERR_SCHEMA, ERR_KEY. */
function checkAnswer(
  { value, sender, envelope, received }: Mail<ResponseConfirmation>,
  { sent, contact }: { readonly sent: SentConfirmation; readonly contact: KnownSender },
): ConnectionDevice {
  const { EnvelopedConnectionDevice: connected } = value;
  if (!connected || !answers({ value, sender }, sent)) throw verificationError("answer");
  const { value: device } = verifyConnectionDevice(connected, keysAt(contact.profile, "AdministratorSignature", received));
  if (device.Authority !== contact.udf || !speaksForAccount(device.Roles)) throw verificationError("answer");
  verifyEnvelope(envelope, [publicKeyOf(device.Signature)]);
  // A device that was removed keeps its connection and its own key. The account's it has no more: it is replaced, or the service took its share back.
  verifyEnvelope(envelope, keysAt(contact.profile, "AccountSignature", received));
  if (received !== undefined && received > fromDateTime(sent.expires)) throw new MeshError("ERR_COMMAND_EXPIRED", "the answer came too late");
  return device;
}

/** True for what names the request, whoever signed it. */
function answers({ value, sender }: Pick<Mail<ResponseConfirmation>, "value" | "sender">, sent: SentConfirmation): boolean {
  const { RequestDigest = new Uint8Array(), Request } = value;
  const isNamed = sent.digests.some((digest) => equalBytes(RequestDigest, digest)) && equalBytes(sha512(encodeEnvelope(Request)), RequestDigest);
  return isNamed && sender === sent.recipient && value.MessageId === sent.responseId;
}

function orNothing<T>(task: () => T): T | undefined {
  try {
    return task();
  } catch (error) {
    if (isMeshError(error)) return undefined;
    throw error;
  }
}

/** The word of the account's own service on a message. Cost: what was written to Outbound since. */
async function deliveryOf(context: AccountContext, { index, recipient }: SentConfirmation): Promise<Pick<Outcome, "delivery" | "errorCode">> {
  const [message] = await sentMessages(context, index);
  const found = message?.recipients.find(({ address }) => address === recipient);
  return { delivery: found?.state ?? "Sent", ...(found?.errorCode === undefined ? {} : { errorCode: found.errorCode }) };
}

/** An answer that came. */
export interface Answered {
  readonly sent: SentConfirmation;
  readonly outcome: GroundedOutcome;
}

/** Reads the answers that came: those of requests are marked Read, those that a newer profile may verify wait with the request, others are closed. @returns what was answered. Errors: those of the service. */
export async function readAnswers(context: AccountContext): Promise<readonly Answered[]> {
  if (accountEncryptionKeys(context).length === 0) return [];
  const inbound = await spoolView(context, "MMM_Inbound");
  const answered = new Map<string, Answered>();
  const refused: RefusedMessage[] = [];
  const awaiting = new AwaitingProfile();
  for (const { index, envelopeId: id, reading } of await inbound.open(ResponseConfirmation.tag, readAnswer)) {
    const answer = reading.fault ? undefined : await answerOf(context, reading.value);
    if (answer?.outcome.deviceUdf !== undefined) answered.set(answer.sent.responseId, answer);
    else if (answer?.outcome.stage !== "pending" || awaiting.take(answer.sent.recipient, answer.received, context.ports.clock.now()))
      refused.push({ index, envelopeId: id, relationship: "Reject", reason: reading.fault?.message ?? "an answer to nothing that was asked" });
  }
  for (const responseId of answered.keys())
    await context.transact({ messages: [{ spool: "MMM_Inbound", envelope: closingMessage(context, responseId, "Read") }] });
  await closeRefused(context, "MMM_Inbound", refused);
  return [...answered.values()];
}

/** What a message answers, and what became of that: a device is named where it, or another one, verifies. */
async function answerOf(
  context: AccountContext,
  { value, sender, received }: Mail<ResponseConfirmation>,
): Promise<(Answered & Pick<Mail<unknown>, "received">) | undefined> {
  const { EnvelopeId: id } = value.Request.header;
  const sent = id === undefined ? undefined : await sentConfirmation(context, id);
  return sent && answers({ value, sender }, sent) ? { sent, outcome: await groundedOutcome(context, sent), received } : undefined;
}
