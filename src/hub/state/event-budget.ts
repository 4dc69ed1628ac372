/**
 * How many events of each device are queued one by one. Beyond that they are gathered as measured values are: the newest goes out on the slow
 * beat, and each that it replaces is counted as lost. So a device that is broken or hostile cannot fill the account. extensions §7.
 */
import type { Clock } from "../../base/clock.ts";
import type { Quota } from "../../base/token-bucket.ts";
import { TokenBucket } from "../../base/token-bucket.ts";

/** More than anybody presses or passes; 21 600 a day at the most. */
export const eventQuota: Quota = { perSecond: 0.25, burst: 60 };

/** The events of all devices, against their quotas. */
export class EventBudget {
  readonly #quota: Quota;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();
  /** Devices whose newest event is gathered and not queued yet. */
  readonly #gathered = new Set<string>();

  constructor(quota: Quota, clock: Clock) {
    this.#quota = quota;
    this.#clock = clock;
  }

  /** Takes an event. `isAlone`: it is queued by itself. `replaces`: one that was gathered before is lost by it. */
  take(deviceUdf: string): { readonly isAlone: boolean; readonly replaces: boolean } {
    const bucket = this.#buckets.get(deviceUdf) ?? new TokenBucket(this.#quota, this.#clock);
    this.#buckets.set(deviceUdf, bucket);
    const replaces = this.#gathered.delete(deviceUdf);
    const isAlone = bucket.take();
    if (!isAlone) this.#gathered.add(deviceUdf);
    return { isAlone, replaces };
  }

  /** The device's entry is queued now. @returns true when it stands for a gathered event */
  flush(deviceUdf: string): boolean {
    return this.#gathered.delete(deviceUdf);
  }

  forget(deviceUdf: string): void {
    this.#buckets.delete(deviceUdf);
    this.#gathered.delete(deviceUdf);
  }
}
