/**
 * Answering a request: the device that the person uses signs with its own Signature key and encloses its connection, so that the asker knows which
 * device of the account said it, and with the account's, which a device that was removed has not. The answer names the request by its digest. extensions §13
 */
import { MeshError } from "../../base/errors.ts";
import { responseId, sha512 } from "../../crypto/index.ts";
import { encodeEnvelope } from "../../dare/index.ts";
import { deviceCatalog, RequestConfirmation, ResponseConfirmation } from "../../schema/index.ts";
import { sendTo } from "../contact/send-to.ts";
import type { AccountContext } from "../context/account-context.ts";
import { accountSignatureOf } from "../context/account-keys.ts";
import { closingOf } from "../message/closed.ts";
import { outgoingMail } from "../message/mail.ts";
import { spoolView } from "../message/spool-view.ts";
import type { PendingConfirmation } from "./pending.ts";
import { isOver } from "./request.ts";

/** Answers, and closes the request in the same Transact. Errors: ERR_COMMAND_EXPIRED, ERR_EXISTS when it was answered meanwhile, and those of the service. */
export async function answerConfirmation(context: AccountContext, pending: PendingConfirmation, isAccepted: boolean): Promise<void> {
  const { messageId, sender, envelope } = pending;
  if (isOver(pending, context.ports.clock.now()))
    throw new MeshError("ERR_COMMAND_EXPIRED", `the request ended at ${pending.expires}`, { hint: `let ${sender.address} ask again` });
  const word = (await spoolView(context, "MMM_Inbound")).relationship({ ...pending, messageType: RequestConfirmation.tag });
  if (word !== undefined) throw new MeshError("ERR_EXISTS", `the request was answered already: ${word}`, { hint: "an answer cannot be changed" });
  const device = context.get(deviceCatalog, context.deviceUdf);
  if (!device) throw new MeshError("ERR_NOT_FOUND", "the entry of this device is missing", { hint: "run 'meshman account sync'" });
  const value: ResponseConfirmation = {
    MessageId: responseId(messageId),
    Sender: context.address,
    Recipient: sender.address,
    Request: envelope,
    Accept: isAccepted,
    RequestDigest: sha512(encodeEnvelope(envelope)),
    EnvelopedConnectionDevice: device.EnvelopedConnectionDevice,
  };
  const Relationship = isAccepted ? "Accept" : "Reject";
  const signing = { signer: accountSignatureOf(context), beside: context.keys.signature };
  await sendTo(context, sender.profile, async (to) => ({
    messages: [
      await outgoingMail(context, { struct: ResponseConfirmation, value, to, ...signing }),
      { spool: "MMM_Inbound", envelope: closingOf(context, [{ MessageId: messageId, ResponseId: value.MessageId, Relationship }]) },
    ],
  }));
}
