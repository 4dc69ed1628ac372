/**
 * Long polls of one account. Whoever waits joins before looking, so that no change falls between looking and waiting. One place per
 * link key and purpose: the newer request takes it and the older one answers with what there is.
 */
import type { Clock } from "../../base/clock.ts";

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
  count: number;
  readonly limit: number;
}

interface Seat {
  isHeld: boolean;
  /** A change came that the holder has not seen. */
  isStirred: boolean;
  bell: AbortController | undefined;
}

/** The waiting room of one account. */
export class WaitingRoom {
  readonly #seats = new Map<string, Seat>();
  readonly #clock: Clock;
  readonly #census: Census;
  readonly #limit: number;
  #isClosed = false;

  constructor(options: { readonly clock: Clock; readonly census: Census; readonly limit: number }) {
    this.#clock = options.clock;
    this.#census = options.census;
    this.#limit = options.limit;
  }

  /** Takes the place of a key. */
  join(key: string): Place {
    this.#drop(key);
    const isFull = this.#isClosed || this.#seats.size >= this.#limit || this.#census.count >= this.#census.limit;
    const seat: Seat = { isHeld: !isFull, isStirred: false, bell: undefined };
    if (!isFull) {
      this.#seats.set(key, seat);
      this.#census.count += 1;
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
    this.#census.count -= 1;
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
