/**
 * Carries messages to the services of other domains (protocol-09 §7.8): at least once, for two days, each peer in a lane of its own. What is
 * under way is in the accounts' commits (deliveries), so that a stop loses nothing; in memory is only whose turn it is. A peer's sealed answer
 * about that message and that recipient decides; everything else that it says or does means: not now.
 */
import { unlessAborted } from "../../base/abandon.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import { shorten } from "../../base/shorten.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { parseEnvelope } from "../../dare/index.ts";
import type { EntryResponse, MeshClient, PostResponse } from "../../protocol/index.ts";
import { domainOf } from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import type { SpoolEntry } from "../account/spool.ts";
import { spoolEntry } from "../account/spool.ts";
import type { Delivery } from "../store/service-store.ts";
import type { ServiceContext } from "../transaction/context.ts";
import { credentialOf } from "./credential.ts";
import type { Carried, Parcel } from "./lane.ts";
import { Lane } from "./lane.ts";
import type { Fate } from "./notice.ts";
import { isTold, noticeId, tell } from "./notice.ts";
import { tooSlow } from "./peer-book.ts";

/** Refusals that pass. */
const passing: ReadonlySet<string | undefined> = new Set(["ERR_QUOTA", "ERR_BUSY"]);

/** UTF-16 units of a peer's code: it goes into the sender's Outbound and the log. */
const mostCode = 64;

/** Peers whose sessions are kept although nothing waits for them. */
const mostIdle = 64;

interface Way {
  readonly lane: Lane;
  client: MeshClient | undefined;
  /** Why the peer could not be used last. */
  trouble: MeshError | undefined;
}

/** The messages of one service on their way to others. */
export class Courier {
  readonly #context: () => ServiceContext;
  readonly #ways = new Map<string, Way>();
  readonly #ending = new AbortController();

  /** @param context asked for when something is carried */
  constructor(context: () => ServiceContext) {
    this.#context = context;
  }

  /** There is room for one more delivery to a domain. ERR_QUOTA with the figure. */
  requireRoom(domain: string): void {
    const { waitingPeers, waitingDeliveries } = this.#context().limits;
    const full = (what: string): MeshError =>
      new MeshError("ERR_QUOTA", `this service has ${what}, and takes no more for other services`, { hint: "try again in an hour" });
    let peers = 0;
    let count = 0;
    for (const [other, { lane }] of this.#ways) {
      if (lane.size > 0 && other !== domain) peers += 1;
      count += lane.size;
    }
    if (peers >= waitingPeers) throw full(`messages waiting for ${waitingPeers} services`);
    if (count >= waitingDeliveries) throw full(`${waitingDeliveries} messages waiting`);
  }

