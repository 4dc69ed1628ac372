/** Post: messages of the session's account, or of an account of the service whose host has the session, to accounts of this service. */
import { MeshError } from "../../base/errors.ts";
import type { EntryResponse } from "../../protocol/index.ts";
import { statusDone } from "../../protocol/index.ts";
import { accountAddress, mayAppend } from "../../schema/index.ts";
import { spoolMessage } from "../account/spool.ts";
import type { Transaction } from "./context.ts";
import { checkMessageSize, deliver, judge, ofNetwork, recipientsOf } from "./delivery.ts";
import { postOfService } from "./post-of-service.ts";

/** The sender is the account that the session speaks for and whose Access catalog lets it send. ERR_NOT_AUTHORIZED, ERR_REVOKED, ERR_TOO_LARGE, ERR_QUOTA. */
export const post: Transaction<"Post"> = async (context, request, call) => {
  const { caller, address: network } = call;
  if (request.Sender !== undefined) return await postOfService(context, { ...request, Sender: request.Sender }, call);
  if (caller.account === undefined) throw new MeshError("ERR_NOT_AUTHORIZED", "this session speaks for no account");
  const sender = accountAddress(caller.account);
  const account = await context.book.get(sender);
  const { rights } = account.authority(caller.linkUdf);
  const recipients = recipientsOf(context, request.Accounts);
  if (request.Messages.length > context.limits.messages) throw new MeshError("ERR_TOO_LARGE", `${request.Messages.length} messages at once`);
  const entries: EntryResponse[] = [];
  for (const message of request.Messages) {
    checkMessageSize(context, message);
    const { messageType } = spoolMessage(message);
    if (!mayAppend(rights, "MMM_Outbound", messageType))
      throw new MeshError("ERR_NOT_AUTHORIZED", `this device may not send ${messageType ?? "messages"}`);
    for (const recipient of recipients) {
      const entry = await judge(context, message, { sender, recipient, take: ofNetwork(context, network, recipient) });
      const isTaken = entry.Result === "Accept" && (await deliver(context, message, { sender, recipient }));
      entries.push(isTaken ? entry : { ...entry, Result: "Reject" });
    }
  }
  return { Status: statusDone, Entries: entries };
};
