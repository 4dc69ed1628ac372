/**
 * Runs orders at their time, in the house and without the service (docs/design.md §8). Each run is an order of whoever made the automation, with the
 * rights that he has then, and never one that can do harm. It is noted before it is run, so that no time is served twice; what was not done within
 * five minutes of its time is told as missed and not done later. "In ten minutes" goes by the monotonic clock while the hub runs: a clock that is put
 * right in between changes nothing.
 */
import type { Clock } from "../../base/clock.ts";
import { isPlausibleTime } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import { Wake } from "../../base/wake.ts";
import { newNonce } from "../../crypto/index.ts";
import type { SpokenOrder } from "../../driver/index.ts";
import { isRisky } from "../../schema/index.ts";
import type { Orders } from "../command/order.ts";
import type { Principal } from "../command/principal.ts";
import type { Automation, AutomationBook, Outcome } from "./automation-book.ts";
import { firstDue, isRepeat } from "./due.ts";
import type { Position } from "./sun.ts";

/** What the runner works with. */
export interface AutomationsOptions {
  readonly book: AutomationBook;
  readonly orders: Pick<Orders, "give" | "refusal">;
  /** Class of a device of this hub; undefined for one that is not. */
  readonly classOf: (deviceUdf: string) => string | undefined;
  /** Whoever made an automation, as he stands now; undefined when he is gone. */
  readonly principalOf: (made: Automation["principal"]) => Principal | undefined;
  /** Where the house stands. */
  readonly position?: Position | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Automations of a hub, and of one principal that is not its owner. */
export const mostAutomations = 256;
const mostOfOne = 32;
/** Those that are over are told of for so long, and so many of them. */
const toldMs = 86_400_000;
const mostTold = 64;
/** Later than this is too late. */
const graceMs = 5 * 60_000;
/** A clock may be set at any moment: nobody sleeps longer. */
const longestSleepMs = 15_000;
/** A time so far ahead is of a clock that was wrong. */
const farthestMs = 9 * 86_400_000;

/** Orders for another time. */
export class Automations {
  readonly #options: AutomationsOptions;
  readonly #log: Log;
  readonly #wake: Wake;
  /** When spans are over, on the monotonic clock. */
  readonly #over = new Map<string, number>();
  #stopped = false;
  #loop: Promise<void> | undefined;

  constructor(options: AutomationsOptions) {
    this.#options = options;
    this.#log = options.log.child("automation");
    this.#wake = new Wake(options.clock);
    const { book, clock } = options;
    const now = clock.now();
    if (!isPlausibleTime(now)) return;
    for (const { key, when, due } of book.values())
      if (when.kind === "after" && due !== undefined) this.#over.set(key, clock.monotonic() + due - now);
  }

