/** A quota for each network that callers come from: what one of them uses up the others keep. Bounded; the least recently seen go first. */
import type { Clock } from "../../base/clock.ts";
import { TokenBucket } from "../../base/token-bucket.ts";

const maxBuckets = 16_384;

/** Counts use by network address, and by purpose where there are several. */
export class AddressQuota {
  readonly #burst: number;
  readonly #everyMs: number;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();

  /** Allows `burst` at once and one more every `everyMs`. */
  constructor(options: { readonly burst: number; readonly everyMs: number; readonly clock: Clock }) {
    this.#burst = options.burst;
    this.#everyMs = options.everyMs;
    this.#clock = options.clock;
  }

  /** Takes one; false when the network has used up what it may. */
  take(address: string, purpose = ""): boolean {
    const key = `${networkOf(address)} ${purpose}`;
    const bucket = this.#buckets.get(key) ?? new TokenBucket({ perSecond: 1000 / this.#everyMs, burst: this.#burst }, this.#clock);
    // The map's order is that of last use.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= maxBuckets) break;
      this.#buckets.delete(oldest);
    }
    return bucket.take();
  }
}

/** The network of an address: an IPv6 host has a whole /64 to itself. */
export function networkOf(address: string): string {
  if (!address.includes(":") || address.startsWith("::ffff:")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) while (groups.length < 4) groups.push("0");
  return groups.slice(0, 4).join(":");
}
