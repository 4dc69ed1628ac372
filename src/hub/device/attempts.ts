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
  /** Rings when the peer is heard anew. */
  readonly news: Wake;
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
  readonly #running = new Map<string, Running>();
  readonly #strangers = new PlacePool({ most: mostAttempts });
  readonly #members = new PlacePool({ most: mostAttempts });

  constructor(clock: Clock) {
    this.#clock = clock;
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

  /** Begins one. */
  begin(peer: Peer): Attempt {
    const abort = new AbortController();
    const news = new Wake(this.#clock);
    abort.signal.addEventListener("abort", () => news.ring(), { once: true });
    const place: Place = { address: originOf(peer), evict: () => this.giveUp(peer) };
    const attempt = { peer, place, abort, news, signal: abort.signal };
    this.#running.set(keyOf(peer), attempt);
    this.#poolOf(peer).enter(place);
    return attempt;
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
