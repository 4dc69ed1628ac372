/**
 * Times by the sun where the house stands elsewhere than before, by its configuration: they are planned anew. What was done on a day is not done again on
 * it; what has the sun of the new place behind it is of the next day.
 */
import type { Clock } from "../../base/clock.ts";
import { isPlausibleTime } from "../../base/clock.ts";
import type { Automation, AutomationBook } from "./automation-book.ts";
import { firstDue, isRepeat } from "./due.ts";
import type { Position } from "./sun.ts";

/** What planning needs. */
export interface SunPlanOptions {
  readonly book: AutomationBook;
  readonly position: () => Position | undefined;
  readonly isRunning: (key: string) => boolean;
  readonly change: (key: string, change: (automation: Automation) => Automation) => Promise<void>;
  readonly clock: Clock;
}

/** From one sunset to the next is more. */
const halfDayMs = 12 * 3_600_000;

/** Plans them. */
export class SunPlan {
  readonly #options: SunPlanOptions;
  /** Those that are still to be planned. */
  #left: readonly string[] = [];

  constructor(options: SunPlanOptions) {
    this.#options = options;
  }

  /** The house may stand elsewhere. */
  moved(): void {
    this.#left = [...this.#options.book.values()].flatMap(({ key, when }) => (when?.kind === "sun" ? [key] : []));
  }

  /** Plans those that are left, but what is under way, and all while nobody knows where the house stands or what time it is. */
  async plan(): Promise<void> {
    const { book, position: positionOf, isRunning, change, clock } = this.#options;
    const [position, now] = [positionOf(), clock.now()];
    if (this.#left.length === 0 || position === undefined || !isPlausibleTime(now)) return;
    const keys = this.#left;
    this.#left = keys.filter(isRunning);
    for (const key of keys) {
      const automation = book.get(key);
      if (automation === undefined || isRunning(key)) continue;
      const due = dueAnew(automation, now, position);
      if (due !== undefined && due !== automation.due) await change(key, (known) => ({ ...known, due }));
    }
  }
}

/** When one is due by another position; undefined where it keeps what it has. */
function dueAnew({ when, due, paused, made, from = made, last }: Automation, now: number, position: Position): number | undefined {
  // What is due now is served as it was planned.
  if (when === undefined || paused || (due !== undefined && due <= now)) return undefined;
  if (isRepeat(when)) return firstDue(when, Math.max(now, last === undefined || last.result === "missed" ? from : last.at + halfDayMs), position);
  if (due === undefined) return undefined;
  const first = firstDue(when, from, position);
  return first !== undefined && first > now ? first : firstDue(when, now, position);
}
