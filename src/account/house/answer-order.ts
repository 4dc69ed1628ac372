/**
 * Answering what a hub asks: whether an order is to be carried out. The answer is signed by the device that the person uses, names the question by its
 * digest, and counts at the hub when that device might give the order itself. What a device judges itself the person's device orders itself, since the
 * word of a hub opens nothing. docs/extensions.md §21
 */
import { fromDateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { responseId } from "../../crypto/index.ts";
import { ConfirmOrder, publicKeyOf, RespondOrder } from "../../schema/index.ts";
import { afarWay } from "../command/afar.ts";
import { giveJudgedOrder } from "../command/judged-order.ts";
import type { AccountContext } from "../context/account-context.ts";
import { closingOf } from "../message/closed.ts";
import { messageEnvelope } from "../message/message-envelope.ts";
import { spoolView } from "../message/spool-view.ts";
import type { PendingAlert, PendingOrder } from "./hub-mail.ts";
import { requireShown } from "./words.ts";

/**
 * Answers, and closes the question in the same Transact.
 * Errors: ERR_COMMAND_EXPIRED, ERR_EXISTS when it was answered meanwhile, ERR_NOT_AUTHORIZED without the role command, ERR_TOO_LARGE, what the device itself refuses with,
 * and those of the service.
 */
export async function answerOrder(context: AccountContext, pending: PendingOrder, isAccepted: boolean): Promise<void> {
  const { value, hub, messageId, digest } = pending;
  if (!context.roles.includes("command"))
    throw new MeshError("ERR_NOT_AUTHORIZED", "this device has not the role command: it could not give the order itself", {
      hint: "answer it on a device that has",
    });
  if (!(fromDateTime(value.Expires) > context.ports.clock.now()))
    throw new MeshError("ERR_COMMAND_EXPIRED", `the question ended at ${value.Expires}`, { hint: "let it be asked again" });
  if (isAccepted) requireShown(value);
  const word = (await spoolView(context, "MMM_Inbound")).relationship({ ...pending, messageType: ConfirmOrder.tag });
  if (word !== undefined) throw new MeshError("ERR_EXISTS", `it was answered already: ${word}`, { hint: "an answer cannot be changed" });
  if (isAccepted && value.Judged === true) await give(context, value);
  const answer: RespondOrder = {
    MessageId: responseId(messageId),
    Sender: context.deviceUdf,
    HubUdf: hub.udf,
    Accept: isAccepted,
    RequestDigest: digest,
  };
  const { ports, keys } = context;
  const recipients = [publicKeyOf(hub.connection.Encryption)];
  await context.transact({
    messages: [
      { spool: "MMM_Command", envelope: messageEnvelope({ struct: RespondOrder, value: answer, signer: keys.signature, recipients, ports }) },
      {
        spool: "MMM_Inbound",
        envelope: closingOf(context, [{ MessageId: messageId, ResponseId: answer.MessageId, Relationship: isAccepted ? "Accept" : "Reject" }]),
      },
    ],
  });
}

/** Signed by this device, sealed to the device that judges it. Errors: why it was not carried out. */
async function give(context: AccountContext, { DeviceUdf, Command, Arguments }: ConfirmOrder): Promise<void> {
  const order = { deviceUdf: DeviceUdf, class: "", command: Command, arguments: Arguments };
  const { result, error } = await giveJudgedOrder(context, afarWay(context, { seconds: 30 }), order);
  if (result !== "Accept") throw error ?? new MeshError("ERR_REJECTED", `the device has not carried out ${Command}`);
}

/** The alert has been seen: it waits on none of the owner's devices any more. Errors: those of the service. */
export async function closeAlert(context: AccountContext, { messageId }: PendingAlert): Promise<void> {
  await context.transact({ messages: [{ spool: "MMM_Inbound", envelope: closingOf(context, [{ MessageId: messageId, Relationship: "Read" }]) }] });
}
