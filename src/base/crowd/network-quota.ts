/** A quota for each network that callers come from: what one of them uses up the others keep. Bounded; the least recently seen go first. */
import type { Clock } from "../clock.ts";
import type { Quota } from "../token-bucket.ts";
import { TokenBucket } from "../token-bucket.ts";
import { networkOf } from "./network.ts";

const maxBuckets = 16_384;

/** So many at once, then one every so often. */
export interface Burst {
  readonly burst: number;
  readonly everyMs: number;
}

/** Counts use by network, and by purpose where there are several. */
export class NetworkQuota {
  readonly #quota: Quota;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();

  /** Allows each network `burst` at once and one more every `everyMs`. */
  constructor({ burst, everyMs }: Burst, clock: Clock) {
    this.#quota = { perSecond: 1000 / everyMs, burst };
    this.#clock = clock;
  }

  /** Takes one, or so many; false, with nothing taken, when the network has used up what it may. */
  take(address: string, purpose = "", amount = 1): boolean {
    const key = `${networkOf(address)} ${purpose}`;
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#quota, this.#clock);
    // The map's order is that of last use.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= maxBuckets) break;
      this.#buckets.delete(oldest);
    }
    return bucket.take(amount);
  }

  /** Milliseconds until the network may take one again. */
  waitMs(address: string, purpose = ""): number {
    return this.#buckets.get(`${networkOf(address)} ${purpose}`)?.waitMs() ?? 0;
  }

  /** Puts one back that was taken and not used. */
  giveBack(address: string, purpose = ""): void {
    this.#buckets.get(`${networkOf(address)} ${purpose}`)?.giveBack();
  }
}
