/**
 * How fast those may ask who have shown nothing that counts: each network for itself, and all together. Signing in has a pace of its own, so that who floods
 * the page's files does not keep people out; programs of this machine are not counted, so that its owner always comes in from it.
 */
import type { Clock } from "../../base/clock.ts";
import type { Burst } from "../../base/crowd/network-quota.ts";
import { NetworkQuota } from "../../base/crowd/network-quota.ts";
import { MeshError } from "../../base/errors.ts";
import type { Origin } from "./caller.ts";

/** Requests of one network: the page and its parts are ten. */
export const strangersEach: Burst = { burst: 60, everyMs: 100 };
/** Requests of all. */
export const strangersAll: Burst = { burst: 600, everyMs: 16 };

/** Counts requests of who has not signed in. */
export class StrangerPace {
  readonly #each: NetworkQuota;
  readonly #all: NetworkQuota;

  constructor(clock: Clock) {
    this.#each = new NetworkQuota(strangersEach, clock);
    this.#all = new NetworkQuota(strangersAll, clock);
  }

  /** Counts one. @returns the refusal with the seconds after which there is room again; undefined when there is room */
  refusal({ address, isHere }: Origin, purpose: "look" | "sign-in"): { readonly error: MeshError; readonly seconds: number } | undefined {
    if (isHere) return undefined;
    if (!this.#each.take(address, purpose))
      return refused(
        `more than ${1000 / strangersEach.everyMs} requests a second from ${address} without a secret`,
        this.#each.waitMs(address, purpose),
      );
    if (this.#all.take("", purpose)) return undefined;
    this.#each.giveBack(address, purpose);
    return refused("too many ask this hub at once without a secret", this.#all.waitMs("", purpose));
  }
}

function refused(message: string, waitMs: number): { readonly error: MeshError; readonly seconds: number } {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return { error: new MeshError("ERR_QUOTA", message, { hint: `try again in ${seconds} s; who has signed in is served meanwhile` }), seconds };
}
