/**
 * Time by which the expiry of remote commands is judged (extensions §7): what the service said in an authenticated answer, carried on by the
 * monotonic clock. While the hub runs it never goes back, and it does not leap: a service that once tells a time far ahead must not make every
 * later command an expired one. What an earlier run noted is a lower bound within a day; beyond that the CommandEpoch of this start refuses
 * whatever was signed before. Without a time remote commands wait and local ones run.
 */
import type { Clock } from "../../base/clock.ts";
import { isPlausibleTime } from "../../base/clock.ts";

/** The clock of a service is never put forward by more than this while a hub runs. */
const mostLeapMs = 86_400_000;
/** Nor is its first time believed when a machine whose clock was ever set, and what an earlier run noted, lie further behind. */
const mostAheadMs = 366 * mostLeapMs;

/** A clock that only the service's answers set. */
export class TrustedTime {
  readonly #clock: Clock;
  #base: { readonly time: number; readonly at: number } | undefined;
  /** Last good time of an earlier run: a lower bound, no clock. */
  readonly #least: number;

  constructor(clock: Clock, least = 0) {
    this.#clock = clock;
    this.#least = least;
  }

  /** Milliseconds since 1970; undefined before the first answer. */
  now(): number | undefined {
    return this.#base && this.#base.time + (this.#clock.monotonic() - this.#base.at);
  }

  /** Takes the time of an authenticated answer; one that is earlier than what is known, a leap ahead of it, or no time changes nothing. */
  offer(time: number): void {
    if (!isPlausibleTime(time)) return;
    const known = this.now();
    if (known === undefined) {
      const own = this.#clock.now();
      if (isPlausibleTime(own) && time - Math.max(own, this.#least) > mostAheadMs) return;
      const isBound = this.#least - time <= mostLeapMs;
      this.#base = { time: isBound ? Math.max(time, this.#least) : time, at: this.#clock.monotonic() };
    } else if (time > known && time - known <= mostLeapMs) {
      this.#base = { time, at: this.#clock.monotonic() };
    }
  }
}
