/** Closing messages: a MessageComplete, signed by an administration device, in the spool of what it refers to. schema-08 §6, §8; by place: extensions §8. */
import { newNonce } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { Reference } from "../../schema/index.ts";
import { MessageComplete } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { messageEnvelope } from "./message-envelope.ts";

/** A message that closes another one. */
export function closingMessage(context: AccountContext, messageId: string, relationship = "Closed"): DareEnvelope {
  return closingOf(context, [{ MessageId: messageId, Relationship: relationship }]);
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
