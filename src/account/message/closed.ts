/** The state of messages: a MessageComplete of an administration device closes what it refers to; the newest reference wins. schema-08 §6, §8. */

import { isMeshError } from "../../base/errors.ts";
import { newNonce } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { SpoolLabel } from "../../schema/index.ts";
import { MessageComplete, peekObject } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { messageEnvelope } from "./message-envelope.ts";
import { senderOf } from "./sender.ts";

/** MessageIds that are closed in a spool. References of senders that are no administrators count for nothing. */
export async function closedMessages(context: AccountContext, spool: SpoolLabel): Promise<ReadonlyMap<string, string>> {
  const closed = new Map<string, string>();
  for (const { envelope, messageType } of await context.messages(spool)) {
    if (messageType !== MessageComplete.tag) continue;
    const sender = senderOf(context, envelope);
    if (!sender?.connection.Roles.includes("admin")) continue;
    try {
      for (const { MessageId, Relationship } of peekObject(MessageComplete, envelope).References) {
        if (Relationship === "Open") closed.delete(MessageId);
        else closed.set(MessageId, Relationship);
      }
    } catch (error) {
      if (!isMeshError(error)) throw error;
      context.ports.log.warn("message.unreadable", { spool, reason: error.message });
    }
  }
  return closed;
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
