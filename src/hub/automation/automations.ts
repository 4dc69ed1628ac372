/**
 * Runs automations, in the house and without the service (docs/design.md §8): orders at their time, and orders when something becomes so. They are those
 * that were said to this hub, on its disk, and those of the account, of which this hub runs what is of its own devices. Each run is an order of whoever
 * made the automation, with the rights that he has then. It is noted before it is run, so that no time is served twice; what was not done within five
 * minutes of its time is told as missed and not done later. "In ten minutes" goes by the monotonic clock while the hub runs: a clock that is put right in
 * between changes nothing.
 */
import type { Clock } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import { Wake } from "../../base/wake.ts";
import { newNonce } from "../../crypto/index.ts";
import type { KnownAutomation } from "../../names/automation.ts";
import type { Orders } from "../command/order.ts";
import type { Principal } from "../command/principal.ts";
import { automationPrincipal } from "../command/principal.ts";
import type { OwnerQuestions } from "../owner/owner-questions.ts";
import type { StateKeeper } from "../state/state-keeper.ts";
import type { Automation, AutomationBook } from "./automation-book.ts";
import { deleteKept, isEnd, isOpen } from "./automation-book.ts";
import type { Run } from "./carry-out.ts";
import { carryOut } from "./carry-out.ts";
import type { ClassOf, Said } from "./check-automation.ts";
import { checkDevices, checkTimes, mayOrder } from "./check-automation.ts";
import { cutOffOf } from "./cut-off.ts";
import { endOfPart, withoutSame } from "./ends.ts";
import { Follower } from "./follow.ts";
import type { LaterBook } from "./later-orders.ts";
import type { Chain } from "./loop-guard.ts";
import { fromOutside, LoopGuard } from "./loop-guard.ts";
import { RuleRuns } from "./rule-runs.ts";
import { Rules } from "./rules.ts";
import type { Position } from "./sun.ts";
import { SunPlan } from "./sun-plan.ts";
import { TimedRuns } from "./timed-runs.ts";

/** What the runner works with. */
export interface AutomationsOptions {
  readonly book: AutomationBook;
  readonly later: LaterBook;
  readonly orders: Pick<Orders, "give" | "refusal" | "onOrder">;
  readonly keeper: Pick<StateKeeper, "onChange" | "shadow">;
  readonly questions?: Pick<OwnerQuestions, "askOrder"> | undefined;
  /** Class of a device of this hub; undefined for one that is not. */
  readonly classOf: ClassOf;
  /** Whoever made an automation, as he stands now; undefined when he is gone. */
  readonly principalOf: (made: Automation["principal"]) => Principal | undefined;
  /** The automations of the account. */
  readonly known?: (() => readonly KnownAutomation[]) | undefined;
  /** Where the house stands. */
  readonly position: () => Position | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Automations that were said to a hub, and those of one principal that is not its owner. */
export const mostAutomations = 256;
const mostOfOne = 32;
/** Those that are over are told of for so long, and so many of them. */
const toldMs = 86_400_000;
const mostTold = 64;
/** A clock may be set at any moment: nobody sleeps longer. */
const longestSleepMs = 15_000;

/** Automations of a hub. */
export class Automations {
  readonly #options: AutomationsOptions;
  readonly #log: Log;
  readonly #wake: Wake;
  readonly #guard: LoopGuard;
  readonly #rules: Rules;
  readonly #follower: Follower;
  readonly #runs: RuleRuns;
  readonly #timed: TimedRuns;
  readonly #sun: SunPlan;
  #isStale = true;
  #stopped = false;
  #loop: Promise<void> | undefined;

