/**
 * Hails that nothing was left to be tried with. A medium may tell of a device once only (a service of mDNS is found once), so they wait until there is
 * something again. They are bounded like what a medium has heard: a flood pushes out the hails of the network that most of them come from.
 */
import { toHex } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { Place } from "../../base/crowd/place-pool.ts";
import { PlacePool } from "../../base/crowd/place-pool.ts";
import type { Hail, Peer } from "../../transport/medium.ts";
import { keyOf, originOf } from "../../transport/medium.ts";

const mostWaiting = 1024;
const againMs = 500;

export interface PassedHailsOptions {
  /** Tries a hail; false when there is still nothing left for it. */
  readonly attempt: (hail: Hail) => boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The hails of one hub that wait. */
export class PassedHails {
  readonly #options: PassedHailsOptions;
  /** By octets and peer, in order of age. */
  readonly #waiting = new Map<string, { readonly hail: Hail; readonly place: Place }>();
  readonly #places = new PlacePool({ most: mostWaiting });
  #isTrying = false;

  constructor(options: PassedHailsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(hail: Hail): void {
    const key = `${toHex(hail.octets)} ${keyOf(hail.peer)}`;
    this.#drop(key);
    const place: Place = { address: originOf(hail.peer), evict: () => this.#drop(key) };
    this.#waiting.set(key, { hail, place });
    this.#places.enter(place);
    if (!this.#isTrying) void this.#tryAgain();
  }

  /** A peer that has left need not be tried. */
  gone(peer: Peer): void {
    for (const [key, { hail }] of this.#waiting) if (keyOf(hail.peer) === keyOf(peer)) this.#drop(key);
  }

  async #tryAgain(): Promise<void> {
    const { attempt, clock, signal } = this.#options;
    this.#isTrying = true;
    while (this.#waiting.size > 0) {
      try {
        await clock.sleep(againMs, signal);
      } catch {
        break;
      }
      for (const [key, { hail }] of this.#waiting) if (attempt(hail)) this.#drop(key);
    }
    this.#isTrying = false;
  }

  #drop(key: string): void {
    const waiter = this.#waiting.get(key);
    if (waiter === undefined) return;
    this.#waiting.delete(key);
    this.#places.leave(waiter.place);
  }
}
