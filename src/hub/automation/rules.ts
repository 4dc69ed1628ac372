/**
 * Sees what devices report and tells which rules it sets off: when one of their tests becomes true, or has been so for a time. What was so before, when
 * the hub or the device comes back, sets nothing off: that it became so in between is told as missed. A span that has begun goes on over a restart.
 */
import type { Clock } from "../../base/clock.ts";
import { isPlausibleTime } from "../../base/clock.ts";
import type { TriggerTest } from "../../driver/index.ts";
import type { StateValue } from "../../schema/index.ts";
import type { StateChange, StateKeeper } from "../state/state-keeper.ts";
import type { Automation } from "./automation-book.ts";
import type { Chain } from "./loop-guard.ts";
import { fromOutside } from "./loop-guard.ts";

/** What rules are seen by. */
export interface RulesOptions {
  readonly keeper: Pick<StateKeeper, "onChange" | "shadow">;
  readonly clock: Clock;
  /** What led to the present change of a device. */
  readonly causes: (deviceUdf: string) => Chain;
  /** Something is to be looked at: `due` has more. */
  readonly onDue: () => void;
  /** Since when something has been so, for the disk; undefined when it is not so any more. */
  readonly onHeld: (key: string, held: Automation["held"]) => void;
}

/** A rule that is set off, or was while nobody looked. `at` and `lateMs`: when it should have been carried out. */
export interface SetOff {
  readonly key: string;
  readonly chain: Chain;
  readonly isMissed: boolean;
  readonly lateMs: number;
}

interface Watched {
  readonly rule: Automation;
  isTrue: boolean;
  /** On the monotonic clock, when it will have been so for long enough. */
  over?: number;
  chain: Chain;
}

/** What waits of one rule to be looked at: it is run once, and once more for all that came since. No device's flutter keeps another rule from being set off. */
const mostOfRule = 2;

/** The rules of a hub. */
export class Rules {
  readonly #options: RulesOptions;
  readonly #watched = new Map<string, Watched>();
  #byDevice = new Map<string, Watched[]>();
  /** Devices that were heard since the start, and that are not away. */
  readonly #heard = new Set<string>();
  #setOff = new Map<string, SetOff[]>();
  #undo: (() => void) | undefined;

  constructor(options: RulesOptions) {
    this.#options = options;
  }

