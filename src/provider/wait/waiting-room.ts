/**
 * Long polls of one account. Its own devices and strangers have places apart; among strangers newcomers of other networks go first. Whoever waits joins before looking, so that no change falls between looking and waiting. One place per
 * link key and purpose: the newer request takes it and the older one answers with what there is.
 */
import type { Clock } from "../../base/clock.ts";
import type { Place as Crowded } from "../../base/crowd/place-pool.ts";
import { PlacePool } from "../../base/crowd/place-pool.ts";
import type { Limits } from "../limits.ts";

/** A place in the room. */
export interface Place {
  /** False once the place was taken over, or the room closed, or was full from the start: answer with what there is. */
  readonly isHeld: boolean;
  /** Resolves at the next change, at the end of the time, or when the place is lost; rejects when the signal aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  leave(): void;
}

/** Counts the waiters of all rooms of a service. */
export interface Census {
  /** Accounts' own devices. */
  count: number;
  readonly limit: number;
  readonly strangers: PlacePool;
}

/** A census of a service. */
export function newCensus(limits: Limits): Census {
  return {
    count: 0,
    limit: limits.waiters,
    strangers: new PlacePool({ most: limits.strangerWaiters, each: limits.strangerWaitersEach }),
  };
}

interface Seat {
  isHeld: boolean;
  /** A change came that the holder has not seen. */
  isStirred: boolean;
  bell: AbortController | undefined;
  /** Among the strangers; undefined for a device of the account. */
  readonly place: Crowded | undefined;
}

/** The waiting room of one account. */
export class WaitingRoom {
  readonly #seats = new Map<string, Seat>();
  readonly #clock: Clock;
  readonly #census: Census;
  readonly #limits: Limits;
  readonly #strangers: PlacePool;
  #members = 0;
  #isClosed = false;

  constructor(options: { readonly clock: Clock; readonly census: Census; readonly limits: Limits }) {
    this.#clock = options.clock;
    this.#census = options.census;
    this.#limits = options.limits;
    this.#strangers = new PlacePool({ most: options.limits.strangerWaitersPerAccount });
  }

  /** Takes the place of a key of the account's own devices; not held when there are too many. */
  join(key: string): Place {
    this.#drop(key);
    const isFull = this.#isClosed || this.#members >= this.#limits.waitersPerAccount || this.#census.count >= this.#census.limit;
    const seat: Seat = { isHeld: !isFull, isStirred: false, bell: undefined, place: undefined };
    if (!isFull) {
      this.#seats.set(key, seat);
      this.#members += 1;
      this.#census.count += 1;
    }
    return this.#placeOf(key, seat);
  }

  /** Takes a place for somebody from a network address; another stranger loses his when there are too many. */
  joinStranger(key: string, address: string): Place {
    this.#drop(key);
    const place: Crowded = {
      address,
      evict: () => {
        if (this.#seats.get(key) === seat) this.#drop(key);
      },
    };
    const seat: Seat = { isHeld: !this.#isClosed, isStirred: false, bell: undefined, place };
    if (!this.#isClosed) {
      this.#seats.set(key, seat);
      this.#strangers.enter(place);
      this.#census.strangers.enter(place);
    }
    return this.#placeOf(key, seat);
  }

  #placeOf(key: string, seat: Seat): Place {
    return {
      get isHeld() {
        return seat.isHeld;
      },
      wait: (ms, signal) => this.#wait(seat, ms, signal),
      leave: () => {
        if (this.#seats.get(key) === seat) this.#drop(key);
      },
    };
  }

  /** Lets everybody look again. */
  wake(): void {
    for (const seat of this.#seats.values()) stir(seat);
  }

  /** Ends all waits, now and later. */
  close(): void {
    this.#isClosed = true;
    for (const key of [...this.#seats.keys()]) this.#drop(key);
  }

  #drop(key: string): void {
    const seat = this.#seats.get(key);
    if (seat === undefined) return;
    this.#seats.delete(key);
    if (seat.place === undefined) {
      this.#members -= 1;
      this.#census.count -= 1;
    } else {
      this.#strangers.leave(seat.place);
      this.#census.strangers.leave(seat.place);
    }
    seat.isHeld = false;
    stir(seat);
  }

  async #wait(seat: Seat, ms: number, signal?: AbortSignal): Promise<void> {
    if (seat.isStirred || !seat.isHeld) {
      seat.isStirred = false;
      return;
    }
    const bell = new AbortController();
    seat.bell = bell;
    try {
      await this.#clock.sleep(ms, signal === undefined ? bell.signal : AbortSignal.any([bell.signal, signal]));
    } catch (error) {
      if (!bell.signal.aborted) throw error;
    } finally {
      seat.bell = undefined;
      seat.isStirred = false;
    }
  }
}

function stir(seat: Seat): void {
  seat.isStirred = true;
  seat.bell?.abort();
}
