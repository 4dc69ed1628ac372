/**
 * The peers that a link tries at one time; each costs a handshake. A hail proves nothing, so strangers who replay one must not keep the device
 * out: of those who have proven nothing, the network with the most attempts loses its oldest.
 */
import type { Clock } from "../../base/clock.ts";
import type { Place } from "../../base/crowd/place-pool.ts";
import { PlacePool } from "../../base/crowd/place-pool.ts";
import { Wake } from "../../base/wake.ts";
import type { Peer } from "../../transport/medium.ts";
import { keyOf, originOf } from "../../transport/medium.ts";

const mostAttempts = 4;

/** What is tried with a peer. */
export interface Attempt {
  readonly peer: Peer;
  /** Rings when the peer is heard anew, or is wanted. */
  readonly news: Wake;
  /** Rings when somebody waits for the device. */
  readonly wanted: Wake;
  /** Gives it up. */
  readonly signal: AbortSignal;
}

interface Running extends Attempt {
  readonly place: Place;
  readonly abort: AbortController;
}

/** Attempts under way, one for each peer. */
export class Attempts {
  readonly #clock: Clock;
  readonly #hurry: (peer: Peer) => void;
  readonly #running = new Map<string, Running>();
  readonly #strangers = new PlacePool({ most: mostAttempts });
  readonly #members = new PlacePool({ most: mostAttempts });

  /** @param hurry tells the medium of a peer that somebody waits for */
  constructor(clock: Clock, hurry: (peer: Peer) => void) {
    this.#clock = clock;
    this.#hurry = hurry;
  }

  get size(): number {
    return this.#running.size;
  }

  /** The peer is heard: tells the attempt that is under way. @returns false when there is none */
  heard(peer: Peer): boolean {
    const attempt = this.#running.get(keyOf(peer));
    attempt?.news.ring();
    return attempt !== undefined;
  }

  /** Begins one; `isWanted` when somebody waits for the device. */
  begin(peer: Peer, isWanted: boolean): Attempt {
    const abort = new AbortController();
    const [news, wanted] = [new Wake(this.#clock), new Wake(this.#clock)];
    for (const wake of [news, wanted]) abort.signal.addEventListener("abort", () => wake.ring(), { once: true });
    const place: Place = { address: originOf(peer), evict: () => this.giveUp(peer) };
    const attempt = { peer, place, abort, news, wanted, signal: abort.signal };
    this.#running.set(keyOf(peer), attempt);
    this.#poolOf(peer).enter(place);
    if (isWanted) this.#want(attempt);
    return attempt;
  }

  /** Somebody waits for the device: what is tried with it waits for nothing that can be left out. */
  hurry(): void {
    for (const attempt of this.#running.values()) this.#want(attempt);
  }

  /** It is over, unless another one of the same peer has begun since. */
  end(attempt: Attempt): void {
    if (this.#running.get(keyOf(attempt.peer)) === attempt) this.#forget(attempt.peer);
  }

  /** Gives up all. */
  giveUpAll(): void {
    for (const { peer } of [...this.#running.values()]) this.giveUp(peer);
  }

  /** Gives up what is tried with a peer; it may be tried again at once. */
  giveUp(peer: Peer): void {
    this.#forget(peer)?.abort.abort();
  }

  #want({ peer, news, wanted }: Attempt): void {
    news.ring();
    wanted.ring();
    this.#hurry(peer);
  }

  #forget(peer: Peer): Running | undefined {
    const attempt = this.#running.get(keyOf(peer));
    if (attempt === undefined) return undefined;
    this.#running.delete(keyOf(peer));
    this.#poolOf(attempt.peer).leave(attempt.place);
    return attempt;
  }

  #poolOf({ isMember }: Peer): PlacePool {
    return isMember === true ? this.#members : this.#strangers;
  }
}
