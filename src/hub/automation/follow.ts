/**
 * The account's automations as this hub runs them: of each what is of its own devices. An entry that has not changed goes on as it was, with its time and
 * what came of it; one that was changed, paused or let go on again begins anew; one that is gone is forgotten.
 */
import type { Clock } from "../../base/clock.ts";
import { isPlausibleTime } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { KnownAutomation } from "../../names/automation.ts";
import { automationPrincipal } from "../command/principal.ts";
import { type Automation, type AutomationBook, deleteKept } from "./automation-book.ts";
import type { ClassOf } from "./check-automation.ts";
import { firstDue, isRepeat } from "./due.ts";
import type { Position } from "./sun.ts";

/** What following needs. */
export interface FollowerOptions {
  readonly book: AutomationBook;
  readonly known?: (() => readonly KnownAutomation[]) | undefined;
  readonly classOf: ClassOf;
  readonly position: () => Position | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Follows the account. */
export class Follower {
  readonly #options: FollowerOptions;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Takes over what the account has now. @returns keys of those that were changed, or are gone */
  async follow(): Promise<readonly string[]> {
    const { book, known, log } = this.#options;
    if (known === undefined) return [];
    const changed: string[] = [];
    const wanted = new Map(known().flatMap((entry) => this.#own(entry) ?? []));
    for (const { key, version } of [...book.values()]) {
      if (version === undefined || wanted.get(key)?.version === version) continue;
      changed.push(key);
      if (!wanted.has(key)) await deleteKept(book, key, log);
    }
    for (const [key, automation] of wanted) {
      if (book.get(key)?.version === automation.version && !this.#hasNoTime(book.get(key))) continue;
      try {
        await book.set(key, automation);
      } catch (error) {
        log.error("automation.unkept", { key, reason: asMeshError(error).message });
      }
    }
    return changed;
  }

  /** Since its clock was not set, or where the house stands was not known. */
  #hasNoTime(automation: Automation | undefined): boolean {
    return automation !== undefined && isRepeat(automation.when) && automation.due === undefined && automation.paused === undefined;
  }

  #own(known: KnownAutomation): readonly [string, Automation][] | undefined {
    const { classOf, clock, position } = this.#options;
    const { key, said, when, trigger, back, paused, version } = known;
    const own = (orders: KnownAutomation["orders"]): Automation["orders"] =>
      orders
        .map(({ command, targets }) => ({ command, targets: targets.filter(({ udf }) => classOf(udf) !== undefined), spoken: "" }))
        .filter(({ targets }) => targets.length > 0);
    const orders = own(known.orders);
    // What another hub's devices set off that hub runs.
    if (orders.length === 0 || trigger?.tests.some(({ udf }) => classOf(udf) === undefined)) return undefined;
    const now = clock.now();
    const due = when !== undefined && !paused && isPlausibleTime(now) ? firstDue(when, now, position()) : undefined;
    const { kind, id, name } = automationPrincipal(key, `automation ${JSON.stringify(said.slice(0, 60))}`);
    const devices = orders.flatMap(({ targets }) => targets.map(({ udf }) => udf.slice(0, 9)));
    const automation: Automation = {
      key,
      said,
      spoken: "",
      ...(when === undefined ? {} : { when }),
      ...(trigger === undefined ? {} : { trigger }),
      orders,
      ...(back === undefined ? {} : { back: { seconds: back.seconds, orders: own(back.orders) } }),
      version: `${version} ${devices.join(" ")}`,
      principal: { kind, id, name },
      made: now,
      ...(due === undefined ? {} : { due }),
      ...(paused ? { paused: true } : {}),
    };
    return [[key, automation]];
  }
}
