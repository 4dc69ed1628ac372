/**
 * Nonces that the device gave out, each for one order (docs/device-link.md §7.1). They count by its uptime, for there is no other clock, and in memory
 * alone: a restart ends them all. One is used up by the first order that names it, whatever comes of that.
 */
import { toHex } from "../../../src/base/bytes.ts";
import type { Clock } from "../../../src/base/clock.ts";
import type { Random } from "../../../src/base/random.ts";
import { orderNonceLength, orderNonceSeconds } from "../../../src/schema/index.ts";

/** Nonces that may be out; another one ends the oldest of whoever would have most of them with it. */
const mostOut = 8;
/** Of these, for one who orders: his next one ends his oldest. */
const mostOfOne = 2;

interface Given {
  /** For whom the hub has asked; undefined when it did not say. */
  readonly who: number | undefined;
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

  /** Draws one, good for so many seconds or the most that there is. @param who the hub has a number for each who orders */
  give(seconds: number, who?: number): { readonly nonce: Uint8Array; readonly seconds: number } {
    const limited = Math.max(1, Math.min(orderNonceSeconds.afar, Math.floor(seconds)));
    const nonce = this.#random.bytes(orderNonceLength);
    this.#given.delete(toHex(nonce));
    const now = this.#clock.monotonic();
    for (const [name, { until }] of this.#given) if (now >= until) this.#given.delete(name);
    const own = this.#of(who);
    if (who !== undefined && own.length >= mostOfOne) this.#given.delete(own[0] ?? "");
    else if (this.#given.size >= mostOut) this.#given.delete(this.#oldestOfMost(who));
    this.#given.set(toHex(nonce), { who, until: now + limited * 1000 });
    return { nonce, seconds: limited };
  }

  /** His nonces, oldest first. */
  #of(who: number | undefined): readonly string[] {
    return [...this.#given].filter(([, given]) => given.who === who).map(([name]) => name);
  }

  /** With the next one of who asks counted, and of equals his: while no more order than there are nonces, nobody ends another's last. */
  #oldestOfMost(asks: number | undefined): string {
    let [oldest, highest] = ["", 0];
    for (const [name, { who }] of this.#given) {
      const weight = 2 * this.#of(who).length + (who === asks ? 3 : 0);
      if (weight > highest) [oldest, highest] = [name, weight];
    }
    return oldest;
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
