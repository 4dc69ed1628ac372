/**
 * How many keys are tried against hails, which anybody may send: each medium has an allowance, and of it no network gets more than a quarter, so that one
 * stranger keeps no device out that hails from elsewhere, and a crowd of invented addresses on one medium none on another. Devices that have logged in have
 * their own.
 */
import type { Clock } from "../../base/clock.ts";
import { NetworkQuota } from "../../base/crowd/network-quota.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import type { Peer } from "../../transport/medium.ts";
import { originOf } from "../../transport/medium.ts";

/** Of one medium: about a tenth of a core under a flood of invented hails. */
const quota = { perSecond: 40_000, burst: 200_000 } as const;
const eachNetwork = { burst: quota.burst / 4, everyMs: 4000 / quota.perSecond } as const;

/** The allowances of one hub. */
export class HailTrials {
  readonly #clock: Clock;
  readonly #members: TokenBucket;
  readonly #strangers = new Map<Peer["medium"], TokenBucket>();
  readonly #networks: NetworkQuota;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#members = new TokenBucket(quota, clock);
    this.#networks = new NetworkQuota(eachNetwork, clock);
  }

  /** Whether a hail of this peer may be tried with so many keys; what it takes is taken. */
  take(peer: Peer, keys: number): boolean {
    if (peer.isMember === true) return this.#members.take(keys);
    const strangers = this.#strangers.get(peer.medium) ?? new TokenBucket(quota, this.#clock);
    this.#strangers.set(peer.medium, strangers);
    if (!strangers.take(keys)) return false;
    if (this.#networks.take(originOf(peer), peer.medium, keys)) return true;
    strangers.giveBack(keys);
    return false;
  }
}
