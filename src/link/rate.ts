/** A token bucket: bounds the work that strangers can cause. */
import type { Clock } from "../base/clock.ts";

/** Allows `burst` at once and one more every `everyMs`. Several responders of one device may share one. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #everyMs: number;
  #tokens: number;
  #at: number;

  constructor(options: { clock: Clock; burst: number; everyMs: number }) {
    this.#clock = options.clock;
    this.#burst = options.burst;
    this.#everyMs = options.everyMs;
    this.#tokens = options.burst;
    this.#at = options.clock.monotonic();
  }

  /** Takes one token; false when there is none. */
  take(): boolean {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) / this.#everyMs);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
