/**
 * Runs of automations at their time, beside whatever else is under way: a device that does not answer holds up no other timer, schedule or rule. A run is
 * noted before it begins. Spans go by the time that passes: a clock that is put right in between changes nothing. What does not reach its device is tried
 * again until it is too late for it, that of rules with it.
 */
import type { Clock } from "../../base/clock.ts";
import { isPlausibleTime } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { SpokenOrder } from "../../driver/index.ts";
import type { Orders } from "../command/order.ts";
import type { StateKeeper } from "../state/state-keeper.ts";
import type { Automation, AutomationBook } from "./automation-book.ts";
import { isEnd } from "./automation-book.ts";
import type { Run } from "./carry-out.ts";
import type { ClassOf } from "./check-automation.ts";
import { firstDue, isRepeat, longestGap } from "./due.ts";
import { calming, endsHarm, evenLate, quells, targetsOf } from "./ends.ts";
import { type LaterBook, LaterOrders } from "./later-orders.ts";
import { graceMs } from "./rule-runs.ts";
import type { Position } from "./sun.ts";

/** What they work with. */
export interface TimedRunsOptions {
  readonly book: AutomationBook;
  /** What was ordered of devices while something of them is tried again. */
  readonly later: LaterBook;
  readonly position: () => Position | undefined;
  readonly classOf: ClassOf;
  readonly orders: Pick<Orders, "onOrder">;
  readonly keeper: Pick<StateKeeper, "onChange">;
  readonly carryOut: (automation: Automation) => Promise<Run>;
  readonly change: (key: string, change: (automation: Automation) => Automation) => Promise<void>;
  /** One is over, or is to be looked at. */
  readonly onEnd: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** When one that could not be noted, or did not reach its device, is looked at again; the second twice as late, up to the longest. */
const againMs = 15_000;
const longestAgainMs = graceMs;
/** For so long it is tried to end what can do harm. */
const calmMs = dayMs;

/** How what is left of a run is tried again, on the monotonic clock. */
interface Tries {
  /** The run, by its time. */
  readonly at: number;
  readonly next: number;
  readonly until: number;
  /** Until when that is tried, too, which ends no harm. */
  readonly usualUntil: number;
  /** How long it is waited after the next. */
  readonly waitMs: number;
}

const orderedText = "it is not tried again: it was ordered otherwise since";
const missedText = "missed: the hub did not run at that time, or its clock was wrong; it is not done later";
const partText = "what ends no harm was missed: the hub did not run at that time, or its clock was wrong";
const givenUpText = "what ends no harm was tried for five minutes, and no longer";
const againText = "; it is tried again";

/** The time since the start of a machine is told in whole seconds by some. */
const roundingMs = 2000;

function sinceBoot(clock: Clock): number {
  return clock.sinceBoot?.() ?? clock.monotonic();
}

/** What came of a run is not all that came of its automation. */
function withLost(run: Run, lost: string): Run {
  return run.result === "done" ? { ...run, result: "failed", text: lost } : { ...run, text: `${run.text}; ${lost}` };
}

/** Something is under way with a device, or is tried again. */
function isPending(book: AutomationBook, deviceUdf: string): boolean {
  const isOf = (orders: readonly SpokenOrder[]): boolean => orders.some(({ targets }) => targets.some(({ udf }) => udf === deviceUdf));
  for (const { begun, again, orders } of book.values()) if ((begun !== undefined && isOf(orders)) || (again && isOf(again.orders))) return true;
  return false;
}

/** Runs at their time. */
export class TimedRuns {
  readonly #options: TimedRunsOptions;
  /** When spans are over, by `passed`. */
  readonly #over = new Map<string, number>();
  /** Spans that began before the start: what passed until then the time of the day alone has told, and it may have been wrong. */
  readonly #earlier = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  /** Those that could not be noted: when they are looked at again, on the monotonic clock. */
  readonly #failed = new Map<string, number>();
  readonly #tries = new Map<string, Tries>();
  readonly #later: LaterOrders;
  /** Devices that went away. */
  readonly #away = new Set<string>();

  /** By how much the time since the start of the machine was ahead of the monotonic clock. */
  readonly #awakeAt: number;

