/**
 * Messages that nothing comes of: unreadable, expired, superseded. They are closed so that nobody looks at them again. Closing needs nothing of
 * the sender: an answer that cannot be sealed to it is left out, and what has no MessageId that anybody vouches for is closed by its place.
 */
import { asMeshError } from "../../base/errors.ts";
import type { Reference, SpoolLabel } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { OutgoingMessage } from "../context/write.ts";
import { closingOf } from "./closed.ts";

/** A message that is to be closed. */
export interface RefusedMessage {
  readonly index: number;
  readonly envelopeId: string;
  /** Where it could be read. */
  readonly messageId?: string;
  readonly relationship: "Unreadable" | "Reject" | "Expired" | "Superseded";
  readonly reason: string;
  /** Makes what the sender is told. */
  readonly answer?: () => OutgoingMessage;
}

/** Closed in one Transact. */
const mostAtOnce = 32;

/** Closes messages of a spool. Errors: those of the service and the disk; what is closed by then stays closed. */
export async function closeRefused(context: AccountContext, spool: SpoolLabel, refused: readonly RefusedMessage[]): Promise<void> {
  for (let from = 0; from < refused.length; from += mostAtOnce) {
    const group = refused.slice(from, from + mostAtOnce);
    await context.transact({
      messages: [...group.flatMap((message) => answerTo(context, message)), { spool, envelope: closingOf(context, group.map(referenceTo)) }],
    });
    for (const { index, relationship, reason } of group) context.ports.log.warn("message.closed", { spool, index, relationship, reason });
  }
}

/** Closes a message of Inbound that nothing here can read, by its place, at its owner's word. Errors: those of the service. */
export async function closeUnread(
  context: AccountContext,
  { index, messageId }: { readonly index: number; readonly messageId: string },
): Promise<void> {
  const reason = "its owner does not want it";
  await closeRefused(context, "MMM_Inbound", [{ index, envelopeId: messageId, relationship: "Reject", reason }]);
}

function referenceTo({ index, envelopeId, messageId, relationship }: RefusedMessage): Reference {
  return messageId === undefined
    ? { MessageId: envelopeId, Index: index, Relationship: relationship }
    : { MessageId: messageId, Relationship: relationship };
}

function answerTo({ ports }: AccountContext, { answer, index }: RefusedMessage): readonly OutgoingMessage[] {
  try {
    return answer ? [answer()] : [];
  } catch (error) {
    ports.log.warn("message.unanswered", { index, reason: asMeshError(error).message });
    return [];
  }
}
