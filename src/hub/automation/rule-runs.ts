/** Runs of rules that devices have set off: beside whatever else is under way, once at a time each, judged by the part of the day and by the loop guard. */
import type { Clock } from "../../base/clock.ts";
import { isPlausibleTime } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { StateKeeper } from "../state/state-keeper.ts";
import type { Automation, AutomationBook, Outcome } from "./automation-book.ts";
import type { Run } from "./carry-out.ts";
import type { ClassOf } from "./check-automation.ts";
import { isWithin, needsSun } from "./due.ts";
import { calming, targetsOf } from "./ends.ts";
import type { Chain, LoopGuard } from "./loop-guard.ts";
import type { SetOff } from "./rules.ts";
import { isSoNow } from "./rules.ts";
import type { Position } from "./sun.ts";

/** What they work with. */
export interface RuleRunsOptions {
  readonly book: AutomationBook;
  readonly guard: LoopGuard;
  readonly position: () => Position | undefined;
  readonly carryOut: (rule: Automation, chain: Chain) => Promise<Run>;
  readonly change: (key: string, change: (automation: Automation) => Automation) => Promise<void>;
  readonly classOf: ClassOf;
  readonly keeper: Pick<StateKeeper, "shadow">;
  /** Something of one is to be tried again. */
  readonly onAgain: () => void;
  /** One was stopped: it is not to be watched any more. */
  readonly onStopped: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Later than this is too late. */
export const graceMs = 5 * 60_000;
/** Runs under way. */
const mostRunning = 64;

const lateText = "late, since it became so while the hub or the device was away";
const partText = "all else is not done later";
const missedText = "missed: it became so while the hub or the device was away; it is not done later";

/** Runs under way. */
export class RuleRuns {
  readonly #options: RuleRunsOptions;
  readonly #running = new Map<string, Promise<void>>();
  /** What set off a rule that is under way, by key: it is run once more. */
  readonly #again = new Map<string, SetOff>();
  #stopped = false;

  constructor(options: RuleRunsOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /** Runs a rule, or once more when it is under way. */
  setOff(setOff: SetOff): void {
    const { key } = setOff;
    if (this.#running.has(key)) {
      this.#again.set(key, setOff);
      return;
    }
    const run = this.#serveRule(setOff).catch((error: unknown) =>
      this.#options.log.error("automation.failed", { key, reason: asMeshError(error).message }),
    );
    this.#running.set(
      key,
      run.then(() => {
        this.#running.delete(key);
        const again = this.#again.get(key);
        this.#again.delete(key);
        if (again !== undefined && !this.#stopped) this.setOff(again);
      }),
    );
  }

  async #serveRule({ key, chain, isMissed, lateMs }: SetOff): Promise<void> {
    const { book, clock, position, guard, classOf, keeper, log, change, carryOut, onStopped, onAgain } = this.#options;
    const rule = book.get(key);
    if (rule?.trigger === undefined || rule.paused || rule.stopped) return;
    const at = clock.now();
    const { within } = rule.trigger;
    // What is tried again of a run before goes on, until this one is carried out.
    const end = (last: Omit<Outcome, "at">, more: Partial<Automation> = {}): Promise<void> =>
      change(key, (now) => ({ ...now, ...more, last: { at, ...last } }));
    const endRun = (last: Omit<Outcome, "at">, more: Partial<Automation> = {}): Promise<void> =>
      change(key, ({ again: _, begun: __, ...now }) => ({ ...now, ...more, last: { at, ...last } }));
    if (within !== undefined) {
      if (needsSun(rule) && position() === undefined)
        return end({ result: "failed", text: "where the house stands is not configured, so nobody knows when the sun sets there" });
      if (!isPlausibleTime(at)) return end({ result: "failed", text: "the clock of the hub is not set, so it keeps no time of the day" });
      if (!isWithin(within, at, position())) return;
    }
    const isLate = isMissed || lateMs > graceMs;
    // A lamp is not lit late, nor for a door of before when it comes back; a valve is shut for water that is still there.
    const wanted = isLate ? calming(rule.orders, classOf) : rule.orders;
    if (isLate && (wanted.length === 0 || !isSoNow(rule, keeper))) return end({ result: "missed", text: missedText });
    const refusal = guard.refusal(key, chain, (each) => book.get(each)?.said ?? each);
    if (refusal !== undefined) {
      log.warn("automation.stopped", { key, said: rule.said, reason: refusal });
      await end({ result: "stopped", text: `stopped: ${refusal}; it is not carried out any more until somebody lets it go on` }, { stopped: true });
      return onStopped();
    }
    if (this.#running.size > mostRunning) return this.#postpone(key, { at, orders: calming(wanted, classOf) });
    // What a killed hub has left of it is found at the next start. It waits for no disk.
    if (calming(wanted, classOf).length > 0) await change(key, (now) => ({ ...now, begun: at }));
    const { left = [], ...outcome } = await carryOut({ ...rule, orders: wanted }, chain);
    const again = calming(left, classOf);
    const late = isLate ? [lateText, ...(targetsOf(wanted) < targetsOf(rule.orders) ? [partText] : [])] : [];
    const text = [outcome.text, ...late, ...(again.length === 0 ? [] : ["it is tried again"])].join("; ");
    await endRun({ ...outcome, text }, again.length === 0 ? {} : { again: { at, orders: again } });
    if (again.length > 0) onAgain();
  }

  /** Too much is under way; what ends harm is done all the same, by the way of what is tried again. */
  async #postpone(key: string, again: NonNullable<Automation["again"]>): Promise<void> {
    const { change, onAgain } = this.#options;
    const text = `${mostRunning} automations are under way already`;
    const isAgain = again.orders.length > 0;
    await change(key, (now) => ({ ...now, ...(isAgain ? { again } : {}), last: { at: again.at, result: "failed", text } }));
    if (isAgain) onAgain();
  }
}