  constructor(options: TimedRunsOptions) {
    this.#options = options;
    const { book, clock, keeper, orders } = options;
    this.#later = new LaterOrders({ ...options, isPending: (udf) => isPending(book, udf) });
    keeper.onChange(({ shadow: { deviceUdf, status } }) => {
      if (status === "Offline") this.#away.add(deviceUdf);
      else if (status !== "Unknown" && this.#away.delete(deviceUdf)) this.#returned(deviceUdf);
    });
    orders.onOrder(({ order, isDone }) => this.#later.note(order, isDone));
    this.#awakeAt = sinceBoot(clock) - clock.monotonic();
    const now = clock.now();
    if (!isPlausibleTime(now)) return;
    for (const { key, when, due } of book.values()) {
      if (when?.kind !== "after" || due === undefined) continue;
      this.#over.set(key, this.#passed() + due - now);
      this.#earlier.add(key);
    }
  }

  /** The span of one begins now. @returns takes that back */
  beginSpan(key: string, seconds: number): () => void {
    const before = this.#over.get(key);
    const wasEarlier = this.#earlier.delete(key);
    this.#tries.delete(key);
    this.#over.set(key, this.#passed() + seconds * 1000);
    return () => {
      if (before === undefined) this.#over.delete(key);
      else this.#over.set(key, before);
      if (wasEarlier) this.#earlier.add(key);
    };
  }

  /** One is gone. */
  forget(key: string): void {
    this.#over.delete(key);
    this.#earlier.delete(key);
    this.#tries.delete(key);
  }

  isRunning(key: string): boolean {
    return this.#running.has(key);
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /** Begins what is due. */
  begin(): void {
    for (const automation of [...this.#options.book.values()]) if (this.#isDue(automation)) this.#begin(automation);
  }

  /** Milliseconds until something is due. */
  nextMs(): number {
    const { book, clock } = this.#options;
    let next = Number.POSITIVE_INFINITY;
    for (const automation of book.values()) {
      const { key, due, again, paused, stopped } = automation;
      if (paused || (stopped && again === undefined) || this.#running.has(key)) continue;
      const noted = (this.#failed.get(key) ?? Number.NEGATIVE_INFINITY) - clock.monotonic();
      if (again !== undefined) next = Math.min(next, Math.max(noted, this.#nextTry(key, again) - clock.monotonic()));
      if (due !== undefined) next = Math.min(next, Math.max(noted, -this.#lateMs(automation)));
    }
    return next;
  }

  /** Milliseconds that have passed, from an arbitrary start, those in which the machine slept with them. */
  #passed(): number {
    const { clock } = this.#options;
    const now = clock.monotonic();
    const sleptMs = sinceBoot(clock) - now - this.#awakeAt;
    return sleptMs > roundingMs ? now + sleptMs : now;
  }

  /** Milliseconds since one was due; below 0 until then. */
  #lateMs(automation: Automation): number {
    const { clock, classOf } = this.#options;
    const { key, due = 0 } = automation;
    const over = this.#over.get(key);
    const passed = over === undefined ? Number.NEGATIVE_INFINITY : this.#passed() - over;
    if (over !== undefined && !this.#earlier.has(key)) return passed;
    const now = clock.now();
    if (isPlausibleTime(now)) return Math.max(passed, now - due);
    // Nobody knows how long ago it began. What was said for another time waits for the clock.
    return over === undefined && isEnd(automation) && quells(automation, classOf) ? 0 : passed;
  }

  #isDue(automation: Automation): boolean {
    const { clock, position } = this.#options;
    const { key, when, due, again, paused, stopped } = automation;
    if (paused || this.#running.has(key)) return false;
    if (clock.monotonic() < (this.#failed.get(key) ?? Number.NEGATIVE_INFINITY)) return false;
    if (again !== undefined && clock.monotonic() >= this.#nextTry(key, again)) return true;
    if (stopped || due === undefined || when === undefined) return false;
    if (this.#lateMs(automation) >= 0) return true;
    const now = clock.now();
    if (!isPlausibleTime(now)) return false;
    // The clock was ahead when this was reckoned; one that is put back by less than a day shows no time twice.
    const next = isRepeat(when) && due - now > (longestGap(when) + 1) * dayMs + 2 * hourMs ? firstDue(when, now, position()) : undefined;
    return next !== undefined && next < due;
  }

  #begin(automation: Automation): void {
    const { clock, onEnd, log } = this.#options;
    const { key } = automation;
    const run = this.#serve(automation).then(
      () => void this.#failed.delete(key),
      (error: unknown) => {
        this.#failed.set(key, clock.monotonic() + againMs);
        log.error("automation.failed", { key, reason: asMeshError(error).message });
      },
    );
    this.#running.set(
      key,
      run.then(() => {
        this.#running.delete(key);
        onEnd();
      }),
    );
  }

  /** One that cannot be noted is not run, unless it ends harm: that waits for no disk. */
  async #note(automation: Automation, after: Automation): Promise<void> {
    const { book, classOf, change } = this.#options;
    const { key } = automation;
    return quells(automation, classOf) ? change(key, () => after) : book.setOrLeave(key, after);
  }

  async #serve(automation: Automation): Promise<void> {
    const { book, clock, position, classOf, carryOut, log } = this.#options;
    const { key, when, due, again } = automation;
    const lateMs = due === undefined ? Number.NEGATIVE_INFINITY : this.#lateMs(automation);
    if (again !== undefined && lateMs < 0) return this.#serveAgain(automation, again);
    const now = clock.now();
    const at = this.#over.has(key) || due === undefined ? now : due;
    const next = isRepeat(when) ? firstDue(when, now, position()) : undefined;
    const { due: _, begun: __, again: ___, ...rest } = automation;
    const after: Automation = next === undefined ? rest : { ...rest, due: next };
    const orders = lateMs > graceMs ? evenLate(automation, classOf) : automation.orders;
    const isMissed = orders.length === 0;
    if (lateMs < 0) await book.setOrLeave(key, after);
    else if (isMissed) await book.setOrLeave(key, { ...after, last: { at, result: "missed", text: missedText } });
    else await this.#note(automation, { ...after, begun: at });
    this.forget(key);
    if (isMissed) log.warn("automation.missed", { key, lateMs: Math.round(lateMs) });
    if (isMissed || lateMs < 0) return;
    const lost = targetsOf(orders) < targetsOf(automation.orders) ? partText : undefined;
    await this.#end(automation, { at, lost }, await carryOut({ ...automation, orders }));
  }

  /** Tries once more what did not reach its device. */
  async #serveAgain(automation: Automation, { at, orders: tried, lost: before }: NonNullable<Automation["again"]>): Promise<void> {
    const { book, clock, classOf, carryOut, log } = this.#options;
    const { key } = automation;
    const { until, usualUntil } = this.#triesOf(key, { at, orders: tried });
    const { again: _, ...rest } = automation;
    const wanted = clock.monotonic() > usualUntil ? calming(tried, classOf) : tried;
    const lost = targetsOf(wanted) < targetsOf(tried) ? givenUpText : before;
    if (clock.monotonic() > until || wanted.length === 0) {
      this.#tries.delete(key);
      log.warn("automation.missed", { key });
      const result = automation.last?.result === "unknown" ? "unknown" : "failed";
      const text = automation.last?.text.replace(againText, "") ?? missedText;
      return book.setOrLeave(key, { ...rest, last: { at, ...automation.last, text, result } });
    }
    const orders = this.#later.leftOf({ key, at, orders: wanted }, (command, target) => endsHarm(command, target, classOf));
    if (orders.length === 0) {
      this.#tries.delete(key);
      return book.setOrLeave(key, { ...rest, last: { at, result: "failed", ...automation.last, text: orderedText } });
    }
    await this.#note(automation, { ...automation, begun: at });
    await this.#end(automation, { at, lost }, await carryOut({ ...automation, orders }));
  }

  /** Notes what came of a run. @param lost why more of that time was given up */
  async #end(automation: Automation, { at, lost }: { readonly at: number; readonly lost?: string | undefined }, run: Run): Promise<void> {
    const { left, ...outcome } = lost === undefined ? run : withLost(run, lost);
    const { clock, change } = this.#options;
    const { key } = automation;
    const { waitMs, ...tries } = this.#triesOf(key, { at, orders: left ?? [] });
    const next = clock.monotonic() + waitMs;
    const isOver = left === undefined || next > tries.until;
    if (isOver) this.#tries.delete(key);
    else this.#tries.set(key, { ...tries, at, next, waitMs: Math.min(2 * waitMs, longestAgainMs) });
    const again = isOver ? {} : { again: { at, orders: left, ...(lost === undefined ? {} : { lost }) } };
    const text = isOver ? outcome.text : outcome.text + againText;
    // What was begun anew meanwhile counts.
    await change(key, (now) => {
      const { begun, again: _, ...rest } = now;
      return begun === at ? { ...rest, ...again, last: { at, ...outcome, text } } : now;
    });
  }

  /** A device is there again: what is tried again of it waits no longer, and one that comes and goes is tried no oftener than at first. */
  #returned(deviceUdf: string): void {
    const { book, clock, onEnd } = this.#options;
    const now = clock.monotonic();
    for (const [key, tries] of this.#tries) {
      const isOfIt = book.get(key)?.again?.orders.some(({ targets }) => targets.some(({ udf }) => udf === deviceUdf)) === true;
      if (isOfIt && tries.next - now > againMs) this.#tries.set(key, { ...tries, next: now, waitMs: againMs });
    }
    onEnd();
  }

  /** Of a run before it counts nothing any more. */
  #nextTry(key: string, { at }: NonNullable<Automation["again"]>): number {
    const known = this.#tries.get(key);
    return known?.at === at ? known.next : 0;
  }

  /** After a start how long ago it was the clock alone tells. */
  #triesOf(key: string, { at, orders }: NonNullable<Automation["again"]>): Omit<Tries, "at" | "next"> {
    const { clock, classOf } = this.#options;
    const known = this.#tries.get(key);
    if (known?.at === at) return known;
    const ago = isPlausibleTime(clock.now()) ? Math.max(0, clock.now() - at) : 0;
    const usualUntil = clock.monotonic() + graceMs - ago;
    const until = calming(orders, classOf).length > 0 ? usualUntil + calmMs - graceMs : usualUntil;
    return { until, usualUntil, waitMs: againMs };
  }
}
