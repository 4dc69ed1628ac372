/**
 * Asking another account to confirm something (protocol-09 §7.10): a text, signed with AccountSignature, sealed to the recipient, good until a
 * time. What was asked stands in the account's Outbound, where each of its devices finds it again.
 */
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { envelopeId, newNonce, responseId, sha512 } from "../../crypto/index.ts";
import { encodeEnvelope, verifyEnvelope } from "../../dare/index.ts";
import { accountAddress, keysAt, RequestConfirmation } from "../../schema/index.ts";
import { admit, inboundOf } from "../contact/inbound-grant.ts";
import { sendTo } from "../contact/send-to.ts";
import { senderBook } from "../contact/sender-book.ts";
import type { AccountContext } from "../context/account-context.ts";
import { accountSignatureOf } from "../context/account-keys.ts";
import { openOwn, outgoingMail } from "../message/mail.ts";
import type { Reader, ReadMessage } from "../message/spool-view.ts";
import { spoolView } from "../message/spool-view.ts";
import { refusalIn } from "../message/taken.ts";

/** Most characters of a text that is to be confirmed. */
export const mostText = 2000;

/** How long an answer is waited for when nothing else is said, and at most; milliseconds. */
export const confirmationMs = { usual: 3600_000, most: 30 * 86_400_000 } as const;

/** A request that the account has sent. */
export interface SentConfirmation {
  readonly messageId: string;
  readonly responseId: string;
  readonly envelopeId: string;
  readonly recipient: string;
  readonly text: string;
  readonly expires: string;
  /** SHA-512 of its envelope, and of each other one in which the same was sent: it is sealed anew when the recipient has other keys. */
  readonly digests: readonly Uint8Array[];
  /** Its frame in MMM_Outbound. */
  readonly index: number;
}

/**
 * Sends a request. @returns false in `isTaken` when the recipient's service refuses it at once
 * Errors: ERR_NOT_FOUND for who is no contact, ERR_USAGE for a text or time out of bounds, ERR_NOT_AUTHORIZED, and those of the service.
 */
export async function requestConfirmation(
  context: AccountContext,
  options: { readonly address: string; readonly text: string; readonly lifeMs?: number },
): Promise<Pick<SentConfirmation, "messageId" | "responseId" | "envelopeId" | "recipient" | "expires"> & { readonly isTaken: boolean }> {
  const { text, lifeMs = confirmationMs.usual } = options;
  const { ports } = context;
  const recipient = accountAddress(options.address);
  if (text.trim() === "" || text.length > mostText)
    throw new MeshError("ERR_USAGE", `a text of ${text.length} characters cannot be confirmed, 1 to ${mostText} can`);
  if (!(lifeMs > 0 && lifeMs <= confirmationMs.most)) throw new MeshError("ERR_USAGE", "a request to confirm lives for 30 days at most");
  const contact = senderBook(context)(recipient);
  if (!contact)
    throw new MeshError("ERR_NOT_FOUND", `${recipient} is no contact of yours`, {
      hint: `ask for its contact first: 'meshman contact request ${recipient}'`,
    });
  if (inboundOf(context, recipient)?.Active === false)
    throw new MeshError("ERR_USAGE", `you have blocked ${recipient}: no answer could come`, { hint: `'meshman message unblock ${recipient}' first` });
  const value: RequestConfirmation = {
    MessageId: newNonce(ports.random),
    Sender: context.address,
    Recipient: recipient,
    Text: text,
    Expires: dateTime(ports.clock.now() + lifeMs),
  };
  // Who is asked may answer. Only administrators write there; a contact that was accepted is named already.
  const catalogs = context.keys.administrator ? [admit(recipient)] : [];
  const id = envelopeId(value.MessageId);
  const signer = accountSignatureOf(context);
  const entries = await sendTo(context, contact.profile, async (to) => ({
    catalogs,
    messages: [await outgoingMail(context, { struct: RequestConfirmation, value, to, signer })],
  }));
  const isTaken = refusalIn(entries, id) === undefined;
  return { messageId: value.MessageId, responseId: responseId(value.MessageId), envelopeId: id, recipient, expires: value.Expires ?? "", isTaken };
}

const readSent: Reader<Omit<SentConfirmation, "index" | "envelopeId">> = (context, message) => {
  verifyEnvelope(message.envelope, keysAt(context.profile, "AccountSignature", message.received));
  const { MessageId, Recipient = "", Text, Expires = "" } = openOwn(context, RequestConfirmation, message);
  return {
    messageId: MessageId,
    responseId: responseId(MessageId),
    recipient: accountAddress(Recipient),
    text: Text,
    expires: Expires,
    digests: [sha512(encodeEnvelope(message.envelope))],
  };
};

/** A request of the account by the name on its envelope, as it was sent last; undefined when it sent none. */
export async function sentConfirmation(context: AccountContext, envelope: string): Promise<SentConfirmation | undefined> {
  const outbound = await spoolView(context, "MMM_Outbound");
  return eachOnce(await outbound.named(RequestConfirmation.tag, envelope, readSent)).at(-1);
}

/** The requests that the account sent, newest first, so many at most. */
export async function sentConfirmations(context: AccountContext, most: number): Promise<readonly SentConfirmation[]> {
  const outbound = await spoolView(context, "MMM_Outbound");
  return [...eachOnce(await outbound.all(RequestConfirmation.tag, readSent, most))].reverse();
}

/** Of each name the one that was sent last, with the digests of those that say the same, in their order. */
function eachOnce(all: readonly ReadMessage<Omit<SentConfirmation, "index" | "envelopeId">>[]): readonly SentConfirmation[] {
  const found = new Map<string, SentConfirmation>();
  for (const { index, envelopeId: id, reading } of all) {
    if (reading.fault) continue;
    const sent = { ...reading.value, index, envelopeId: id };
    const before = found.get(id);
    found.delete(id);
    found.set(id, before && isSame(before, sent) ? { ...sent, digests: [...before.digests, ...sent.digests] } : sent);
  }
  return [...found.values()];
}

function isSame(one: SentConfirmation, other: SentConfirmation): boolean {
  return one.recipient === other.recipient && one.text === other.text && one.expires === other.expires;
}

/** True when its time is over. */
export function isOver({ expires }: { readonly expires?: string }, now: number): boolean {
  return expires !== undefined && !(fromDateTime(expires) > now);
}
