/** Bounds what handshakes cost: a bucket per address, and cookies while all addresses together ask for more than is good (extensions §8). */
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import { CookieJar } from "../../protocol/index.ts";
import type { Limits } from "../limits.ts";

/** What to do with a handshake: answer it, refuse it, or ask for the cookie first. */
export type Admission = "admit" | "refuse" | { readonly cookie: Uint8Array };

const maxAddresses = 16_384;

/** Decides on handshakes before anything is computed for them. */
export class HandshakeGate {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #all: TokenBucket;
  readonly #cookies: CookieJar;

  constructor(options: { readonly clock: Clock; readonly random: Random; readonly limits: Limits }) {
    this.#clock = options.clock;
    this.#limits = options.limits;
    this.#all = bucketOf(options.limits.cookieBurst, options.limits.cookieEveryMs, options.clock);
    this.#cookies = new CookieJar(options);
  }

  /** Judges Noise message 1 from an address, with the cookie that came with it. */
  admit(options: { readonly address: string; readonly message: Uint8Array; readonly cookie?: Uint8Array }): Admission {
    const { message, cookie } = options;
    const address = networkOf(options.address);
    const isCalm = this.#all.take();
    if (!isCalm && (cookie === undefined || !this.#cookies.check(cookie, address, message))) return { cookie: this.#cookies.make(address, message) };
    return this.#bucket(address).take() ? "admit" : "refuse";
  }

  #bucket(address: string): TokenBucket {
    const { handshakeBurst: burst, handshakeEveryMs: everyMs } = this.#limits;
    const bucket = this.#buckets.get(address) ?? bucketOf(burst, everyMs, this.#clock);
    // The map's order is that of last use.
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= maxAddresses) break;
      this.#buckets.delete(oldest);
    }
    return bucket;
  }
}

/** Allows `burst` at once and one more every `everyMs`. */
function bucketOf(burst: number, everyMs: number, clock: Clock): TokenBucket {
  return new TokenBucket({ perSecond: 1000 / everyMs, burst }, clock);
}

/** An IPv6 host has a whole /64 to itself. */
function networkOf(address: string): string {
  if (!address.includes(":") || address.startsWith("::ffff:")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) while (groups.length < 4) groups.push("0");
  return groups.slice(0, 4).join(":");
}
