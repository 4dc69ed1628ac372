/**
 * What of the advertisements in the air is worth hearing: a device repeats its hail several times a second, and anybody can invent as many as
 * the air carries. The same hail passes every few seconds, new ones within a quota; one that found it used up may pass the next time it is heard.
 */
import { toHex } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { Quota } from "../../base/token-bucket.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import { Told } from "../../base/told.ts";

const everyMs = 3000;
const quota: Quota = { perSecond: 100, burst: 400 };

/** Thins out advertisements; bounded. */
export class HailFilter {
  readonly #told: Told;
  readonly #bucket: TokenBucket;

  constructor(clock: Clock) {
    this.#told = new Told({ everyMs, clock });
    this.#bucket = new TokenBucket(quota, clock);
  }

  passes(address: string, data: Uint8Array): boolean {
    const what = `${address} ${toHex(data)}`;
    if (!this.#told.isDue(what)) return false;
    if (this.#bucket.take()) return true;
    this.#told.forget(what);
    return false;
  }

  /** A connection with the device has ended, or did not come about: that it is still there, or again, is worth hearing. */
  forget(address: string): void {
    this.#told.forgetAll(`${address} `);
  }
}
