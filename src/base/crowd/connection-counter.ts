/** How many connections a listener holds, in all and per network, and how fast one network may open them. */
import type { Clock } from "../clock.ts";
import { Tally } from "../tally.ts";
import { networkOf } from "./network.ts";
import type { Burst } from "./network-quota.ts";
import { NetworkQuota } from "./network-quota.ts";

/** Limits on connections. */
export interface ConnectionLimits {
  readonly total: number;
  readonly perNetwork: number;
  /** New connections per network. */
  readonly rate: Burst;
}

/** Counts open connections. */
export class ConnectionCounter {
  readonly #limits: ConnectionLimits;
  readonly #open = new Tally();
  readonly #rates: NetworkQuota;

  constructor(limits: ConnectionLimits, clock: Clock) {
    this.#limits = limits;
    this.#rates = new NetworkQuota(limits.rate, clock);
  }

  /** Takes a place for a connection from `address`: the function that gives it back, or the reason of refusal. */
  enter(address: string): (() => void) | string {
    const network = networkOf(address);
    if (this.#open.total >= this.#limits.total) return "too many connections";
    if (this.#open.of(network) >= this.#limits.perNetwork) return "too many connections from this address";
    if (!this.#rates.take(address)) return "connections too fast from this address";
    this.#open.add(network);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#open.drop(network);
    };
  }
}
