/**
 * The peers that a link tries at one time; each costs a handshake. A hail proves nothing, so strangers who replay one must not keep the device
 * out: of those who have proven nothing, the network with the most attempts loses its oldest.
 */
import type { Place } from "../../base/crowd/place-pool.ts";
import { PlacePool } from "../../base/crowd/place-pool.ts";
import type { Peer } from "../../transport/medium.ts";
import { keyOf, originOf } from "../../transport/medium.ts";

const mostAttempts = 4;

interface Attempt {
  readonly peer: Peer;
  readonly place: Place;
  readonly abort: AbortController;
}

/** Attempts under way, one for each peer. */
export class Attempts {
  readonly #running = new Map<string, Attempt>();
  readonly #strangers = new PlacePool({ most: mostAttempts });
  readonly #members = new PlacePool({ most: mostAttempts });

  get size(): number {
    return this.#running.size;
  }

  has(peer: Peer): boolean {
    return this.#running.has(keyOf(peer));
  }

  /** Begins one. @returns the signal that gives it up */
  begin(peer: Peer): AbortSignal {
    const abort = new AbortController();
    const place: Place = { address: originOf(peer), evict: () => this.giveUp(peer) };
    this.#running.set(keyOf(peer), { peer, place, abort });
    this.#poolOf(peer).enter(place);
    return abort.signal;
  }

  /** It is over, unless another one of the same peer has begun since. */
  end(peer: Peer, signal: AbortSignal): void {
    if (this.#running.get(keyOf(peer))?.abort.signal === signal) this.#forget(peer);
  }

  /** Gives up what is tried with a peer; it may be tried again at once. */
  giveUp(peer: Peer): void {
    this.#forget(peer)?.abort.abort();
  }

  #forget(peer: Peer): Attempt | undefined {
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
