/**
 * Long polls of one account. Its own devices and strangers have places apart: among strangers newcomers of other networks go first, among
 * devices those of accounts with fewer waits. Whoever waits joins before looking, so that no change falls between looking and waiting. One
 * place per link key and purpose: the newer request takes it and the older one answers with what there is.
 */
import type { Clock } from "../../base/clock.ts";
import type { Place as Crowded } from "../../base/crowd/place-pool.ts";
import { PlacePool } from "../../base/crowd/place-pool.ts";
import type { Limits } from "../limits.ts";

/** A place in the room. */
export interface Place {
  /** False once the place was taken over or lost to somebody else, or the room closed: answer with what there is. */
  readonly isHeld: boolean;
  /** Resolves at the next change, at the end of the time, or when the place is lost; rejects when the signal aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  leave(): void;
}

/** The waiters of all rooms of a service. */
export interface Census {
  /** Accounts' own devices, by account. */
  readonly members: PlacePool;
  readonly strangers: PlacePool;
}

/** A census of a service. */
export function newCensus(limits: Limits): Census {
  return {
    members: new PlacePool({ most: limits.waiters, each: limits.waitersPerAccount }),
    strangers: new PlacePool({ most: limits.strangerWaiters, each: limits.strangerWaitersEach }),
  };
}

interface Seat {
  isHeld: boolean;
  /** A change came that the holder has not seen. */
  isStirred: boolean;
  bell: AbortController | undefined;
  readonly place: Crowded;
  /** Where it has its place, and loses it. */
  readonly pools: readonly PlacePool[];
}

/** The waiting room of one account. */
export class WaitingRoom {
  readonly #seats = new Map<string, Seat>();
  readonly #address: string;
  readonly #clock: Clock;
  readonly #census: Census;
  readonly #strangers: PlacePool;
  #isClosed = false;

  /** @param options.address the account's folded address */
  constructor(options: { readonly address: string; readonly clock: Clock; readonly census: Census; readonly limits: Limits }) {
    this.#address = options.address;
    this.#clock = options.clock;
    this.#census = options.census;
    this.#strangers = new PlacePool({ most: options.limits.strangerWaitersPerAccount });
  }

  /** Takes the place of a key of the account's own devices; the oldest of the account with most of them loses his when there are too many. */
  join(key: string): Place {
    return this.#join(key, this.#address, [this.#census.members]);
  }

  /** Takes a place for somebody from a network address; another stranger loses his when there are too many. */
  joinStranger(key: string, address: string): Place {
    return this.#join(key, address, [this.#strangers, this.#census.strangers]);
  }

  #join(key: string, address: string, pools: readonly PlacePool[]): Place {
    this.#drop(key);
    const evict = (): void => {
      if (this.#seats.get(key) === seat) this.#drop(key);
    };
    const seat: Seat = { isHeld: !this.#isClosed, isStirred: false, bell: undefined, place: { address, evict }, pools };
    if (!this.#isClosed) {
      this.#seats.set(key, seat);
      for (const pool of pools) pool.enter(seat.place);
    }
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
    for (const pool of seat.pools) pool.leave(seat.place);
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
