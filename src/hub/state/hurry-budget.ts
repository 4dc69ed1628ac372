/**
 * How many entries of each device go out on the quick beat. Beyond that its changes wait for the slow one, as measured values do: nothing is
 * lost of how the device is, and a device that flickers, comes and goes, or is hostile cannot fill the account. extensions §7.
 */
import type { Clock } from "../../base/clock.ts";
import type { Quota } from "../../base/token-bucket.ts";
import { TokenBucket } from "../../base/token-bucket.ts";

/** A minute of a dimmer that is never left alone; 21 600 a day at the most. */
export const hurryQuota: Quota = { perSecond: 0.25, burst: 240 };

/** The quick entries of all devices, against their quotas. */
export class HurryBudget {
  readonly #quota: Quota;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(quota: Quota, clock: Clock) {
    this.#quota = quota;
    this.#clock = clock;
  }

  /** True when the device's next entry may go out on the quick beat. */
  take(deviceUdf: string): boolean {
    const bucket = this.#buckets.get(deviceUdf) ?? new TokenBucket(this.#quota, this.#clock);
    this.#buckets.set(deviceUdf, bucket);
    return bucket.take();
  }

  forget(deviceUdf: string): void {
    this.#buckets.delete(deviceUdf);
  }
}
