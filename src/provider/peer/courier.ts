/**
 * Carries messages to the services of other domains (protocol-09 §7.8): at least once, for two days, each peer in a lane of its own. What is
 * under way is in the accounts' commits (deliveries), so that a stop loses nothing; in memory is only whose turn it is.
 */
import { unlessAborted } from "../../base/abandon.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import type { MeshClient } from "../../protocol/index.ts";
import { domainOf } from "../../schema/index.ts";
import type { Delivery } from "../store/service-store.ts";
import type { ServiceContext } from "../transaction/context.ts";
import type { Answers, Load } from "./answers.ts";
import { answersTo } from "./answers.ts";
import { bring } from "./bring.ts";
import { credentialOf } from "./credential.ts";
import type { Carried, Parcel } from "./lane.ts";
import { Lane } from "./lane.ts";
import { tooSlow } from "./peer-book.ts";

/** Peers whose sessions are kept although nothing waits for them. */
const mostIdle = 64;

interface Way {
  readonly lane: Lane;
  /** The session that all posts share. */
  client: Promise<MeshClient> | undefined;
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
    for (const { client } of this.#ways.values()) hangUp(client);
  }

  #open(domain: string): Way {
    const { limits, clock, random } = this.#context();
    const way: Way = {
      lane: new Lane({
        carry: (parcels) => this.#carry(domain, way, parcels),
        most: { underWay: limits.peerPosts, together: limits.peerTogether },
        backOff: { firstMs: limits.peerRetryMs, mostMs: limits.peerRetryMostMs },
        clock,
        random,
      }),
      client: undefined,
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
      hangUp(client);
    }
  }

  /** Never fails: what goes wrong here passes, or is looked at again after the next start. */
  async #carry(domain: string, way: Way, parcels: readonly Parcel[]): Promise<readonly Carried[]> {
    const context = this.#context();
    const { book, log } = context;
    try {
      const account = await book.get(parcels[0]?.account ?? "");
      return await bring(context, { domain, account, parcels, post: (load) => this.#post(domain, way, load) });
    } catch (error) {
      if (isMeshError(error, "ERR_ACCOUNT_UNKNOWN")) return parcels.map(() => "over");
      if (!this.#ending.signal.aborted) log.warn("delivery.put-off", { reason: asMeshError(error).message });
      return parcels.map(() => "later");
    }
  }

  /** The peer's answers; an error when there are none that can be believed. */
  async #post(domain: string, way: Way, load: Load): Promise<Answers | MeshError> {
    const { peers, identity, limits, log, told } = this.#context();
    const limit = AbortSignal.timeout(4 * limits.peerTimeoutMs);
    const signal = AbortSignal.any([this.#ending.signal, limit]);
    const { sender: Sender, messages: Messages, recipients: Accounts } = load;
    way.client ??= peers.meet(domain, signal);
    const meeting = way.client;
    try {
      const posting = meeting.then((client) => client.post({ Accounts, Messages, Sender, ...credentialOf(identity) }, { signal }));
      return answersTo(load, (await unlessAborted(posting, signal)).Entries);
    } catch (error) {
      if (way.client === meeting) way.client = undefined;
      hangUp(meeting);
      const trouble = limit.aborted ? tooSlow(domain, error) : asMeshError(error);
      const { code, message: reason, hint: remedy } = trouble;
      if (!this.#ending.signal.aborted && told.isDue(`delivery ${domain} ${code}`)) log.warn("delivery.failed", { domain, code, reason, remedy });
      return trouble;
    }
  }
}

/** Ends a session that is open, or will be. */
function hangUp(meeting: Promise<MeshClient> | undefined): void {
  meeting?.then(
    (client) => client.close(),
    () => undefined,
  );
}
