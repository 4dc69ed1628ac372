/**
 * The state of messages: a MessageComplete of an administration device closes what it refers to; the newest reference wins. schema-08 §6, §8.
 * A spool is read once: what closes and what may be open is remembered for as long as the context lives, so that an agent's turn costs what is
 * open and not what ever was. Who signed is remembered too, and whether that device is an administrator is asked anew each time.
 */

import { isMeshError } from "../../base/errors.ts";
import { envelopeId, newNonce } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { SpoolLabel } from "../../schema/index.ts";
import { MessageComplete, peekObject } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { SpoolMessage } from "../store/spool-replica.ts";
import { messageEnvelope } from "./message-envelope.ts";
import { senderOf } from "./sender.ts";

interface Closing {
  readonly index: number;
  readonly references: MessageComplete["References"];
  /** Who signed it, by device and key; absent while no connected device is known to have. */
  readonly signer?: { readonly udf: string; readonly keyUdf: string };
}

interface Seen {
  /** Index of the first frame that has not been read. */
  next: number;
  readonly closings: Closing[];
  readonly others: Pick<SpoolMessage, "index" | "envelopeId" | "messageType">[];
}

const views = new WeakMap<AccountContext, Map<SpoolLabel, Seen>>();

function closingOf(context: AccountContext, { index, envelope }: SpoolMessage): Closing {
  const sender = senderOf(context, envelope);
  return {
    index,
    references: peekObject(MessageComplete, envelope).References,
    ...(sender === undefined ? {} : { signer: { udf: sender.udf, keyUdf: sender.signature.udf } }),
  };
}

/** What has been read of a spool, after reading what came since. */
async function seenOf(context: AccountContext, spool: SpoolLabel): Promise<Seen> {
  const byLabel = views.get(context) ?? new Map<SpoolLabel, Seen>();
  views.set(context, byLabel);
  const seen = byLabel.get(spool) ?? { next: 0, closings: [], others: [] };
  byLabel.set(spool, seen);
  const from = seen.next;
  const messages = await context.messages(spool, from);
  // Another call may have read the same frames meanwhile.
  for (const message of messages.filter(({ index }) => index >= seen.next)) {
    const { index, envelopeId: id, messageType } = message;
    seen.next = index + 1;
    if (messageType !== MessageComplete.tag) {
      seen.others.push({ index, envelopeId: id, messageType });
      continue;
    }
    try {
      seen.closings.push(closingOf(context, message));
    } catch (error) {
      if (!isMeshError(error)) throw error;
      context.ports.log.warn("message.unreadable", { spool, reason: error.message });
    }
  }
  return seen;
}

/** The closing with its signer, when that device has become known since. */
async function signed(context: AccountContext, spool: SpoolLabel, closing: Closing): Promise<Closing> {
  if (closing.signer) return closing;
  const message = await context.messageAt(spool, closing.index);
  return message ? closingOf(context, message) : closing;
}

function isByAdministrator(context: AccountContext, { signer }: Closing): boolean {
  const device = signer && context.directory.find(signer.udf);
  return device?.signature.udf === signer?.keyUdf && device?.connection.Roles.includes("admin") === true;
}

/** MessageIds that are closed in a spool. References of senders that are no administrators count for nothing. */
export async function closedMessages(context: AccountContext, spool: SpoolLabel): Promise<ReadonlyMap<string, string>> {
  const { closings } = await seenOf(context, spool);
  const closed = new Map<string, string>();
  for (const [at, known] of closings.entries()) {
    const closing = await signed(context, spool, known);
    closings[at] = closing;
    if (!isByAdministrator(context, closing)) continue;
    for (const { MessageId, Relationship } of closing.references) {
      if (Relationship === "Open") closed.delete(MessageId);
      else closed.set(MessageId, Relationship);
    }
  }
  return closed;
}

/** The name on the envelope of a message; none for what is no MessageId, which no envelope is named after. */
function envelopeIdOf(messageId: string): readonly string[] {
  try {
    return [envelopeId(messageId)];
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return [];
  }
}

/**
 * The messages of a type that no administrator has closed, as far as their outside tells: who opens one compares its MessageId with `closed`,
 * since nobody has vouched for the name on the envelope yet.
 */
export async function openMessages(
  context: AccountContext,
  spool: SpoolLabel,
  messageType: string,
): Promise<{ readonly messages: readonly SpoolMessage[]; readonly closed: ReadonlyMap<string, string> }> {
  const closed = await closedMessages(context, spool);
  const closedIds = new Set([...closed.keys()].flatMap(envelopeIdOf));
  const { others } = await seenOf(context, spool);
  const messages: SpoolMessage[] = [];
  for (const other of others) {
    if (other.messageType !== messageType || closedIds.has(other.envelopeId)) continue;
    const message = await context.messageAt(spool, other.index);
    if (message) messages.push(message);
  }
  return { messages, closed };
}

/** A message that closes another one. */
export function closingMessage(context: AccountContext, messageId: string, relationship = "Closed"): DareEnvelope {
  return messageEnvelope({
    struct: MessageComplete,
    value: { MessageId: newNonce(context.ports.random), References: [{ MessageId: messageId, Relationship: relationship }] },
    signer: context.keys.signature,
    ports: context.ports,
  });
}
