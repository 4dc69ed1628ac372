/** What a hub of another house answers to a guest: signed by the hub, whose connection the administrators of the house have signed. docs/extensions.md §18 */
import { equalBytes } from "../../base/bytes.ts";
import { isMeshError, verificationError } from "../../base/errors.ts";
import { envelopeId, responseId } from "../../crypto/index.ts";
import { verifyEnvelope } from "../../dare/index.ts";
import type { Result } from "../../schema/index.ts";
import { GuestAnswer, GuestWelcome, keysAt, publicKeyOf, verifyConnectionDevice } from "../../schema/index.ts";
import { newestSenders } from "../contact/newest-senders.ts";
import type { KnownSender } from "../contact/sender-book.ts";
import type { AccountContext } from "../context/account-context.ts";
import { closingOf } from "../message/closed.ts";
import type { Mail } from "../message/mail.ts";
import { openMail } from "../message/mail.ts";
import type { RefusedMessage } from "../message/refused.ts";
import type { Reader } from "../message/spool-view.ts";
import { spoolView } from "../message/spool-view.ts";
import { accountEncryptionKeys } from "../power/opening-keys.ts";
import type { SentGuestOrder } from "./guest-house.ts";
import { hubOf } from "./guest-house.ts";

/** What came of an order. */
export interface GuestOutcome {
  readonly result: Result;
  readonly text: string;
  readonly errorCode?: string;
}

/** An answer that nobody waits for is closed after so long. */
const leftMs = 3_600_000;

const readAnswer: Reader<Mail<GuestAnswer>> = (context, message) => openMail(context, GuestAnswer, message);

/** The answer to an order, which is closed with that; undefined while none has come. Errors: those of the service. */
export async function guestAnswer(context: AccountContext, sent: SentGuestOrder): Promise<GuestOutcome | undefined> {
  const inbound = await spoolView(context, "MMM_Inbound");
  const house = (await newestSenders(context))(sent.house.address);
  for (const { index, envelopeId: id, reading } of await inbound.named(GuestAnswer.tag, envelopeId(responseId(sent.messageId)), readAnswer)) {
    if (reading.fault || !house || !isOfHub(reading.value, { sent, house })) continue;
    const { Result: result, Text: text, ErrorCode: errorCode } = reading.value.value;
    await context.transact({
      messages: [{ spool: "MMM_Inbound", envelope: closingOf(context, [{ MessageId: id, Index: index, Relationship: "Read" }]) }],
    });
    return { result, text, ...(errorCode === undefined ? {} : { errorCode }) };
  }
  return undefined;
}

function isOfHub(
  { value, sender, envelope, received }: Mail<GuestAnswer>,
  { sent, house }: { readonly sent: SentGuestOrder; readonly house: KnownSender },
): boolean {
  try {
    const { value: connection } = verifyConnectionDevice(value.EnvelopedConnectionDevice, keysAt(house.profile, "AdministratorSignature", received));
    verifyEnvelope(envelope, [publicKeyOf(connection.Signature)]);
    const isNamed = value.MessageId === responseId(sent.messageId) && equalBytes(value.RequestDigest, sent.digest);
    if (hubOf(connection, house.udf).udf !== sent.hubUdf || sender !== house.address || !isNamed) throw verificationError("the answer of a hub");
    return true;
  } catch (error) {
    if (isMeshError(error)) return false;
    throw error;
  }
}

/** What an agent closes of a guest's mail: answers that nobody waits for, and words of houses, which are read by all that look for them. */
export async function inspectGuestMail(context: AccountContext): Promise<readonly RefusedMessage[]> {
  if (accountEncryptionKeys(context).length === 0) return [];
  const inbound = await spoolView(context, "MMM_Inbound");
  const now = context.ports.clock.now();
  const refused: RefusedMessage[] = [];
  for (const { index, envelopeId: id, reading } of await inbound.open(GuestAnswer.tag, readAnswer)) {
    const isLeft = !reading.fault && now - (reading.value.received ?? 0) > leftMs;
    if (reading.fault) refused.push({ index, envelopeId: id, relationship: "Unreadable", reason: reading.fault.message });
    else if (isLeft)
      refused.push({ index, envelopeId: id, relationship: "Expired", reason: "the answer to an order that nobody waits for any more" });
  }
  return refused;
}

/** Types that a list of what waits leaves out: nobody has to decide them. */
export const guestMail: readonly string[] = [GuestAnswer.tag, GuestWelcome.tag];
