/** Messages that a commit sends to other accounts: made after it, and made good when a stop or a failure left them open. */
import { asMeshError } from "../../base/errors.ts";
import type { Account } from "../account/account.ts";
import type { ServiceContext } from "./context.ts";
import { deliver } from "./delivery.ts";

/** Makes the deliveries of a commit; what a stop leaves open is made when the account is opened next. */
export async function sendOut(context: ServiceContext, account: Account, commit: number): Promise<void> {
  const open = (await account.openDeliveries()).get(commit);
  if (open === undefined) return;
  for (const { spool, index, account: recipient } of open) {
    const isTaken = await deliver(context, await account.message(spool, index), { sender: account.address, recipient });
    if (!isTaken) context.log.warn("message.refused", { account: account.accountUdf, index });
    context.fault("message-delivered");
  }
  await account.delivered(commit);
}

/** Deliveries that were left open. One that fails is tried again when the account is opened next, and keeps nobody else waiting. */
export async function finishDeliveries(context: ServiceContext, account: Account): Promise<void> {
  try {
    for (const commit of [...(await account.openDeliveries()).keys()]) await sendOut(context, account, commit);
  } catch (error) {
    context.log.warn("delivery.failed", { account: account.accountUdf, reason: asMeshError(error).message });
  }
}
