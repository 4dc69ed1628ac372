/** Keeps going what may end at any moment: it is begun anew after a pause, which grows while it ends soon after it was begun. */
import { type BackOff, backOffMs } from "./back-off.ts";
import type { Clock } from "./clock.ts";
import { asMeshError } from "./errors.ts";
import type { Random } from "./random.ts";

/** What is kept going, and who is told. */
export interface KeeperOptions {
  /** One life, from its beginning to its end; the signal ends it. @returns why it is over */
  readonly live: (signal: AbortSignal) => Promise<string>;
  /** A life is over that nobody has asked to end; another one begins after a pause. */
  readonly ended: (why: string) => void;
  /** False while there is no use in beginning: it is asked again and again. */
  readonly isPossible?: () => Promise<boolean>;
  /** Milliseconds after which. */
  readonly lookAgainMs?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly pauses?: BackOff;
}

const usualLookAgainMs = 30_000;
/** A life of this length did not end at once. */
const steadyMs = 60_000;

/** Lives from the start to the stop, never two at once. */
export class Keeper {
  readonly #options: KeeperOptions;
  #stopping: AbortController | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  get isStarted(): boolean {
    return this.#stopping !== undefined;
  }

  start(): void {
    if (this.#stopping !== undefined) return;
    this.#stopping = new AbortController();
    this.#loop = this.#run(this.#stopping.signal);
  }

  /** Resolves when the present life is over. It can be started again. */
  async stop(): Promise<void> {
    this.#stopping?.abort();
    await this.#loop;
    this.#stopping = this.#loop = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { ended, lookAgainMs = usualLookAgainMs, clock, random, pauses } = this.#options;
    for (let failures = 0; !signal.aborted; ) {
      const from = clock.monotonic();
      const why = await this.#begin(signal).catch((error: unknown) => asMeshError(error).message);
      if (signal.aborted) return;
      if (why === undefined) {
        await clock.sleep(lookAgainMs, signal).catch(() => undefined);
        continue;
      }
      if (clock.monotonic() - from > steadyMs) failures = 0;
      ended(why);
      await clock.sleep(backOffMs(failures++, random, pauses), signal).catch(() => undefined);
    }
  }

  /** One life. @returns why it is over; undefined where there was no use in beginning */
  async #begin(signal: AbortSignal): Promise<string | undefined> {
    const { live, isPossible } = this.#options;
    return !isPossible || (await isPossible()) ? live(signal) : undefined;
  }
}