  start(): void {
    const { causes, keeper } = this.#options;
    this.#undo ??= keeper.onChange(({ shadow, changed, cause }) => {
      const { deviceUdf, status, restored, reported } = shadow;
      const wasHeard = this.#heard.has(deviceUdf);
      if (status === "Offline" || restored) this.#heard.delete(deviceUdf);
      else if (reported !== undefined && status !== "Unknown") this.#heard.add(deviceUdf);
      if (restored || changed.length === 0) return;
      // What a device says of itself when it comes is how it is, and not what happens.
      const isNews = cause === "switch" || cause === "command" || (cause === undefined && wasHeard);
      // Somebody pressed it: no automation did.
      const chain = cause === "switch" ? fromOutside : causes(deviceUdf);
      for (const watched of this.#byDevice.get(deviceUdf) ?? []) this.#look(watched, { deviceUdf, changed, isNews, chain });
    });
  }

  stop(): void {
    this.#undo?.();
    this.#undo = undefined;
  }

  /** The rules that count now. One that is not changed goes on as it is. */
  set(rules: readonly Automation[]): void {
    const gone = new Set(this.#watched.keys());
    for (const rule of rules) {
      gone.delete(rule.key);
      const before = this.#watched.get(rule.key);
      if (before !== undefined && before.rule.version === rule.version) continue;
      this.#watched.set(rule.key, this.#begin(rule));
    }
    for (const key of gone) this.#watched.delete(key);
    this.#byDevice = new Map();
    for (const watched of this.#watched.values()) {
      for (const udf of new Set(watched.rule.trigger?.tests.map((test) => test.udf))) {
        const list = this.#byDevice.get(udf);
        if (list === undefined) this.#byDevice.set(udf, [watched]);
        else list.push(watched);
      }
    }
  }

  /** What is to be carried out now, each once. */
  due(): readonly SetOff[] {
    const now = this.#options.clock.monotonic();
    for (const watched of this.#watched.values()) {
      const { over, rule, chain } = watched;
      if (over === undefined || now < over) continue;
      delete watched.over;
      this.#options.onHeld(rule.key, { since: this.#options.clock.now() - this.#heldMs(rule), fired: true });
      this.#add({ key: rule.key, chain, isMissed: false, lateMs: now - over });
    }
    const due = [...this.#setOff.values()].flat();
    this.#setOff = new Map();
    return due;
  }

  /** Milliseconds until `due` has something. */
  nextMs(): number {
    const now = this.#options.clock.monotonic();
    let next = Number.POSITIVE_INFINITY;
    for (const { over } of this.#watched.values()) if (over !== undefined) next = Math.min(next, over - now);
    return next;
  }

  #begin(rule: Automation): Watched {
    const { clock } = this.#options;
    const watched: Watched = { rule, isTrue: this.#isTrue(rule), chain: fromOutside };
    if (!watched.isTrue || rule.trigger?.heldSeconds === undefined) return watched;
    const now = clock.now();
    const { since, fired } = rule.held ?? { since: now, fired: false };
    if (fired) return watched;
    const passed = isPlausibleTime(now) && isPlausibleTime(since) && since <= now ? now - since : 0;
    watched.over = clock.monotonic() + this.#heldMs(rule) - passed;
    if (rule.held === undefined) this.#options.onHeld(rule.key, { since: now, fired: false });
    return watched;
  }

  #heldMs({ trigger }: Automation): number {
    return (trigger?.heldSeconds ?? 0) * 1000;
  }

  #look(
    watched: Watched,
    {
      deviceUdf,
      changed,
      isNews,
      chain,
    }: Pick<Watched, "chain"> & Pick<StateChange, "changed"> & { readonly deviceUdf: string; readonly isNews: boolean },
  ): void {
    const { clock, onHeld, onDue } = this.#options;
    const { rule } = watched;
    const { tests = [], heldSeconds } = rule.trigger ?? {};
    const was = watched.isTrue;
    watched.isTrue = this.#isTrue(rule);
    const pressed = tests.some(({ udf, property, test }) => test === "changes" && udf === deviceUdf && changed.includes(property));
    const isSetOff = (watched.isTrue && !was) || pressed;
    if (!watched.isTrue && was && heldSeconds !== undefined) {
      delete watched.over;
      onHeld(rule.key, undefined);
    }
    if (!isSetOff) return;
    watched.chain = chain;
    if (heldSeconds === undefined) {
      this.#add({ key: rule.key, chain: watched.chain, isMissed: !isNews, lateMs: 0 });
    } else {
      watched.over = clock.monotonic() + this.#heldMs(rule);
      onHeld(rule.key, { since: clock.now(), fired: false });
    }
    onDue();
  }

  #add(setOff: SetOff): void {
    const waiting = this.#setOff.get(setOff.key) ?? [];
    this.#setOff.set(setOff.key, [...waiting.slice(0, mostOfRule - 1), setOff]);
  }

  #isTrue(rule: Automation): boolean {
    return isSoNow(rule, this.#options.keeper);
  }
}

/** True when what sets a rule off is so, as its devices have reported. */
export function isSoNow({ trigger }: Pick<Automation, "trigger">, keeper: Pick<StateKeeper, "shadow">): boolean {
  const isSo = (test: TriggerTest): boolean => holds(test, keeper.shadow(test.udf)?.reported?.Values ?? []);
  if (trigger === undefined) return false;
  return trigger.every === true ? trigger.tests.every(isSo) : trigger.tests.some(isSo);
}

/** True when a device's values are as a test has them. A press is over when it is told. */
export function holds({ property, test, value }: TriggerTest, values: readonly StateValue[]): boolean {
  const found = values.find(({ Name }) => Name === property)?.Value;
  const now = typeof found === "bigint" ? Number(found) : found;
  if (test === "changes" || now === undefined) return false;
  if (test === "is") return now === value;
  if (typeof now !== "number" || typeof value !== "number") return false;
  return test === "above" ? now > value : now < value;
}
