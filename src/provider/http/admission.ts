/** Bounds what handshakes cost: a bucket per address, and cookies while all addresses together ask for more than is good (extensions §8). */
import type { Clock } from "../../base/clock.ts";
import { networkOf } from "../../base/crowd/network.ts";
import { NetworkQuota } from "../../base/crowd/network-quota.ts";
import type { Random } from "../../base/random.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import { CookieJar } from "../../protocol/index.ts";
import type { Limits } from "../limits.ts";

/** What to do with a handshake: answer it, refuse it, or ask for the cookie first. */
export type Admission = "admit" | "refuse" | { readonly cookie: Uint8Array };

/** Decides on handshakes before anything is computed for them. */
export class HandshakeGate {
  readonly #addresses: NetworkQuota;
  readonly #all: TokenBucket;
  readonly #cookies: CookieJar;

  constructor(options: { readonly clock: Clock; readonly random: Random; readonly limits: Limits }) {
    const { limits, clock } = options;
    this.#addresses = new NetworkQuota({ burst: limits.handshakeBurst, everyMs: limits.handshakeEveryMs }, clock);
    this.#all = new TokenBucket({ perSecond: 1000 / limits.cookieEveryMs, burst: limits.cookieBurst }, clock);
    this.#cookies = new CookieJar(options);
  }

  /** Judges Noise message 1 from an address, with the cookie that came with it. */
  admit(options: { readonly address: string; readonly message: Uint8Array; readonly cookie?: Uint8Array }): Admission {
    const { message, cookie } = options;
    const address = networkOf(options.address);
    const isCalm = this.#all.take();
    if (!isCalm && (cookie === undefined || !this.#cookies.check(cookie, address, message))) return { cookie: this.#cookies.make(address, message) };
    return this.#addresses.take(address) ? "admit" : "refuse";
  }
}
