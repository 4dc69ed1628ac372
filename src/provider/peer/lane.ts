/**
 * The way to one peer: the deliveries that wait for it, carried one at a time, the accounts in turns, so that none fills the way of the others.
 * A peer that fails is left alone for a growing while, and so is a single delivery that fails; whatever succeeds ends the peer's pause.
 */
import type { BackOff } from "../../base/back-off.ts";
import { backOffMs } from "../../base/back-off.ts";
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import { Wake } from "../../base/wake.ts";
import type { Delivery } from "../store/service-store.ts";

/** A delivery of an account's commit. */
export interface Parcel {
  readonly account: string;
  readonly commit: number;
  readonly delivery: Delivery;
}

/** How carrying ended: the delivery is over; it has to wait by itself; the peer as a whole has failed. */
export type Carried = "over" | "later" | "peer-failed";

/** What a lane is made with. */
export interface LaneOptions {
  readonly carry: (parcel: Parcel) => Promise<Carried>;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly random: Random;
}

interface Waiting {
  readonly parcel: Parcel;
  attempts: number;
  notBefore: number;
}

/** Longest sleep: a clock may be set meanwhile. */
const napMs = 60_000;

/** The lane of one peer. It runs while something waits. */
export class Lane {
  readonly #options: LaneOptions;
  /** By account; the next turn is the first one's. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #keys = new Set<string>();
  readonly #wake: Wake;
  #failures = 0;
  #notBefore = 0;
  #isEnding = false;
  #running: Promise<void> | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#wake = new Wake(options.clock);
  }

  get size(): number {
    return this.#keys.size;
  }

  /** Adds a delivery; one that waits already changes nothing. @returns true when it was added */
  add(parcel: Parcel): boolean {
    const key = keyOf(parcel);
    if (this.#isEnding || this.#keys.has(key)) return false;
    this.#keys.add(key);
    const own = this.#waiting.get(parcel.account) ?? [];
    this.#waiting.set(parcel.account, own);
    own.push({ parcel, attempts: 0, notBefore: 0 });
    this.#wake.ring();
    return true;
  }

  /** The peer has shown that it is there. */
  ring(): void {
    this.#failures = 0;
    this.#notBefore = 0;
    this.#wake.ring();
  }

  /** Carries what waits; resolves when nothing does any more, or at the end. One run at a time. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Lets what is under way end and carries nothing more. */
  async close(): Promise<void> {
    this.#isEnding = true;
    this.#wake.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isEnding && this.#keys.size > 0) {
      const now = this.#options.clock.monotonic();
      const next = now < this.#notBefore ? undefined : this.#take(now);
      if (next === undefined) await this.#wake.sleep(Math.min(napMs, this.#pause(now)));
      else await this.#carry(next);
    }
  }

  async #carry(waiting: Waiting): Promise<void> {
    const carried = await this.#options.carry(waiting.parcel);
    const { clock, random, backOff } = this.#options;
    const now = clock.monotonic();
    if (carried === "peer-failed") this.#notBefore = now + backOffMs(this.#failures++, random, backOff);
    else this.#failures = 0;
    if (carried === "over") {
      this.#keys.delete(keyOf(waiting.parcel));
      return;
    }
    waiting.notBefore = now + backOffMs(waiting.attempts++, random, backOff);
    const own = this.#waiting.get(waiting.parcel.account) ?? [];
    this.#waiting.set(waiting.parcel.account, own);
    own.push(waiting);
  }

  /** The next that may go, of the account whose turn it is. */
  #take(now: number): Waiting | undefined {
    for (const [account, own] of this.#waiting) {
      const at = own.findIndex(({ notBefore }) => notBefore <= now);
      if (at < 0) continue;
      const [found] = own.splice(at, 1);
      this.#waiting.delete(account);
      if (own.length > 0) this.#waiting.set(account, own);
      return found;
    }
    return undefined;
  }

  #pause(now: number): number {
    if (now < this.#notBefore) return this.#notBefore - now;
    let next = Number.POSITIVE_INFINITY;
    for (const own of this.#waiting.values()) for (const { notBefore } of own) next = Math.min(next, notBefore);
    return Math.max(1, next - now);
  }
}

function keyOf({ account, commit, delivery }: Parcel): string {
  return `${account} ${commit} ${delivery.index} ${delivery.account}`;
}
