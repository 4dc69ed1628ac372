/** Closing messages: a MessageComplete, signed by an administration device, in the spool of what it refers to. schema-08 §6, §8; by place: extensions §8. */
import { newNonce } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { Reference } from "../../schema/index.ts";
import { MessageComplete } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { OutgoingMessage } from "../context/write.ts";
import type { SpoolMessage } from "../store/spool-replica.ts";
import { messageEnvelope } from "./message-envelope.ts";

/** A message that closes another one. */
export function closingMessage(context: AccountContext, messageId: string, relationship = "Closed"): DareEnvelope {
  return closingOf(context, [{ MessageId: messageId, Relationship: relationship }]);
}

/** References of one message: the service takes no more of them. */
const mostReferences = 64;

/** Closes messages of MMM_Command with which this administrator is done: the service erases them a day later (extensions §5). Errors: those of the service. */
export async function closeHandled(context: AccountContext, messages: readonly SpoolMessage[]): Promise<void> {
  for (let at = 0; at < messages.length; at += mostReferences)
    await context.transact({ messages: [handledMessages(context, messages.slice(at, at + mostReferences))] });
}

/** The same for at most 64 of them, for a Transact with what came of them. */
export function handledMessages(context: AccountContext, messages: readonly SpoolMessage[]): OutgoingMessage {
  const references = messages.map(({ index, envelopeId }): Reference => ({ MessageId: envelopeId, Index: index, Relationship: "Closed" }));
  return { spool: "MMM_Command", envelope: closingOf(context, references) };
}

/** A message that changes the state of several. */
export function closingOf(context: AccountContext, references: readonly Reference[]): DareEnvelope {
  return messageEnvelope({
    struct: MessageComplete,
    value: { MessageId: newNonce(context.ports.random), References: references },
    signer: context.keys.signature,
    ports: context.ports,
  });
}
