/** Stateless cookies: under load a client has to show that it receives at its address before the service computes for it (extensions §8). */
import { concat, equalBytes, readUint64, uint64Bytes, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import { labelledMac } from "../../crypto/index.ts";
import { cookieLength } from "./packet.ts";

const lifetimeMs = 30_000;
const timeLength = 8;

/** Makes and checks cookies for one process. */
export class CookieJar {
  readonly #key: Uint8Array;
  readonly #clock: Clock;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#key = random.bytes(32);
    this.#clock = clock;
  }

  /** Cookie for a handshake message that came from an address. */
  make(address: string, message: Uint8Array): Uint8Array {
    return this.#cookie(uint64Bytes(this.#clock.now()), address, message);
  }

  /** True for a cookie of ours, made within the last 30 s for this address and message. */
  check(cookie: Uint8Array, address: string, message: Uint8Array): boolean {
    if (cookie.length !== cookieLength) return false;
    const age = this.#clock.now() - Number(readUint64(cookie, 0));
    return age >= 0 && age <= lifetimeMs && equalBytes(cookie, this.#cookie(cookie.subarray(0, timeLength), address, message));
  }

  #cookie(time: Uint8Array, address: string, message: Uint8Array): Uint8Array {
    const mac = labelledMac(this.#key, "mmm/service/cookie", time, utf8(address), message);
    return concat(time, mac.subarray(0, cookieLength - timeLength));
  }
}
