/**
 * Time as the service of the account says it (extensions §7): a hub may start in 1970, and a clock may be set wrong by a day at any moment. The
 * machine's own clock counts while it agrees with the service; otherwise the service's time does, carried on by the monotonic clock. Before the
 * first answer there is only the machine's. The service is believed here as to time and nothing else, and not without bounds: what no clock can
 * show is passed over, and a machine's clock that was ever set is corrected by a year at most, so that no service makes a window or a PIN that
 * ends in an hour end in ten years. Remote commands have the stricter TrustedTime, which never goes back.
 */
import type { Clock } from "../../base/clock.ts";
import { isPlausibleTime } from "../../base/clock.ts";

/** Answers carry whole seconds and travel for a while. */
const toleranceMs = 30_000;
const mostCorrectionMs = 366 * 86_400_000;

/** A machine's clock, put right by the service. */
export class ServiceClock implements Clock {
  readonly #machine: Clock;
  #known: { readonly time: number; readonly at: number } | undefined;

  constructor(machine: Clock) {
    this.#machine = machine;
  }

  /** Takes the time of an authenticated answer, in milliseconds since 1970. */
  offer(time: number): void {
    if (isPlausibleTime(time)) this.#known = { time, at: this.#machine.monotonic() };
  }

  now(): number {
    const own = this.#machine.now();
    if (this.#known === undefined) return own;
    const told = this.#known.time + (this.#machine.monotonic() - this.#known.at);
    const correction = Math.abs(own - told);
    if (correction <= toleranceMs) return own;
    return isPlausibleTime(own) && correction > mostCorrectionMs ? own : told;
  }

  monotonic(): number {
    return this.#machine.monotonic();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#machine.sleep(ms, signal);
  }
}
