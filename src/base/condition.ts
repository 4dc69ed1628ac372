/** Waiting for something to become true that several parts of a program can change. */
import type { Clock } from "./clock.ts";
import { Listeners } from "./listeners.ts";

/** Tests are run again at each `notify`. */
export class Condition {
  readonly #clock: Clock;
  readonly #changes = new Listeners();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Something may have changed. */
  notify(): void {
    this.#changes.tell();
  }

  /**
   * What the test gives as soon as it gives something; undefined when the time is over first.
   * Errors: the test's own, the signal's reason.
   */
  async until<T>(test: () => T | undefined, options: { readonly timeMs: number; readonly signal?: AbortSignal }): Promise<T | undefined> {
    const settled = new AbortController();
    const signal = options.signal === undefined ? settled.signal : AbortSignal.any([settled.signal, options.signal]);
    let undo: () => void = () => undefined;
    const met = new Promise<T>((resolve, reject) => {
      const look = (): void => {
        try {
          const value = test();
          if (value !== undefined) resolve(value);
        } catch (error) {
          reject(error);
        }
      };
      undo = this.#changes.add(look);
      look();
    });
    try {
      return await Promise.race([met, this.#clock.sleep(Math.max(0, options.timeMs), signal).then(() => undefined)]);
    } finally {
      undo();
      settled.abort();
    }
  }
}
