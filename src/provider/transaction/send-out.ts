/**
 * Messages that a commit sends to other accounts: made after it, and made good when a stop or a failure left them open. Those to accounts of this
 * service are delivered at once, the others are the courier's.
 */
import { asMeshError } from "../../base/errors.ts";
import type { Account } from "../account/account.ts";
import { spoolMessage } from "../account/spool.ts";
import type { Outcome } from "../peer/notice.ts";
import { noticeId, tell } from "../peer/notice.ts";
import type { Delivery } from "../store/service-store.ts";
import type { ServiceContext } from "./context.ts";
import { deliver } from "./delivery.ts";

/** Makes the deliveries of a commit; what a stop leaves open is made when the account is opened next. */
export async function sendOut(context: ServiceContext, account: Account, commit: number): Promise<void> {
  const open = (await account.openDeliveries()).get(commit);
  if (open === undefined) return;
  const isForeign = ({ account: recipient }: Delivery): boolean => context.peers.isForeign(recipient);
  context.courier.add(account.address, commit, open.filter(isForeign));
  const here = open.filter((delivery) => !isForeign(delivery));
  if (here.length === 0) return;
  const outcomes: Outcome[] = [];
  for (const { spool, index, account: recipient } of here) {
    const message = await account.message(spool, index);
    const isTaken = await deliver(context, message, { sender: account.address, recipient });
    const { envelopeId } = spoolMessage(message);
    outcomes.push({ index, envelopeId, account: recipient, fate: isTaken ? "Received" : "Refused" });
    if (!isTaken) context.log.warn("message.refused", { account: account.accountUdf, index });
    context.fault("message-delivered");
  }
  await tell(context, account, [{ id: noticeId(`${commit}`), outcomes }]);
  await account.delivered(commit, here);
}

/** Deliveries that were left open. One that fails is tried again when the account is opened next, and keeps nobody else waiting. */
export async function finishDeliveries(context: ServiceContext, account: Account): Promise<void> {
  try {
    for (const commit of [...(await account.openDeliveries()).keys()]) await sendOut(context, account, commit);
  } catch (error) {
    context.log.warn("delivery.failed", { account: account.accountUdf, reason: asMeshError(error).message });
  }
}
