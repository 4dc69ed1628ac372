/** How many connections the broker holds, in all and per address, and how fast one address may open them. */
import type { Clock } from "../../../base/clock.ts";
import { type Quota, TokenBucket } from "../../../base/token-bucket.ts";

/** Limits on connections. */
export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
  /** New connections per address. */
  readonly rate: Quota;
  /** Connections that have proven nothing, in all. */
  readonly unproven?: number;
}

/** Fits a house: some hundred devices, several of them behind one address (bridges, tests). */
export const defaultConnectionLimits: ConnectionLimits = { total: 1024, perAddress: 256, rate: { perSecond: 20, burst: 256 } };

/** Connections that have proven nothing: with a packet in part each they stay below 10 MB. */
export const mostUnproven = 320;

/** Most addresses whose rate is remembered; beyond it those at rest are forgotten. */
const mostAddresses = 4096;

/** Address without the IPv4-in-IPv6 prefix. */
export function plainAddress(address: string | undefined): string {
  return (address ?? "").replace(/^::ffff:(?=\d)/, "");
}

/** Counts open connections. */
export class ConnectionCounter {
  readonly #limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #open = new Map<string, number>();
  readonly #rates = new Map<string, TokenBucket>();
  #total = 0;

  constructor(limits: ConnectionLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Takes a place for a connection from `address`: the function that gives it back, or the reason of refusal. */
  enter(address: string): (() => void) | string {
    if (this.#total >= this.#limits.total) return "too many connections";
    const open = this.#open.get(address) ?? 0;
    if (open >= this.#limits.perAddress) return "too many connections from this address";
    if (!this.#rate(address).take()) return "connections too fast from this address";
    this.#total++;
    this.#open.set(address, open + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#total--;
      const remaining = (this.#open.get(address) ?? 1) - 1;
      if (remaining > 0) this.#open.set(address, remaining);
      else this.#open.delete(address);
    };
  }

  #rate(address: string): TokenBucket {
    const known = this.#rates.get(address);
    if (known !== undefined) return known;
    if (this.#rates.size >= mostAddresses) for (const [other, bucket] of this.#rates) if (bucket.full) this.#rates.delete(other);
    const bucket = new TokenBucket(this.#limits.rate, this.#clock);
    if (this.#rates.size < mostAddresses) this.#rates.set(address, bucket);
    return bucket;
  }
}