  constructor(options: AutomationsOptions) {
    this.#options = options;
    this.#log = options.log.child("automation");
    this.#wake = new Wake(options.clock);
    this.#guard = new LoopGuard(options.clock);
    const { clock, keeper, orders } = options;
    orders.onOrder(({ order, isDone }) => !isDone && this.#guard.ordered(order));
    this.#rules = new Rules({
      keeper,
      clock,
      causes: (udf) => this.#guard.causes(udf),
      onDue: () => this.#wake.ring(),
      onHeld: (key, held) => void this.#change(key, ({ held: _, ...rest }) => ({ ...rest, ...(held ? { held } : {}) })),
    });
    this.#runs = new RuleRuns({
      ...options,
      guard: this.#guard,
      carryOut: (rule, chain) => this.#carryOut(rule, chain),
      change: (key, change) => this.#change(key, change),
      onStopped: () => this.#setRules(),
      onAgain: () => this.#wake.ring(),
      log: this.#log,
    });
    this.#follower = new Follower({ ...options, log: this.#log });
    this.#timed = new TimedRuns({
      ...options,
      carryOut: (automation) => this.#carryOut(automation, fromOutside),
      change: (key, change) => this.#change(key, change),
      onEnd: () => this.#wake.ring(),
      log: this.#log,
    });
    this.#sun = new SunPlan({ ...options, isRunning: (key) => this.#timed.isRunning(key), change: (key, change) => this.#change(key, change) });
  }

  /** All of them, the next first; then rules, and those that are over. */
  list(): readonly Automation[] {
    const time = ({ due }: Automation): number => due ?? Number.POSITIVE_INFINITY;
    return [...this.#options.book.values()].sort((a, b) => time(a) - time(b) || (b.last?.at ?? 0) - (a.last?.at ?? 0));
  }

  /**
   * Takes an automation; resolves when it is on the disk.
   * Errors: ERR_QUOTA; ERR_CONFIRMATION_NEEDED for what can do harm; ERR_NOT_AUTHORIZED; ERR_CONFIG when the position of the house is not known;
   * ERR_COMMAND for a time that never comes, and for devices of another hub.
   */
  async add({ principal, follows, ...made }: Said): Promise<Automation> {
    const { book, clock, random, position, classOf, orders } = this.#options;
    const { when, trigger, back } = made;
    const waiting = [...book.values()].filter((each) => each.version === undefined && isOpen(each));
    const own = waiting.filter(({ principal: { kind, id } }) => kind === principal.kind && id === principal.id).length;
    const most = principal.kind === "owner" ? mostAutomations : mostOfOne;
    if (waiting.length >= mostAutomations || own >= most)
      throw new MeshError("ERR_QUOTA", `${own < most ? mostAutomations : most} orders wait for their time already`, {
        hint: "see 'mesh-hub automations', and delete some",
      });
    if (!this.#options.principalOf(principal))
      throw new MeshError(
        "ERR_NOT_AUTHORIZED",
        `${principal.name} may not leave orders for another time: at that time nobody would know who gave them`,
      );
    checkDevices({ ...made, orders: [...made.orders, ...(back?.orders ?? [])] }, { principal, classOf, orders });
    const now = clock.now();
    const times = checkTimes({ when, trigger, follows }, { now, position: position() });
    const { kind, id, name } = principal;
    const automation: Automation = {
      ...made,
      key: newNonce(random),
      principal: { kind, id, name },
      made: now,
      ...times,
    };
    await this.#note(automation);
    this.#setRules();
    this.#log.info("automation.made", { key: automation.key, principal: name });
    this.#wake.ring();
    return automation;
  }

  /** What ends what was said for a time, and is not over. */
  ends(): readonly Automation[] {
    return this.list().filter((each) => each.ends === true && (isOpen(each) || each.begun !== undefined));
  }

  /** Others than the one of a key end no more what it ends. */
  async endAlone(key: string): Promise<void> {
    const { book } = this.#options;
    const { orders = [] } = book.get(key) ?? {};
    for (const other of this.ends()) {
      const left = other.key === key ? other : withoutSame(other, orders);
      if (left === undefined) await this.remove(other.key);
      else if (left.orders.flatMap(({ targets }) => targets).length < other.orders.flatMap(({ targets }) => targets).length)
        await this.#change(other.key, ({ again, ...now }) => ({
          ...now,
          orders: left.orders,
          ...(again ? { again: { ...again, orders: left.orders } } : {}),
        }));
    }
  }

  /** Deletes the one of a key, or of its first six characters or more. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS, ERR_NOT_AUTHORIZED for those of the account. */
  async remove(text: string): Promise<Automation> {
    const automation = this.#find(text);
    if (automation.version !== undefined)
      throw new MeshError("ERR_NOT_AUTHORIZED", "it stands in the account, where a hub changes nothing", {
        hint: "run 'meshman automation delete' on a machine of the owner",
      });
    this.#timed.forget(automation.key);
    await this.#options.book.delete(automation.key);
    this.#setRules();
    return automation;
  }

  /** Lets one that was stopped be carried out again. Errors: those of remove. */
  async resume(text: string): Promise<Automation> {
    const { key } = this.#find(text);
    this.#guard.forget(key);
    // For how long something has been so nobody has seen while it was stopped.
    await this.#change(key, ({ stopped, held, ...rest }) => ({ ...rest, ...(stopped || held === undefined ? {} : { held }) }));
    this.#setRules();
    this.#wake.ring();
    return this.#find(key);
  }

  /** The account's automations, or its devices, may be others now. */
  changed(): void {
    this.#isStale = true;
    this.#wake.ring();
  }

  /** The house may stand elsewhere now. */
  moved(): void {
    this.#sun.moved();
    this.#wake.ring();
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#rules.stop();
    this.#runs.stop();
    this.#wake.ring();
    await this.#loop;
    await this.settled();
  }

  /** Resolves when no run is under way. */
  async settled(): Promise<void> {
    await Promise.all([this.#timed.settled(), this.#runs.settled()]);
  }

  #find(text: string): Automation {
    const key = text.toUpperCase();
    const found = [...this.#options.book.values()].filter((automation) => key.length >= 6 && automation.key.startsWith(key));
    const [automation, ...others] = found;
    if (!automation)
      throw new MeshError("ERR_NOT_FOUND", `no automation has the key ${JSON.stringify(text.slice(0, 64))}`, { hint: "see 'mesh-hub automations'" });
    if (others.length > 0)
      throw new MeshError("ERR_AMBIGUOUS", `${found.length} automations have keys that begin so`, { hint: "say more of the key" });
    return automation;
  }

  /** Changes one that may have gone meanwhile. A disk that is full is told, and stops nothing. */
  async #change(key: string, change: (automation: Automation) => Automation): Promise<void> {
    const { book } = this.#options;
    const now = book.get(key);
    if (now === undefined) return;
    try {
      await book.set(key, change(now));
    } catch (error) {
      this.#log.error("automation.unkept", { key, reason: asMeshError(error).message });
    }
  }

  #setRules(): void {
    const rules = [...this.#options.book.values()].filter(({ trigger, paused, stopped }) => trigger !== undefined && !paused && !stopped);
    this.#rules.set(rules);
  }

  async #run(): Promise<void> {
    for (const { key, cutOff } of cutOffOf(this.#options.book, this.#options.classOf)) await this.#change(key, cutOff);
    this.#rules.start();
    this.#sun.moved();
    while (!this.#stopped) {
      if (this.#isStale) {
        this.#isStale = false;
        for (const key of await this.#follower.follow()) this.#guard.forget(key);
        this.#setRules();
      }
      await this.#sun.plan();
      this.#timed.begin();
      for (const setOff of this.#rules.due()) this.#runs.setOff(setOff);
      await this.#forget();
      if (!this.#stopped) await this.#wake.sleep(Math.max(1, Math.min(longestSleepMs, this.#timed.nextMs(), this.#rules.nextMs())));
    }
  }

  async #carryOut(automation: Automation, chain: Chain): Promise<Run> {
    const { book, orders, questions, principalOf } = this.#options;
    const { key, of: cause = key, trigger, principal: made } = automation;
    const ending = endOfPart(automation.back?.orders ?? [], { all: book.get(key)?.orders ?? [], now: automation.orders });
    const back = automation.back && ending.length > 0 ? { ...automation.back, orders: ending } : undefined;
    // Who might begin it may be gone: what ends it is the house's own.
    const principal = isEnd(automation) ? automationPrincipal(cause, made.name) : principalOf(made);
    // By the rights of now: what he may not see must not show by what it sets off.
    if (principal && trigger?.tests.some(({ udf }) => orders.refusal(principal, { deviceUdf: udf }) !== undefined))
      return { result: "failed", text: `${made.name} may not see any more what sets it off` };
    if (principal && back && !mayOrder(principal, back.orders, orders)) return { result: "failed", text: `${made.name} may not end it any more` };
    // Before the first order: what comes of it is known as its effect when it is reported.
    this.#guard.orders(
      cause,
      chain,
      automation.orders.flatMap(({ targets }) => targets.map(({ udf }) => udf)),
    );
    // What ends it is on the disk before it begins; what cannot be ended is not begun.
    const thenBack = principal && back && ((): Promise<void> => this.#thenBack(automation, back));
    try {
      await thenBack?.();
    } catch (error) {
      return { result: "failed", text: asMeshError(error).message };
    }
    const run = await carryOut(automation, { orders, questions, principal, onConfirmed: thenBack });
    this.#log.info("automation.run", { key, principal: made.name, result: run.result });
    return run;
  }

  /** Notes what follows so much later; a rule that is set off again before that begins the time anew. */
  async #thenBack({ key, said, principal }: Automation, { seconds, orders }: NonNullable<Automation["back"]>): Promise<void> {
    const { book, clock, random } = this.#options;
    const before = [...book.values()].find((each) => each.of === key && (isOpen(each) || each.begun !== undefined));
    const now = clock.now();
    const follow: Automation = {
      key: before?.key ?? newNonce(random),
      said,
      spoken: orders.map(({ spoken }) => spoken).join("; "),
      when: { kind: "after", seconds },
      orders,
      principal,
      made: now,
      due: now + seconds * 1000,
      of: key,
    };
    await this.#note(follow);
  }

  /** Puts one on the disk; where that fails nothing of it is left. */
  async #note(automation: Automation): Promise<void> {
    const { key, when } = automation;
    const undo = when?.kind === "after" ? this.#timed.beginSpan(key, when.seconds) : undefined;
    try {
      await this.#options.book.setOrLeave(key, automation);
    } catch (error) {
      undo?.();
      throw error;
    }
  }

  async #forget(): Promise<void> {
    const { book, clock } = this.#options;
    const over = this.list().filter((each) => !isOpen(each) && each.version === undefined && !this.#timed.isRunning(each.key));
    const old = over.filter(({ last }, at) => at >= mostTold || clock.now() - (last?.at ?? 0) > toldMs);
    for (const { key } of old) await deleteKept(book, key, this.#log);
  }
}
