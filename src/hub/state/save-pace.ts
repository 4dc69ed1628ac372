/**
 * How often the shadow of each device is written. A few at once are written at once; beyond that the writes of a device wait for the next second, and
 * those of all devices share it. Whoever reports waits with them for its acknowledgement, so that nothing acknowledged is lost, and a device
 * that reports without end costs the disk one write a second.
 */
import type { Clock } from "../../base/clock.ts";
import type { Quota } from "../../base/token-bucket.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import type { ShadowBook } from "./shadow-book.ts";

/** A dimmer that is never left alone for a minute; its writes are then a second apart for as long as that goes on. */
export const saveQuota: Quota = { perSecond: 0.5, burst: 120 };

const beatMs = 1000;

/** The writes of all shadows, against their devices' quotas. */
export class SavePace {
  readonly #book: Pick<ShadowBook, "save">;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();
  /** By device: the write that waits for the beat. */
  readonly #late = new Map<string, Promise<void>>();
  readonly #ending = new AbortController();

  constructor(book: Pick<ShadowBook, "save">, clock: Clock) {
    this.#book = book;
    this.#clock = clock;
  }

  /** Resolves when the present shadow of a device, or a newer one, is on disk. Errors: ERR_DISK_FULL, ERR_STORE. */
  save(deviceUdf: string): Promise<void> {
    const late = this.#late.get(deviceUdf);
    if (late !== undefined) return late;
    const bucket = this.#buckets.get(deviceUdf) ?? new TokenBucket(saveQuota, this.#clock);
    this.#buckets.set(deviceUdf, bucket);
    if (this.#ending.signal.aborted || bucket.take()) return this.#book.save(deviceUdf);
    const written = this.#onBeat(deviceUdf);
    this.#late.set(deviceUdf, written);
    return written;
  }

  forget(deviceUdf: string): void {
    this.#buckets.delete(deviceUdf);
  }

  /** What waits is written now, and what comes is written at once. */
  end(): void {
    this.#ending.abort();
  }

  async #onBeat(deviceUdf: string): Promise<void> {
    const { signal } = this.#ending;
    try {
      await this.#clock.sleep(beatMs - (this.#clock.monotonic() % beatMs), signal);
    } catch (reason) {
      if (!signal.aborted) throw reason;
    }
    // What is reported from here on is not in this write any more.
    this.#late.delete(deviceUdf);
    await this.#book.save(deviceUdf);
  }
}
