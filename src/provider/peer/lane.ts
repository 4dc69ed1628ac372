/**
 * The way to one peer: the deliveries that wait for it, so many accounts' under way at once, each account's in their order, the accounts in turns,
 * so that none fills the way of the others. A peer that has not answered yet, or has failed last, gets one at a time; it is left alone for a
 * growing while when it fails, and so is a single delivery that fails; whatever succeeds ends the peer's pause.
 */
import type { BackOff } from "../../base/back-off.ts";
import { backOffMs } from "../../base/back-off.ts";
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import { Wake } from "../../base/wake.ts";
import type { Delivery } from "../store/service-store.ts";
import { goTogether } from "./together.ts";

/** A delivery of an account's commit. */
export interface Parcel {
  readonly account: string;
  readonly commit: number;
  readonly delivery: Delivery;
}

/** How carrying ended: the delivery is over; it was left for the next turn; it has to wait by itself; the peer as a whole has failed. */
export type Carried = "over" | "left" | "later" | "peer-failed";

/** What a lane is made with. */
export interface LaneOptions {
  /** Carries parcels of one account, which go together; says of each how it ended. */
  readonly carry: (parcels: readonly Parcel[]) => Promise<readonly Carried[]>;
  /** Accounts whose parcels are under way at once, and parcels of one that go together. */
  readonly most: { readonly underWay: number; readonly together: number };
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly random: Random;
}

interface Waiting {
  readonly parcel: Parcel;
  attempts: number;
  notBefore: number;
}

/** Longest sleep: a clock may be set meanwhile. */
const napMs = 60_000;

/** The lane of one peer. It runs while something waits. */
export class Lane {
  readonly #options: LaneOptions;
  /** By account; the next turn is the first one's. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #keys = new Set<string>();
  /** By account. */
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #wake: Wake;
  #failures = 0;
  #notBefore = 0;
  /** The peer has answered last. */
  #isThere = false;
  #isEnding = false;
  #running: Promise<void> | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#wake = new Wake(options.clock);
  }

  get size(): number {
    return this.#keys.size;
  }

  /** Adds a delivery; one that waits already changes nothing. @returns true when it was added */
  add(parcel: Parcel): boolean {
    const key = keyOf(parcel);
    if (this.#isEnding || this.#keys.has(key)) return false;
    this.#keys.add(key);
    this.#of(parcel.account).push({ parcel, attempts: 0, notBefore: 0 });
    this.#wake.ring();
    return true;
  }

  /** The peer has shown that it is there. */
  ring(): void {
    this.#failures = 0;
    this.#notBefore = 0;
    this.#wake.ring();
  }

  /** Carries what waits; resolves when nothing does any more, or at the end. One run at a time. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Lets what is under way end and carries nothing more. */
  async close(): Promise<void> {
    this.#isEnding = true;
    this.#wake.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isEnding && this.#keys.size > 0) {
      const now = this.#options.clock.monotonic();
      const next = now < this.#notBefore || this.#isFull ? [] : this.#take(now);
      const [first] = next;
      if (first === undefined) await this.#wake.sleep(Math.min(napMs, this.#pause(now)));
      else this.#send(first.parcel.account, next);
    }
    await Promise.all(this.#underWay.values());
  }

  get #isFull(): boolean {
    return this.#underWay.size >= (this.#isThere ? this.#options.most.underWay : 1);
  }

  #send(account: string, parcels: readonly Waiting[]): void {
    const carrying = this.#carry(account, parcels).finally(() => {
      this.#underWay.delete(account);
      this.#wake.ring();
    });
    this.#underWay.set(account, carrying);
  }

  async #carry(account: string, parcels: readonly Waiting[]): Promise<void> {
    const { carry, clock, random, backOff } = this.#options;
    const failuresBefore = this.#failures;
    const carried = await carry(parcels.map(({ parcel }) => parcel));
    const now = clock.monotonic();
    this.#isThere = !carried.includes("peer-failed");
    if (this.#isThere) this.#failures = 0;
    // Those that were under way together and failed together are one failure.
    else if (this.#failures === failuresBefore) this.#notBefore = now + backOffMs(this.#failures++, random, backOff);
    const left: Waiting[] = [];
    for (const [place, waiting] of parcels.entries()) {
      const end = carried[place];
      if (end === "over") this.#keys.delete(keyOf(waiting.parcel));
      else if (end === "left") left.push(waiting);
      else {
        waiting.notBefore = now + backOffMs(waiting.attempts++, random, backOff);
        this.#of(account).push(waiting);
      }
    }
    const own = [...left, ...this.#of(account)];
    if (own.length > 0) this.#waiting.set(account, own);
    else this.#waiting.delete(account);
  }

  /** What waits of an account. */
  #of(account: string): Waiting[] {
    const own = this.#waiting.get(account) ?? [];
    this.#waiting.set(account, own);
    return own;
  }

  /** The next that may go, of the account whose turn it is: one that has failed alone, since it may be why. */
  #take(now: number): readonly Waiting[] {
    for (const [account, own] of this.#waiting) {
      if (this.#underWay.has(account)) continue;
      const first = own.find(({ notBefore }) => notBefore <= now);
      if (first === undefined) continue;
      const others = own.filter((waiting) => waiting !== first && waiting.attempts === 0);
      const together =
        first.attempts > 0 ? [first] : goTogether(first, others, { of: ({ parcel: { delivery } }) => delivery, most: this.#options.most.together });
      const taken = new Set(together);
      const rest = own.filter((waiting) => !taken.has(waiting));
      this.#waiting.delete(account);
      if (rest.length > 0) this.#waiting.set(account, rest);
      return together;
    }
    return [];
  }

  #pause(now: number): number {
    if (this.#isFull) return napMs;
    if (now < this.#notBefore) return this.#notBefore - now;
    let next = Number.POSITIVE_INFINITY;
    for (const [account, own] of this.#waiting) if (!this.#underWay.has(account)) for (const { notBefore } of own) next = Math.min(next, notBefore);
    return Math.max(1, next - now);
  }
}

function keyOf({ account, commit, delivery }: Parcel): string {
  return `${account} ${commit} ${delivery.index} ${delivery.account}`;
}
