/**
 * One attempt to bring deliveries of an account to a peer together. The peer's answer about a message and a recipient decides; everything else that
 * it says or does means: not now. What is decided is told to the sender, then noted as over, so that a stop between tells it no second time.
 */
import { isMeshError, type MeshError } from "../../base/errors.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { parseEnvelope } from "../../dare/index.ts";
import type { EntryResponse } from "../../protocol/index.ts";
import type { Account } from "../account/account.ts";
import type { SpoolEntry } from "../account/spool.ts";
import { spoolEntry } from "../account/spool.ts";
import type { Delivery, OpenDeliveries } from "../store/service-store.ts";
import type { ServiceContext } from "../transaction/context.ts";
import type { Answers, Load } from "./answers.ts";
import { answerName } from "./answers.ts";
import type { Carried, Parcel } from "./lane.ts";
import type { Notice, Outcome } from "./notice.ts";
import { isTold, noticeId, refusalOf, tell } from "./notice.ts";

/** Refusals that pass. */
const passing: ReadonlySet<string | undefined> = new Set(["ERR_QUOTA", "ERR_BUSY"]);

/** What is brought, and how. */
export interface Errand {
  readonly domain: string;
  readonly account: Account;
  /** Of the account: either of one message or to one recipient. */
  readonly parcels: readonly Parcel[];
  /** The peer's answers; an error when it gave none. */
  readonly post: (load: Load) => Promise<Answers | MeshError>;
}

interface Brought {
  readonly parcel: Parcel;
  readonly message: SpoolEntry & { readonly envelope: DareEnvelope };
  readonly noticeId: string;
}

/** How it ended for each parcel, in their order. Errors: those of the account's stores. */
export async function bring(context: ServiceContext, { domain, account, parcels, post }: Errand): Promise<readonly Carried[]> {
  const { ends, over, brought } = await sort(context, account, parcels);
  const notices: Notice[] = [];
  if (brought.length > 0) {
    const answered = await post(loadOf(account, brought));
    const trouble = isMeshError(answered) ? answered : undefined;
    for (const item of brought) {
      const { delivery } = item.parcel;
      const answer = isMeshError(answered) ? undefined : answered.get(answerName(item.message.envelope.header.EnvelopeId, delivery.account));
      const fate = fateOf(context, item, { answer, trouble });
      if (typeof fate === "string") {
        ends.set(item.parcel, fate);
        continue;
      }
      over.push(item.parcel);
      notices.push({
        id: item.noticeId,
        outcomes: [{ ...fate, index: delivery.index, envelopeId: item.message.envelopeId, account: delivery.account }],
      });
      if (fate.fate !== "Received")
        context.log.warn("message.refused", { account: account.accountUdf, index: delivery.index, domain, fate: fate.fate, code: fate.errorCode });
    }
  }
  context.fault("parcel-answered");
  if (notices.length > 0) await tell(context, account, notices);
  context.fault("parcel-told");
  for (const [commit, deliveries] of byCommit(over)) await account.delivered(commit, deliveries);
  return parcels.map((parcel) => ends.get(parcel) ?? "over");
}

interface Sorted {
  /** What needs no answer of the peer, or has to wait for the next turn. */
  readonly ends: Map<Parcel, Carried>;
  /** Open still, and nothing is to be done for it. */
  readonly over: Parcel[];
  readonly brought: readonly Brought[];
}

/** Tells what goes now, in as many octets as one message may have. */
async function sort(context: ServiceContext, account: Account, parcels: readonly Parcel[]): Promise<Sorted> {
  const ends = new Map<Parcel, Carried>();
  const over: Parcel[] = [];
  const brought: Brought[] = [];
  const open = await account.openDeliveries();
  const names = new Set<string>();
  const frames = new Set<number>();
  let octets = 0;
  for (const parcel of parcels) {
    const { commit, delivery } = parcel;
    // The address may belong to another account by now, whose frames are no affair of this recipient.
    if (!isOpen(open, parcel)) continue;
    const message = await messageOf(account, delivery);
    const id = noticeId(`${commit}`, `${delivery.index}`, delivery.account);
    if (message === undefined || (await isTold(context, account, id))) {
      over.push(parcel);
      continue;
    }
    const more = frames.has(delivery.index) ? 0 : message.octets.length;
    const name = answerName(message.envelope.header.EnvelopeId, delivery.account);
    // Two messages of one name have answers that cannot be told apart.
    if (brought.length > 0 && (octets + more > context.limits.envelopeOctets || names.has(name))) {
      ends.set(parcel, "left");
      continue;
    }
    octets += more;
    names.add(name);
    frames.add(delivery.index);
    brought.push({ parcel, message, noticeId: id });
  }
  return { ends, over, brought };
}

function isOpen(open: OpenDeliveries, { commit, delivery: { spool, index, account } }: Parcel): boolean {
  return (open.get(commit) ?? []).some((delivery) => delivery.spool === spool && delivery.index === index && delivery.account === account);
}

function loadOf({ address }: Account, brought: readonly Brought[]): Load {
  const messages = new Map(brought.map(({ parcel, message }) => [parcel.delivery.index, message.envelope]));
  return { sender: address, messages: [...messages.values()], recipients: [...new Set(brought.map(({ parcel }) => parcel.delivery.account))] };
}

/** What the sender is told, or how the message waits. The time is looked at after the attempt: each has one, however long this service was away. */
function fateOf(
  { clock, limits }: ServiceContext,
  { message }: Brought,
  { answer, trouble }: { readonly answer: EntryResponse | undefined; readonly trouble: MeshError | undefined },
): Pick<Outcome, "fate" | "errorCode" | "profile"> | Carried {
  if (answer?.Result === "Accept") return { fate: "Received" };
  if (answer !== undefined && !passing.has(answer.ErrorCode)) return refusalOf(answer);
  if (clock.now() - message.received < limits.deliveryMs) return answer === undefined ? "peer-failed" : "later";
  const errorCode = answer?.ErrorCode ?? trouble?.code;
  return { fate: "Undelivered", ...(errorCode === undefined ? {} : { errorCode }) };
}

function byCommit(parcels: readonly Parcel[]): ReadonlyMap<number, readonly Delivery[]> {
  const found = new Map<number, Delivery[]>();
  for (const { commit, delivery } of parcels) found.set(commit, [...(found.get(commit) ?? []), delivery]);
  return found;
}

/** A message of Outbound with its envelope; undefined when it was erased or is none. */
async function messageOf(account: Account, { spool, index }: Delivery): Promise<Brought["message"] | undefined> {
  try {
    const entry = spoolEntry(await account.frame(spool, index));
    return entry && { ...entry, envelope: parseEnvelope(entry.octets) };
  } catch (error) {
    if (isMeshError(error, "ERR_NOT_FOUND") || isMeshError(error, "ERR_SCHEMA") || isMeshError(error, "ERR_ENCODING")) return undefined;
    throw error;
  }
}
