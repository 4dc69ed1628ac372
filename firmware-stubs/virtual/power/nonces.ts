/**
 * Nonces that the device gave out, each for one order (docs/device-link.md §7.1). They count by its uptime, for there is no other clock, and in memory
 * alone: a restart ends them all. One is used up by the first order that names it, whatever comes of that.
 */
import { toHex } from "../../../src/base/bytes.ts";
import type { Clock } from "../../../src/base/clock.ts";
import type { Random } from "../../../src/base/random.ts";
import { orderNonceLength, orderNonceSeconds } from "../../../src/schema/index.ts";

/** Nonces that may be out; another one ends the oldest. */
const mostOut = 8;

interface Given {
  readonly until: number;
  /** The order that has used it. */
  usedBy?: string;
}

/** What a nonce is to an order that names it. */
export type NonceUse = "fresh" | "again" | "void";

/** The nonces of one device. */
export class OrderNonces {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #given = new Map<string, Given>();

  constructor(options: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** Draws one, good for so many seconds or the most that there is. */
  give(seconds: number): { readonly nonce: Uint8Array; readonly seconds: number } {
    const limited = Math.max(1, Math.min(orderNonceSeconds.afar, Math.floor(seconds)));
    const nonce = this.#random.bytes(orderNonceLength);
    this.#given.delete(toHex(nonce));
    const [oldest] = this.#given.keys();
    if (this.#given.size >= mostOut && oldest !== undefined) this.#given.delete(oldest);
    this.#given.set(toHex(nonce), { until: this.#clock.monotonic() + limited * 1000 });
    return { nonce, seconds: limited };
  }

  /** Uses a nonce up. "again": it is not over, and the same order has used it; nothing is to be done twice. */
  use(nonce: Uint8Array, messageId: string): NonceUse {
    const given = this.#given.get(toHex(nonce));
    if (!given || this.#clock.monotonic() >= given.until) return "void";
    if (given.usedBy !== undefined) return given.usedBy === messageId ? "again" : "void";
    given.usedBy = messageId;
    return "fresh";
  }

  /** Ends all of them: the owner is another one, or none. */
  clear(): void {
    this.#given.clear();
  }
}
