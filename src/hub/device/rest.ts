/**
 * The sleep of a device that said when it wakes: until then it is no fault that it is not there, and what it is asked waits for it. A device that is not
 * back within a while after that is offline like any other.
 */
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Answer } from "../../link/index.ts";

/** A device sleeps a day at most: one that says more would be forgotten. */
const mostSeconds = 86_400;
/** How late it may be: a clock of a small device is off by some parts in a hundred while it sleeps. */
const leastGraceMs = 5000;
const gracePart = 0.1;

/** How long a device that wants to sleep is kept awake for what it is being asked. */
const settleMs = 5000;
const settleStepMs = 20;

/** The present sleep of one device. */
export class Rest {
  readonly #clock: Clock;
  /** It has not come back. */
  readonly #onLate: () => void;
  #asking = 0;
  #until: { readonly wakes: number; readonly late: number; readonly over: AbortController } | undefined;

  constructor(clock: Clock, onLate: () => void) {
    this.#clock = clock;
    this.#onLate = onLate;
  }

  /** When it wakes, on the monotonic clock; undefined while it does not sleep. */
  get wakes(): number | undefined {
    return this.#until?.wakes;
  }

  /** When it wakes, in milliseconds since 1970; undefined while it does not sleep. */
  get wakesAt(): number | undefined {
    return this.#until === undefined ? undefined : this.#clock.now() + this.#until.wakes - this.#clock.monotonic();
  }

  /** How long somebody may have to wait for it from now on, in milliseconds; 0 while it does not sleep. */
  get waitMs(): number {
    return this.#until === undefined ? 0 : Math.max(0, this.#until.late - this.#clock.monotonic());
  }

  /** Something that the device is asked: it is kept awake for it. */
  async keepAwake<T>(task: () => Promise<T>): Promise<T> {
    this.#asking += 1;
    try {
      return await task();
    } finally {
      this.#asking -= 1;
    }
  }

  /** The device wants to sleep. The answer waits for what it is being asked: Pending when that takes long, and it says so again later. Errors: ERR_REJECTED. */
  async wish(seconds: number, ended: AbortSignal): Promise<Answer> {
    const end = this.#clock.monotonic() + settleMs;
    while (this.#asking > 0 && this.#clock.monotonic() < end) await this.#clock.sleep(settleStepMs, ended);
    if (this.#asking > 0) return { tag: "Result", value: { Result: "Pending" } };
    ended.throwIfAborted();
    this.#begin(seconds);
    return { tag: "Result", value: { Result: "Accept" } };
  }

  #begin(seconds: number): void {
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > mostSeconds) {
      throw new MeshError("ERR_REJECTED", `a sleep of ${seconds} s is not between 1 and ${mostSeconds} s`);
    }
    this.end();
    const over = new AbortController();
    const ms = 1000 * seconds;
    const graceMs = Math.max(leastGraceMs, gracePart * ms);
    const wakes = this.#clock.monotonic() + ms;
    this.#until = { wakes, late: wakes + graceMs, over };
    this.#clock.sleep(ms + graceMs, over.signal).then(
      () => {
        this.#until = undefined;
        this.#onLate();
      },
      () => undefined,
    );
  }

  /** It is awake, or forgotten. */
  end(): void {
    this.#until?.over.abort();
    this.#until = undefined;
  }
}