  /** All of them, the next first; then those that are over. */
  list(): readonly Automation[] {
    const time = ({ due }: Automation): number => due ?? Number.POSITIVE_INFINITY;
    return [...this.#options.book.values()].sort((a, b) => time(a) - time(b) || (b.last?.at ?? 0) - (a.last?.at ?? 0));
  }

  /**
   * Takes an order for another time; resolves when it is on the disk.
   * Errors: ERR_QUOTA; ERR_CONFIRMATION_NEEDED for what can do harm; ERR_NOT_AUTHORIZED; ERR_CONFIG when the position of the house is not known;
   * ERR_COMMAND for a time that never comes, and for devices of another hub.
   */
  async add({
    said,
    spoken,
    when,
    orders,
    principal,
  }: Pick<Automation, "said" | "spoken" | "when" | "orders"> & { readonly principal: Principal }): Promise<Automation> {
    const { book, clock, random, position } = this.#options;
    const waiting = [...book.values()].filter(({ due }) => due !== undefined);
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
    this.#check(orders, principal);
    const now = clock.now();
    if (when.kind === "for") throw new MeshError("ERR_COMMAND", "for how long is not kept: say what is to be done now, and what is to be done then");
    if (when.kind === "sun" && position === undefined)
      throw new MeshError("ERR_CONFIG", "where the house stands is not configured, so nobody knows when the sun sets there", {
        hint: "set house.latitude and house.longitude in hub.config.json",
      });
    if (when.kind !== "after" && !isPlausibleTime(now))
      throw new MeshError("ERR_COMMAND", "the clock of the hub is not set, so it keeps no time of the day");
    const due = firstDue(when, now, position);
    if (due === undefined) throw new MeshError("ERR_COMMAND", "that time does not come");
    const { kind, id, name } = principal;
    const automation: Automation = { key: newNonce(random), said, spoken, when, orders, principal: { kind, id, name }, made: now, due };
    if (when.kind === "after") this.#over.set(automation.key, clock.monotonic() + when.seconds * 1000);
    await book.set(automation.key, automation);
    this.#log.info("automation.made", { key: automation.key, principal: name });
    this.#wake.ring();
    return automation;
  }

  /** Deletes the one of a key, or of its first six characters or more. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
  async remove(text: string): Promise<Automation> {
    const key = text.toUpperCase();
    const found = [...this.#options.book.values()].filter((automation) => key.length >= 6 && automation.key.startsWith(key));
    const [automation, ...others] = found;
    if (!automation)
      throw new MeshError("ERR_NOT_FOUND", `no automation has the key ${JSON.stringify(text.slice(0, 64))}`, { hint: "see 'mesh-hub automations'" });
    if (others.length > 0)
      throw new MeshError("ERR_AMBIGUOUS", `${found.length} automations have keys that begin so`, { hint: "say more of the key" });
    this.#over.delete(automation.key);
    await this.#options.book.delete(automation.key);
    return automation;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake.ring();
    await this.#loop;
  }

  async #run(): Promise<void> {
    await this.#tellCutOff();
    while (!this.#stopped) {
      for (const automation of this.#due()) {
        if (this.#stopped) return;
        try {
          await this.#serve(automation);
        } catch (error) {
          // One that cannot be noted is not run, and does not stop the others.
          this.#log.error("automation.failed", { key: automation.key, reason: asMeshError(error).message });
        }
      }
      await this.#forget();
      if (!this.#stopped) await this.#wake.sleep(this.#sleepMs());
    }
  }

  #due(): readonly Automation[] {
    const { clock, position } = this.#options;
    const now = clock.now();
    return this.list().filter((automation) => {
      const { key, when, due } = automation;
      if (due === undefined) return false;
      const over = this.#over.get(key);
      if (over !== undefined) return clock.monotonic() >= over;
      if (!isPlausibleTime(now)) return false;
      if (now >= due) return true;
      // The clock was ahead when this was reckoned.
      const next = isRepeat(when) && due - now > farthestMs ? firstDue(when, now, position) : undefined;
      return next !== undefined && next < due;
    });
  }

  #sleepMs(): number {
    const { book, clock } = this.#options;
    let next = longestSleepMs;
    for (const { key, due } of book.values()) {
      const over = this.#over.get(key);
      if (due !== undefined) next = Math.min(next, over === undefined ? due - clock.now() : over - clock.monotonic());
    }
    return Math.max(1, next);
  }

  async #serve(automation: Automation): Promise<void> {
    const { book, clock, position } = this.#options;
    const { key, when, due = 0 } = automation;
    const now = clock.now();
    const over = this.#over.get(key);
    const lateMs = over === undefined ? now - due : clock.monotonic() - over;
    const at = over === undefined ? due : now;
    this.#over.delete(key);
    const next = isRepeat(when) ? firstDue(when, now, position) : undefined;
    const { due: _, begun: __, ...rest } = automation;
    const after: Automation = next === undefined ? rest : { ...rest, due: next };
    if (lateMs < 0) return book.set(key, after);
    if (lateMs > graceMs) {
      const text = "missed: the hub did not run at that time, or its clock was wrong; it is not done later";
      this.#log.warn("automation.missed", { key, lateMs: Math.round(lateMs) });
      return book.set(key, { ...after, last: { at, result: "missed", text } });
    }
    await book.set(key, { ...after, begun: at });
    await book.set(key, { ...after, last: { at, ...(await this.#carryOut(automation)) } });
  }

  async #carryOut({ key, orders, principal: made }: Automation): Promise<Omit<Outcome, "at">> {
    const principal = this.#options.principalOf(made);
    if (!principal) return { result: "failed", text: `${made.name} may not order anything any more` };
    const given = orders.flatMap(({ command, targets }) =>
      targets.map(async ({ udf, arguments: args }): Promise<string | undefined> => {
        try {
          const { result, report } = await this.#options.orders.give({
            principal: withoutHarm(principal),
            deviceUdf: udf,
            command,
            arguments: args,
          });
          return result === "Accept" ? undefined : (report ?? result.toLowerCase());
        } catch (error) {
          return asMeshError(error).message;
        }
      }),
    );
    const failures = (await Promise.all(given)).filter((text) => text !== undefined);
    this.#log.info("automation.run", { key, principal: made.name, failed: failures.length });
    return failures.length === 0 ? { result: "done", text: "done" } : { result: "failed", text: [...new Set(failures)].join("; ") };
  }

  /** What can do harm is not done while nobody looks; what the speaker may not do now he may not have done later. */
  #check(orders: readonly SpokenOrder[], principal: Principal): void {
    for (const { command, targets } of orders) {
      for (const { udf } of targets) {
        const deviceClass = this.#options.classOf(udf);
        if (deviceClass === undefined) throw new MeshError("ERR_COMMAND", "one of these devices is behind another hub, which keeps its times itself");
        if (isRisky(deviceClass, command))
          throw new MeshError("ERR_CONFIRMATION_NEEDED", `${command} of a ${deviceClass} can do harm: it is not done by itself at another time`);
        const refused = this.#options.orders.refusal(principal, { deviceUdf: udf, command });
        if (refused) throw refused;
      }
    }
  }

  /** What was under way when the hub ended. */
  async #tellCutOff(): Promise<void> {
    for (const automation of this.list()) {
      const { begun, ...rest } = automation;
      if (begun === undefined) continue;
      const text = "the hub ended while it was done: whether it was is not known";
      await this.#options.book.set(automation.key, { ...rest, last: { at: begun, result: "unknown", text } });
    }
  }

  async #forget(): Promise<void> {
    const { book, clock } = this.#options;
    const over = this.list().filter(({ due }) => due === undefined);
    const old = over.filter(({ last }, at) => at >= mostTold || clock.now() - (last?.at ?? 0) > toldMs);
    for (const { key } of old) await book.delete(key);
  }
}

function withoutHarm(principal: Principal): Principal {
  return { ...principal, rights: principal.rights.map((right) => ({ ...right, harmless: true })) };
}
