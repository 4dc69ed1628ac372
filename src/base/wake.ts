/** A sleep that can be ended early: by somebody with news, or by the end of the one who sleeps. */
import type { Clock } from "./clock.ts";

/** Paces a loop. One sleeper at a time. */
export class Wake {
  readonly #clock: Clock;
  #rung = false;
  #bell: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the present sleep, or the next one before it begins. */
  ring(): void {
    this.#rung = true;
    this.#bell?.abort();
  }

  /** Resolves after `ms` milliseconds or when rung. */
  async sleep(ms: number): Promise<void> {
    const bell = new AbortController();
    this.#bell = bell;
    if (this.#rung) bell.abort();
    try {
      if (!bell.signal.aborted) await this.#clock.sleep(ms, bell.signal);
    } catch (error) {
      if (!bell.signal.aborted) throw error;
    } finally {
      this.#bell = undefined;
      this.#rung = false;
    }
  }
}
