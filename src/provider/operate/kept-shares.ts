/**
 * Shares that agree: each is opened and split at random once, and kept so for a short time and a bounded number of agreements, since opening and
 * splitting cost more than an agreement. Whether it may be used is judged anew for each operation, by the entry in force: another entry of the same id
 * has another share, and what was withdrawn is never asked for here.
 */
import { toHex } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { SplitShare } from "../../crypto/index.ts";
import { splitShare } from "../../crypto/index.ts";
import type { CapabilityDecryptServiced } from "../../schema/index.ts";
import type { Limits } from "../limits.ts";
import type { PowerTools } from "./exercise.ts";
import { openShare } from "./exercise.ts";

interface Kept {
  /** What it was opened from: of the entry that was in force then. */
  readonly sealed: CapabilityDecryptServiced["EnvelopedKeyShare"];
  readonly share: SplitShare;
  /** Of the monotonic clock. */
  readonly end: number;
  agreementsLeft: number;
}

/** The opened shares of a service, in memory alone. */
export class KeptShares {
  readonly #limits: Pick<Limits, "shareKeptMs" | "shareAgreements" | "sharesKept">;
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #kept = new Map<string, Kept>();
  #isWatched = false;
  readonly #ending = new AbortController();

  constructor(options: { readonly limits: Pick<Limits, "shareKeptMs" | "shareAgreements" | "sharesKept">; readonly clock: Clock }) {
    this.#limits = options.limits;
    this.#clock = options.clock;
  }

  /** How many are held. */
  get size(): number {
    return this.#kept.size;
  }

  /** The share of a power, weighted and split, for one agreement. ERR_VERIFICATION when it was sealed for something else, ERR_KEY. */
  forAgreement(tools: PowerTools, { Id, EnvelopedKeyShare: sealed }: CapabilityDecryptServiced, keyCoefficient: Uint8Array | undefined): SplitShare {
    const name = `${tools.account} ${Id} ${keyCoefficient === undefined ? "" : toHex(keyCoefficient)}`;
    const known = this.#kept.get(name);
    if (known !== undefined && known.sealed === sealed && known.agreementsLeft > 0 && this.#clock.monotonic() < known.end) {
      known.agreementsLeft -= 1;
      return known.share;
    }
    this.#forget(name);
    const share = openShare(tools, Id, sealed, (opened) => splitShare(opened, { keyCoefficient, random: tools.random }));
    const { shareKeptMs, shareAgreements, sharesKept } = this.#limits;
    this.#kept.set(name, { sealed, share, end: this.#clock.monotonic() + shareKeptMs, agreementsLeft: shareAgreements - 1 });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > sharesKept && oldest !== undefined) this.#forget(oldest);
    if (!this.#isWatched) void this.#watch();
    return share;
  }

  /** Forgets everything. */
  close(): void {
    this.#ending.abort();
    for (const name of this.#kept.keys()) this.#forget(name);
  }

  /** Forgets what has been kept for its time, for as long as there is anything. */
  async #watch(): Promise<void> {
    this.#isWatched = true;
    try {
      while (this.#kept.size > 0) {
        await this.#clock.sleep(this.#limits.shareKeptMs, this.#ending.signal);
        const now = this.#clock.monotonic();
        for (const [name, { end }] of this.#kept) if (end <= now) this.#forget(name);
      }
    } catch {
      // close() has ended the sleep, and forgets everything itself.
    }
    this.#isWatched = false;
  }

  #forget(name: string): void {
    this.#kept.get(name)?.share.wipe();
    this.#kept.delete(name);
  }
}
