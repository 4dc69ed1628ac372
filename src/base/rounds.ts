/** What is done now and then for as long as a program runs. */
import type { Clock } from "./clock.ts";
import { Wake } from "./wake.ts";

/** What a round does, and what follows when it failed. */
export interface RoundsOptions {
  /** @returns milliseconds until the next one */
  readonly round: () => Promise<number>;
  /** A round has failed. @returns milliseconds until the next one */
  readonly failed: (error: unknown) => number;
  readonly clock: Clock;
}

/** Rounds from the start to the stop, never two at once. */
export class Rounds {
  readonly #options: RoundsOptions;
  readonly #wake: Wake;
  #stopped = false;
  #loop: Promise<void> | undefined;

  constructor(options: RoundsOptions) {
    this.#options = options;
    this.#wake = new Wake(options.clock);
  }

  /** True once the end was asked for: a round of many parts looks between them. */
  get stopped(): boolean {
    return this.#stopped;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** The next round comes now. */
  ring(): void {
    this.#wake.ring();
  }

  /** Resolves when the present round is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake.ring();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { round, failed } = this.#options;
    while (!this.#stopped) {
      const ms = await round().catch(failed);
      if (!this.#stopped) await this.#wake.sleep(ms);
    }
  }
}