  /** Takes deliveries of a commit on; those that it has already change nothing. */
  add(account: string, commit: number, deliveries: readonly Delivery[]): void {
    if (this.#ending.signal.aborted) return;
    for (const delivery of deliveries) {
      const domain = domainOf(delivery.account);
      const way = this.#ways.get(domain) ?? this.#open(domain);
      if (way.lane.add({ account, commit, delivery })) void this.#run(domain, way);
    }
  }

  /** A peer has shown that it is there. */
  ring(domain: string): void {
    this.#ways.get(domain)?.lane.ring();
  }

  /** Gives up what is under way; the next start carries it. */
  async close(): Promise<void> {
    this.#ending.abort(new MeshError("ERR_BUSY", "the service is stopping"));
    await Promise.all([...this.#ways.values()].map(({ lane }) => lane.close()));
    for (const { client } of this.#ways.values()) client?.close();
  }

  #open(domain: string): Way {
    const { limits, clock, random } = this.#context();
    const way: Way = {
      lane: new Lane({
        carry: (parcel) => this.#carry(domain, way, parcel),
        backOff: { firstMs: limits.peerRetryMs, mostMs: limits.peerRetryMostMs },
        clock,
        random,
      }),
      client: undefined,
      trouble: undefined,
    };
    this.#ways.set(domain, way);
    return way;
  }

  async #run(domain: string, way: Way): Promise<void> {
    while (way.lane.size > 0 && !this.#ending.signal.aborted) await way.lane.run();
    if (this.#ending.signal.aborted || this.#ways.get(domain) !== way) return;
    // The session serves the next message; of those that nobody uses the longest unused ends.
    this.#ways.delete(domain);
    this.#ways.set(domain, way);
    const idle = [...this.#ways].filter(([, { lane }]) => lane.size === 0);
    for (const [name, { client }] of idle.slice(0, Math.max(0, idle.length - mostIdle))) {
      this.#ways.delete(name);
      client?.close();
    }
  }

  /** Never fails: what goes wrong here passes, or is looked at again after the next start. */
  async #carry(domain: string, way: Way, parcel: Parcel): Promise<Carried> {
    const { book, log } = this.#context();
    try {
      return await this.#deliver(domain, way, { parcel, account: await book.get(parcel.account) });
    } catch (error) {
      if (isMeshError(error, "ERR_ACCOUNT_UNKNOWN")) return "over";
      if (!this.#ending.signal.aborted) log.warn("delivery.put-off", { reason: asMeshError(error).message });
      return "later";
    }
  }

  async #deliver(domain: string, way: Way, { parcel, account }: { readonly parcel: Parcel; readonly account: Account }): Promise<Carried> {
    const context = this.#context();
    const { delivery, commit } = parcel;
    // The address may belong to another account by now, whose frames are no affair of this recipient.
    const open = (await account.openDeliveries()).get(commit) ?? [];
    if (!open.some(({ spool, index, account: to }) => spool === delivery.spool && index === delivery.index && to === delivery.account)) return "over";
    const message = await messageOf(account, delivery);
    const id = noticeId(`${commit}`, `${delivery.index}`, delivery.account);
    const finish = async (fate: Fate, errorCode?: string): Promise<Carried> => {
      const outcome = { index: delivery.index, envelopeId: message?.envelopeId ?? "", account: delivery.account, fate };
      context.fault("parcel-answered");
      if (message !== undefined) await tell(context, account, { id, outcomes: [{ ...outcome, ...(errorCode === undefined ? {} : { errorCode }) }] });
      context.fault("parcel-told");
      await account.delivered(commit, [delivery]);
      if (fate !== "Received")
        context.log.warn("message.refused", { account: account.accountUdf, index: delivery.index, domain, fate, code: errorCode });
      return "over";
    };
    if (message === undefined) return await finish("Undelivered");
    if (await isTold(context, account, id)) {
      await account.delivered(commit, [delivery]);
      return "over";
    }
    const said = await this.#post(domain, way, { account, message: message.envelope, recipient: delivery.account });
    const answer = said?.ErrorCode === undefined ? said : { ...said, ErrorCode: shorten(said.ErrorCode, mostCode) };
    if (answer?.Result === "Accept") return await finish("Received");
    if (answer !== undefined && !passing.has(answer.ErrorCode)) return await finish("Refused", answer.ErrorCode);
    // The time is looked at after the attempt, so that each message has one, however long this service was away.
    if (context.clock.now() - message.received < context.limits.deliveryMs) return answer === undefined ? "peer-failed" : "later";
    return await finish("Undelivered", answer?.ErrorCode ?? way.trouble?.code);
  }

  /** The peer's answer; undefined when there was none. */
  async #post(
    domain: string,
    way: Way,
    { account, message, recipient }: { readonly account: Account; readonly message: DareEnvelope; readonly recipient: string },
  ): Promise<EntryResponse | undefined> {
    const { peers, identity, limits, log, told } = this.#context();
    const limit = AbortSignal.timeout(4 * limits.peerTimeoutMs);
    const signal = AbortSignal.any([this.#ending.signal, limit]);
    const request = { Accounts: [recipient], Messages: [message], Sender: account.address, ...credentialOf(identity) };
    const post = async (): Promise<PostResponse> => {
      way.client ??= await peers.meet(domain, signal);
      return await way.client.post(request, { signal });
    };
    try {
      const { Entries } = await unlessAborted(post(), signal);
      way.trouble = undefined;
      return onlyEntry(Entries, { envelopeId: message.header.EnvelopeId, recipient });
    } catch (error) {
      way.client?.close();
      way.client = undefined;
      way.trouble = limit.aborted ? tooSlow(domain, error) : asMeshError(error);
      const { code, message: reason, hint: remedy } = way.trouble;
      if (!this.#ending.signal.aborted && told.isDue(`delivery ${domain} ${code}`)) log.warn("delivery.failed", { domain, code, reason, remedy });
      return undefined;
    }
  }
}

/** ERR_VERIFICATION when the answer is about something else, or says more than one thing about it. */
function onlyEntry(entries: readonly EntryResponse[], asked: { readonly envelopeId: string | undefined; readonly recipient: string }): EntryResponse {
  const [entry, ...more] = entries;
  if (entry === undefined || more.length > 0 || entry.EnvelopeId !== asked.envelopeId || entry.Account !== asked.recipient)
    throw new MeshError("ERR_VERIFICATION", "the peer answered something that it was not asked");
  return entry;
}

/** A message of Outbound with its envelope; undefined when it was erased or is none. */
async function messageOf(account: Account, { spool, index }: Delivery): Promise<(SpoolEntry & { readonly envelope: DareEnvelope }) | undefined> {
  try {
    const entry = spoolEntry(await account.frame(spool, index));
    return entry && { ...entry, envelope: parseEnvelope(entry.octets) };
  } catch (error) {
    if (isMeshError(error, "ERR_NOT_FOUND") || isMeshError(error, "ERR_SCHEMA") || isMeshError(error, "ERR_ENCODING")) return undefined;
    throw error;
  }
}
