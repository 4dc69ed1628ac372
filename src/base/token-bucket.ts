/** An allowance that refills with time: the one form of every quota here. */
import type { Clock } from "./clock.ts";

/** A quota: so much per second, and so many seconds' worth at once. */
export interface Quota {
  readonly perSecond: number;
  readonly burst: number;
}

/** Counts use against a quota. */
export class TokenBucket {
  readonly #quota: Quota;
  readonly #clock: Clock;
  #left: number;
  #at: number;

  constructor(quota: Quota, clock: Clock) {
    this.#quota = quota;
    this.#clock = clock;
    this.#left = quota.burst;
    this.#at = clock.monotonic();
  }

  /** Takes `amount`; false, with nothing taken, when there is less. */
  take(amount = 1): boolean {
    this.#refill();
    if (amount > this.#left) return false;
    this.#left -= amount;
    return true;
  }

  /** Puts back what was taken and not used. */
  giveBack(amount = 1): void {
    this.#left = Math.min(this.#quota.burst, this.#left + amount);
  }

  /** Milliseconds until `amount` can be taken; 0 when it can be now. */
  waitMs(amount = 1): number {
    this.#refill();
    return Math.max(0, ((amount - this.#left) / this.#quota.perSecond) * 1000);
  }

  /** True when nothing has been taken for long enough: such a bucket may be forgotten. */
  get full(): boolean {
    this.#refill();
    return this.#left >= this.#quota.burst;
  }

  #refill(): void {
    const now = this.#clock.monotonic();
    this.#left = Math.min(this.#quota.burst, this.#left + ((now - this.#at) / 1000) * this.#quota.perSecond);
    this.#at = now;
  }
}
