/**
 * Time by which the expiry of remote commands is judged (extensions §7): what the service said in an authenticated answer, carried on by the
 * monotonic clock. It never goes back, also not over restarts; without it remote commands wait and local ones run.
 */
import type { Clock } from "../../base/clock.ts";

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

  /** Takes the time of an authenticated answer; an earlier one than is known changes nothing. */
  offer(time: number): void {
    if (!Number.isFinite(time)) return;
    const known = Math.max(this.#least, this.now() ?? 0);
    if (this.#base && time <= known) return;
    this.#base = { time: Math.max(time, known), at: this.#clock.monotonic() };
  }
}
