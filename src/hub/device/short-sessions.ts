/**
 * Sessions of one device that were of no use, because they ended soon: so that a device which ends each at once costs no core, the next waits a little. A
 * session that ends in a sleep is short and of use, but only when the device then sleeps.
 */
import { type BackOff, backOffMs } from "../../base/back-off.ts";
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { Wake } from "../../base/wake.ts";

const shortMs = 10_000;
const pauses: BackOff = { firstMs: 500, mostMs: 4000 };
/** A sleep from which a device is back sooner than this was none. */
const leastSleepMs = 1000;

/** Counts them, in a row. */
export class ShortSessions {
  readonly #clock: Clock;
  readonly #random: Random;
  #count = 0;
  /** When the last session ended, if that was soon and in a sleep. */
  #asleepFrom: number | undefined;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A session that began at `since`, on the monotonic clock, is over; `sleeps` when the device said that it would sleep. */
  ended(since: number, sleeps: boolean): void {
    const now = this.#clock.monotonic();
    const isShort = now - since < shortMs;
    if (isShort && sleeps) this.#asleepFrom = now;
    else this.#count = isShort ? this.#count + 1 : 0;
  }

  /** The device has proven that it is back. */
  back(): void {
    if (this.#asleepFrom === undefined) return;
    this.#count = this.#clock.monotonic() - this.#asleepFrom < leastSleepMs ? this.#count + 1 : 0;
    this.#asleepFrom = undefined;
  }

  /** Waits as long as the next one has to, or until somebody wants it: the first may be an accident, and a device that restarts is met again at once. */
  async pause(wanted: Wake): Promise<void> {
    if (this.#count <= 1) return;
    await wanted.sleep(backOffMs(this.#count - 2, this.#random, pauses));
  }
}
