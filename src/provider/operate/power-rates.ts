/**
 * How often each power may be exercised: so many at once, then evenly over a minute and over a day, as its entry says or this service does. Kept in
 * memory: a restart begins it anew. Only counts that say something are kept, and their number is bounded.
 */
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import type { ServicedCapability } from "../../schema/index.ts";
import type { Limits } from "../limits.ts";

interface Count {
  /** The entry that it counts for: another one under the same id begins anew. */
  readonly entry: ServicedCapability;
  readonly minute: TokenBucket;
  readonly day: TokenBucket;
}

const minuteSeconds = 60;
const daySeconds = 86_400;

/** Counts operations by account and capability. */
export class PowerRates {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #accounts = new Map<string, Map<string, Count>>();
  #size = 0;

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** One operation. ERR_QUOTA names the figure; ERR_BUSY when too many powers of others are counted. */
  take(account: string, entry: ServicedCapability): void {
    const count = this.#countOf(account, entry);
    const { PerMinute = this.#limits.powerPerMinute, PerDay = this.#limits.powerPerDay } = entry;
    if (!count.minute.take()) throw exceeded(PerMinute, "minute");
    if (count.day.take()) return;
    count.minute.giveBack();
    throw exceeded(PerDay, "day");
  }

  #countOf(account: string, entry: ServicedCapability): Count {
    const counts = this.#accounts.get(account) ?? new Map<string, Count>();
    const known = counts.get(entry.Id);
    if (known !== undefined && isSameRate(known.entry, entry)) return known;
    if (known === undefined) this.#requireRoom(account, counts);
    const { PerMinute = this.#limits.powerPerMinute, PerDay = this.#limits.powerPerDay } = entry;
    const bucket = (most: number, seconds: number): TokenBucket => new TokenBucket({ burst: most, perSecond: most / seconds }, this.#clock);
    const count = { entry, minute: bucket(PerMinute, minuteSeconds), day: bucket(PerDay, daySeconds) };
    if (known === undefined) this.#size += 1;
    counts.set(entry.Id, count);
    this.#accounts.set(account, counts);
    return count;
  }

  /** What has refilled says nothing, and goes first. */
  #requireRoom(account: string, counts: Map<string, Count>): void {
    const { powersEach, powers } = this.#limits;
    if (counts.size >= powersEach) this.#forget(account, counts);
    if (counts.size >= powersEach)
      throw new MeshError("ERR_QUOTA", `${powersEach} powers of this account were exercised within a day`, { detail: { limit: powersEach } });
    if (this.#size >= powers) for (const [other, theirs] of this.#accounts) this.#forget(other, theirs);
    if (this.#size >= powers) throw new MeshError("ERR_BUSY", `${powers} powers are counted at this service`);
  }

  #forget(account: string, counts: Map<string, Count>): void {
    for (const [id, { minute, day }] of counts) {
      if (!minute.full || !day.full) continue;
      counts.delete(id);
      this.#size -= 1;
    }
    if (counts.size === 0) this.#accounts.delete(account);
  }
}

function isSameRate(a: ServicedCapability, b: ServicedCapability): boolean {
  return a.PerMinute === b.PerMinute && a.PerDay === b.PerDay;
}

function exceeded(most: number, period: string): MeshError {
  return new MeshError("ERR_QUOTA", `this power may be exercised ${most} times a ${period}`, {
    hint: "wait, or ask an administrator of the account for more",
    detail: { quota: { limit: most } },
  });
}
