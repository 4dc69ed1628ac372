/** Messages of a Transact to other accounts, judged before anything is written: what each recipient will get, and what the sender is told at once. */
import { isMeshError, MeshError } from "../../base/errors.ts";
import { appendAll } from "../../base/list.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { EntryResponse } from "../../protocol/index.ts";
import { domainOf } from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import type { SpoolMessage } from "../account/spool.ts";
import { spoolMessage } from "../account/spool.ts";
import type { Outcome } from "../peer/notice.ts";
import { noticeId, noticeOf, refusalOf } from "../peer/notice.ts";
import type { Answer, Delivery } from "../store/service-store.ts";
import type { ServiceContext } from "./context.ts";
import { isInNameOf, judge, ofNetwork } from "./delivery.ts";

/** What is asked for. */
export interface Outgoing {
  readonly messages: readonly DareEnvelope[];
  readonly recipients: readonly string[];
  /** The request. */
  readonly name: Pick<Answer, "sender" | "requestId">;
  /** Where it came from. */
  readonly network: string;
}

/** What becomes of it. */
export interface JudgedOutbound {
  /** Of each message at each recipient. */
  readonly entries: readonly EntryResponse[];
  readonly deliveries: readonly Delivery[];
  /** The messages that Outbound is to have and has not yet, in order, and behind them what the sender is told. */
  readonly fresh: readonly SpoolMessage[];
}

/** ERR_QUOTA, ERR_SCHEMA. Call it inside exclusively(). */
export async function judgeOutbound(context: ServiceContext, account: Account, outgoing: Outgoing): Promise<JudgedOutbound> {
  const { messages, recipients, name } = outgoing;
  const entries: EntryResponse[] = [];
  const deliveries: Delivery[] = [];
  const refused: Outcome[] = [];
  const fresh: SpoolMessage[] = [];
  const end = messages.length === 0 ? 0 : (await account.end("MMM_Outbound")).count;
  const open = recipients.length === 0 ? [] : [...(await account.openDeliveries()).values()].flat();
  for (const message of messages) {
    const spooled = spoolMessage(message);
    const known = await account.indexOf("MMM_Outbound", spooled);
    const judged: EntryResponse[] = [];
    for (const recipient of recipients) judged.push(await entryOf(context, account, { message, spooled, recipient, network: outgoing.network }));
    appendAll(entries, judged);
    if (known === undefined && judged.length > 0 && judged.every(isUnderRetiredKey)) continue;
    const index = known ?? end + fresh.length;
    if (known === undefined) fresh.push(recipients.length === 0 ? spooled : { ...spooled, recipients });
    for (const [place, entry] of judged.entries()) {
      const recipient = recipients[place] ?? "";
      if (entry.Result === "Accept") deliveries.push({ spool: "MMM_Outbound", index, account: recipient });
      else refused.push({ ...refusalOf(entry), index, envelopeId: entry.EnvelopeId, account: recipient });
    }
  }
  if (deliveries.length > 0) requireOpen(context, [...open, ...deliveries]);
  if (refused.length > 0) fresh.push(noticeOf(context, noticeId(name.sender, name.requestId), refused));
  return { entries, deliveries, fresh };
}

/** Sealed to a key that the recipient has replaced: its sender seals it anew, and until then somebody who was removed could open what is kept. */
function isUnderRetiredKey({ ErrorCode, EnvelopedProfileAccount }: EntryResponse): boolean {
  return ErrorCode === "ERR_KEY" && EnvelopedProfileAccount !== undefined;
}

interface Judging {
  readonly message: DareEnvelope;
  readonly spooled: SpoolMessage;
  readonly recipient: string;
  readonly network: string;
}

/** The account's own service answers for its accounts, and for whether it carries anything to the domains of others. */
async function entryOf(context: ServiceContext, account: Account, { message, spooled, recipient, network }: Judging): Promise<EntryResponse> {
  const { peers, rates, courier } = context;
  const sender = account.address;
  if (!peers.isForeign(recipient)) return await judge(context, message, { sender, recipient, take: ofNetwork(context, network, recipient) });
  const entry = { EnvelopeId: spooled.envelopeId, Account: recipient };
  const domain = domainOf(recipient);
  if (!peers.isPeer(domain)) return { ...entry, Result: "Reject", ErrorCode: "ERR_ACCOUNT_UNKNOWN" };
  if (!isNamed(message, sender)) return { ...entry, Result: "Reject", ErrorCode: "ERR_NOT_AUTHORIZED" };
  courier.requireRoom(domain);
  rates.takeSend(sender);
  return { ...entry, Result: "Accept" };
}

/** What says nothing of its sender that can be read is of another sender. */
function isNamed(message: DareEnvelope, sender: string): boolean {
  try {
    return isInNameOf(message, sender);
  } catch (error) {
    if (isMeshError(error)) return false;
    throw error;
  }
}

/** One account must not take all the ways to other services. ERR_QUOTA. */
function requireOpen({ limits, peers }: ServiceContext, open: readonly Delivery[]): void {
  const { openDeliveries, openPeers } = limits;
  const foreign = open.filter(({ account }) => peers.isForeign(account));
  const refuse = (what: string, limit: number): never => {
    throw new MeshError("ERR_QUOTA", `the account has ${what} under way, and no more are taken until some have arrived`, {
      hint: "wait until the recipients' services answer, for two days at most",
      detail: { quota: { limit } },
    });
  };
  if (foreign.length > openDeliveries) refuse(`${openDeliveries} messages`, openDeliveries);
  if (new Set(foreign.map(({ account }) => domainOf(account))).size > openPeers) refuse(`messages to ${openPeers} services`, openPeers);
}
