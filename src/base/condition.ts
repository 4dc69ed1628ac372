/** Waiting for something to become true that several parts of the hub can change. */
import type { Clock } from "./clock.ts";

/** Tests are run again at each `notify`. */
export class Condition {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Something may have changed. */
  notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /**
   * What the test gives as soon as it gives something; undefined when the time is over first.
   * Errors: the test's own, the signal's reason.
   */
  async until<T>(test: () => T | undefined, options: { readonly timeMs: number; readonly signal: AbortSignal }): Promise<T | undefined> {
    const settled = new AbortController();
    const signal = AbortSignal.any([settled.signal, options.signal]);
    let listener: () => void = () => undefined;
    const met = new Promise<T>((resolve, reject) => {
      listener = () => {
        try {
          const value = test();
          if (value !== undefined) resolve(value);
        } catch (error) {
          reject(error);
        }
      };
      this.#listeners.add(listener);
      listener();
    });
    try {
      return await Promise.race([met, this.#clock.sleep(Math.max(0, options.timeMs), signal).then(() => undefined)]);
    } finally {
      this.#listeners.delete(listener);
      settled.abort();
    }
  }
}
