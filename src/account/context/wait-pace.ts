/**
 * Pauses between long polls that end early and bring nothing: another process of this device may take its place at the service, strangers may
 * fill the room, and a service may lie about news. Whoever follows an account must not spin then.
 */
import { backOffMs } from "../../base/back-off.ts";
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";

const pauses = { firstMs: 250, mostMs: 5_000 } as const;

/** Paces the waits of one account. */
export class WaitPace {
  readonly #clock: Clock;
  readonly #random: Random;
  #before: { readonly known: string; readonly isEarly: boolean } | undefined;
  #attempt = 0;

  constructor(options: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /**
   * Runs a wait, after a pause when the one before ended early and what is known is the same.
   * @param options.known names what this device has of the stores that it waits for
   * Errors: those of the wait; the signal's reason.
   */
  async run<T>(
    options: { readonly known: string; readonly seconds: number; readonly signal?: AbortSignal | undefined },
    wait: () => Promise<T>,
  ): Promise<T> {
    const { known, seconds, signal } = options;
    const isIdle = this.#before?.isEarly === true && this.#before.known === known;
    if (!isIdle) this.#attempt = 0;
    else await this.#clock.sleep(Math.min(seconds * 1000, backOffMs(this.#attempt++, this.#random, pauses)), signal);
    const started = this.#clock.monotonic();
    const result = await wait();
    this.#before = { known, isEarly: this.#clock.monotonic() - started < (seconds * 1000) / 2 };
    return result;
  }
}
