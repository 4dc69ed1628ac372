/**
 * Takes what devices report, keeps their shadows, and queues entries for the account: events at once and one by one, changes of actuators
 * on a quick beat, measured values on a slow one, and events beyond a device's budget, too (docs/design.md §7). Nothing is reported that the device did not report.
 */

import type { Clock } from "../../base/clock.ts";
import { dateTime } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import { least } from "../../base/list.ts";
import { Listeners } from "../../base/listeners.ts";
import type { Log } from "../../base/log.ts";
import { pacedLog } from "../../base/paced-log.ts";
import type { Quota } from "../../base/token-bucket.ts";
import { Wake } from "../../base/wake.ts";
import { coalescingOf } from "../../driver/index.ts";
import type { DeviceDescription, StateValue } from "../../schema/index.ts";
import type { DevicePort, DeviceReport, DeviceStatus } from "../device/device-port.ts";
import { EventBudget, eventQuota } from "./event-budget.ts";
import { HurryBudget, hurryQuota } from "./hurry-budget.ts";
import type { Outbox } from "./outbox.ts";
import { SavePace } from "./save-pace.ts";
import type { Shadow, ShadowBook } from "./shadow-book.ts";
import { stateOfShadow } from "./shadow-book.ts";
import { type Urgency, urgencyWithoutChange } from "./urgency.ts";
import { ValueGate } from "./value-gate.ts";
import { merge, same, stillWanted, trustedValues, valueIn } from "./values.ts";

/** What the keeper works with. */
export interface StateKeeperOptions {
  readonly hubUdf: string;
  readonly book: ShadowBook;
  readonly outbox: Outbox;
  readonly devices: Pick<DevicePort, "onReport" | "onStatus" | "lastContact">;
  /** Description of a device; undefined while it is not known. */
  readonly describe: (deviceUdf: string) => DeviceDescription | undefined;
  /** Highest Sequence of the device in this hub's copy of MMM_State. */
  readonly floor: (deviceUdf: string) => number;
  /** How long changes are gathered, in milliseconds. */
  readonly coalesceMs: number;
  readonly telemetryMs: number;
  /** Events of one device that are queued one by one. */
  readonly eventQuota?: Quota;
  /** Entries of one device that go out on the quick beat. */
  readonly hurryQuota?: Quota;
  readonly clock: Clock;
  readonly log: Log;
}

/** Something that changed, for those who watch. */
export interface StateChange {
  readonly shadow: Shadow;
  /** Names of the properties that changed; empty when only the status did. */
  readonly changed: readonly string[];
  readonly cause?: DeviceReport["cause"];
}

const idleMs = 3_600_000;

/** The state of the devices of this hub. */
export class StateKeeper {
  readonly #options: StateKeeperOptions;
  readonly #log: Log;
  /** For what devices can cause. */
  readonly #paced: Log;
  readonly #wake: Wake;
  readonly #due = new Map<string, number>();
  /** When the loop looks at what is due, if nothing rings before. */
  #wakes = 0;
  readonly #changes = new Listeners<StateChange>();
  readonly #writes = new Set<Promise<void>>();
  /** By device: what makes its newest report last, while that is under way or has failed. */
  readonly #unkept = new Map<string, { readonly urgency: Urgency; readonly written: Promise<void>; failed: boolean }>();
  readonly #budget: EventBudget;
  readonly #hurries: HurryBudget;
  readonly #saves: SavePace;
  readonly #gate: ValueGate;
  #undo: (() => void)[] = [];
  #loop: Promise<void> | undefined;
  #stopped = false;

  constructor(options: StateKeeperOptions) {
    this.#options = options;
    this.#log = options.log.child("state");
    this.#paced = pacedLog(this.#log, options.clock);
    this.#wake = new Wake(options.clock);
    this.#budget = new EventBudget(options.eventQuota ?? eventQuota, options.clock);
    this.#hurries = new HurryBudget(options.hurryQuota ?? hurryQuota, options.clock);
    this.#saves = new SavePace(options.book, options.clock);
    this.#gate = new ValueGate({ describe: options.describe, log: this.#log });
  }

  /** Begins to listen, and queues what an earlier run had stored and not yet queued. */
  start(): void {
    if (this.#loop !== undefined) return;
    const { devices, book, outbox } = this.#options;
    this.#undo = [devices.onReport((report) => this.report(report)), devices.onStatus((deviceUdf, status) => this.#status(deviceUdf, status))];
    for (const { deviceUdf, reported } of book.all()) {
      const queued = outbox.reportOf(deviceUdf);
      // At once: when it was an event, the next one must not take its place.
      if (reported && queued !== reported.Sequence) void this.#track(this.#queue(deviceUdf, true), deviceUdf);
    }
    this.#loop = this.#run();
  }

  /** Queues what is gathered and closes; the disk has everything when it resolves. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const undo of this.#undo.splice(0)) undo();
    this.#wake.ring();
    await this.#loop;
    for (const deviceUdf of this.#due.keys()) void this.#flush(deviceUdf);
    this.#due.clear();
    this.#saves.end();
    await Promise.all(this.#writes);
  }

  shadow(deviceUdf: string): Shadow | undefined {
    return this.#options.book.get(deviceUdf);
  }

  shadows(): readonly Shadow[] {
    return this.#options.book.all();
  }

  /** Values of a device that its description does not allow and that were left out since the start. */
  valuesRefused(deviceUdf: string): number {
    return this.#gate.refused(deviceUdf);
  }

  /** Calls the listener for every change from now on; gives the function that ends this. */
  onChange(listener: (change: StateChange) => void): () => void {
    return this.#changes.add(listener);
  }

  /**
   * Takes a report. The promise resolves when it is on disk (measured values: when it is taken note of). A repetition waits for the same write,
   * or has it tried again when it has failed. Errors: ERR_DISK_FULL, ERR_STORE; the values then stay in memory.
   */
  report(report: DeviceReport): Promise<void> {
    const { book, clock, devices, describe } = this.#options;
    const { deviceUdf, sequence, cause, reported: signed, restored = false } = report;
    const values = this.#gate.admit(report);
    const before = book.get(deviceUdf);
    const last = before?.reported;
    // A device counts on over restarts; one that was reset begins anew and says that it starts.
    if (last && sequence < last.Sequence && cause !== "start") return Promise.resolve();
    const changed = values.filter(({ Name, Value }) => !same(Value, valueIn(last?.Values, Name))).map(({ Name }) => Name);
    if (last && sequence === last.Sequence && changed.length === 0 && before?.restored === false) return this.#again(deviceUdf);
    const urgency = changed.length > 0 ? this.#urgency(deviceUdf, changed) : urgencyWithoutChange(before, signed !== undefined);
    const event = urgency === "event" ? this.#budget.take(deviceUdf) : undefined;
    const shadow = book.update(
      deviceUdf,
      {
        ...(event?.replaces ? { eventsLost: (before?.eventsLost ?? 0) + 1 } : {}),
        reported: {
          DeviceUdf: deviceUdf,
          Sequence: sequence,
          Time: dateTime(clock.now()),
          Values: trustedValues(merge(last?.Values ?? [], values), describe(deviceUdf)),
        },
        ...(signed ? { signed } : {}),
        desired: stillWanted(before, values),
        restored,
        ...(restored ? {} : { lastContact: devices.lastContact(deviceUdf) ?? clock.now(), status: "Online" as const }),
      },
      clock,
    );
    this.#tell({ shadow, changed, ...(cause === undefined ? {} : { cause }) });
    if (urgency === undefined) return Promise.resolve();
    return event?.isAlone === false
      ? this.#note(deviceUdf, "actuator", this.#gather(deviceUdf))
      : this.#note(deviceUdf, urgency, this.#keep(deviceUdf, urgency));
  }

  /** An event beyond the budget: on disk as the device's state, and in the account with the next slow beat. */
  #gather(deviceUdf: string): Promise<void> {
    this.#plan(deviceUdf, "telemetry");
    return this.#saves.save(deviceUdf);
  }

  /** The report is known: it is on disk, on its way there, or has to be written once more. */
  #again(deviceUdf: string): Promise<void> {
    const unkept = this.#unkept.get(deviceUdf);
    if (!unkept) return Promise.resolve();
    if (!unkept.failed) return unkept.written;
    const { book, outbox } = this.#options;
    const write = async (): Promise<void> => {
      if (unkept.urgency === "event" && outbox.reportOf(deviceUdf) !== book.get(deviceUdf)?.reported?.Sequence) return this.#queue(deviceUdf, true);
      // Its entry stands in the queue already, or is planned.
      await Promise.all([outbox.settle(), book.save(deviceUdf)]);
    };
    return this.#note(deviceUdf, unkept.urgency, write());
  }

  #note(deviceUdf: string, urgency: Urgency, written: Promise<void>): Promise<void> {
    const unkept = { urgency, written, failed: false };
    this.#unkept.set(deviceUdf, unkept);
    void this.#track(
      written.then(
        () => {
          if (this.#unkept.get(deviceUdf) === unkept) this.#unkept.delete(deviceUdf);
        },
        (error: unknown) => {
          unkept.failed = true;
          throw error;
        },
      ),
      deviceUdf,
    );
    return written;
  }

  /**
   * Queues what is gathered of a device before its beat: somebody is told of it. Resolves when what was reported is on disk, or has failed; who
   * asked does not wait for the pace of a device that reports much.
   */
  async hasten(deviceUdf: string): Promise<void> {
    if (this.#due.delete(deviceUdf)) return this.#flush(deviceUdf);
    const unkept = this.#unkept.get(deviceUdf);
    if (unkept?.urgency === "event") await unkept.written.catch(() => undefined);
  }

  /** Notes what was asked of a device; it becomes its state when the device says so. */
  want(deviceUdf: string, values: readonly StateValue[]): void {
    const { book, clock } = this.#options;
    const before = book.get(deviceUdf);
    const wanted = values.filter(({ Name, Value }) => !same(Value, valueIn(before?.reported?.Values, Name)));
    if (wanted.length === 0) return;
    const desired = {
      DeviceUdf: deviceUdf,
      Sequence: before?.reported?.Sequence ?? 0,
      Time: dateTime(clock.now()),
      Values: merge(before?.desired?.Values ?? [], wanted),
    };
    book.update(deviceUdf, { desired }, clock);
    this.#plan(deviceUdf, "actuator");
  }

  /** Takes back what was asked: the device refused it, or could not be reached. */
  unwant(deviceUdf: string): void {
    if (!this.#options.book.get(deviceUdf)?.desired) return;
    this.#options.book.update(deviceUdf, { desired: undefined }, this.#options.clock);
    this.#plan(deviceUdf, "actuator");
  }

  /** Forgets a device that left the account. */
  forget(deviceUdf: string): void {
    this.#due.delete(deviceUdf);
    this.#budget.forget(deviceUdf);
    this.#hurries.forget(deviceUdf);
    this.#saves.forget(deviceUdf);
    this.#gate.forget(deviceUdf);
    void this.#track(this.#options.book.remove(deviceUdf), deviceUdf);
  }

  #status(deviceUdf: string, status: DeviceStatus): void {
    const { book, clock, devices } = this.#options;
    const before = book.get(deviceUdf);
    if (before?.status === status) return;
    const contact = devices.lastContact(deviceUdf) ?? before?.lastContact;
    const shadow = book.update(deviceUdf, { status, ...(contact === undefined ? {} : { lastContact: contact }) }, clock);
    this.#tell({ shadow, changed: [] });
    void this.#track(this.#keep(deviceUdf, "actuator"), deviceUdf);
  }

  /** The most urgent of what changed. */
  #urgency(deviceUdf: string, names: readonly string[]): Urgency {
    const properties = this.#options.describe(deviceUdf)?.Properties ?? [];
    const kinds = names.map((name) => {
      const property = properties.find(({ Name }) => Name === name);
      return property ? coalescingOf(property) : "actuator";
    });
    return kinds.includes("event") ? "event" : kinds.includes("actuator") ? "actuator" : "telemetry";
  }

  #keep(deviceUdf: string, urgency: Urgency): Promise<void> {
    if (urgency === "event") {
      this.#due.delete(deviceUdf);
      return this.#queue(deviceUdf, true);
    }
    this.#plan(deviceUdf, urgency);
    return urgency === "telemetry" ? Promise.resolve() : this.#saves.save(deviceUdf);
  }

  #plan(deviceUdf: string, urgency: "actuator" | "telemetry"): void {
    const { clock, coalesceMs, telemetryMs } = this.#options;
    // On a common beat, so that what many devices report travels in one transaction.
    const beat = (periodMs: number): number => (periodMs === 0 ? clock.monotonic() : (Math.floor(clock.monotonic() / periodMs) + 1) * periodMs);
    const planned = this.#due.get(deviceUdf) ?? Number.POSITIVE_INFINITY;
    const quick = beat(coalesceMs);
    const due = urgency === "actuator" && planned > quick && this.#hurries.take(deviceUdf) ? quick : beat(telemetryMs);
    if (planned <= due) return;
    this.#due.set(deviceUdf, due);
    if (due < this.#wakes) this.#wake.ring();
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stopped) {
      const now = clock.monotonic();
      for (const [deviceUdf, due] of this.#due) {
        if (due > now) continue;
        this.#due.delete(deviceUdf);
        void this.#flush(deviceUdf);
      }
      this.#wakes = least(now + idleMs, this.#due.values());
      await this.#wake.sleep(Math.max(1, this.#wakes - clock.monotonic()));
    }
  }

  /** Queues what was gathered of a device. */
  #flush(deviceUdf: string): Promise<void> {
    const isEvent = this.#budget.flush(deviceUdf);
    const { eventsLost: lost } = this.#options.book.get(deviceUdf) ?? {};
    if (isEvent) this.#paced.warn("state.events.gathered", { device: deviceUdf, lost: lost ?? 0 });
    return this.#track(this.#queue(deviceUdf, isEvent), deviceUdf);
  }

  /**
   * Makes the entry of a device as it is now. The shadow is on disk before the entry: the next start queues what a shadow has and the queue
   * lacks, whereas an entry without its shadow would be queued again when the device repeats its report.
   */
  async #queue(deviceUdf: string, event: boolean): Promise<void> {
    const { book, outbox, hubUdf, floor } = this.#options;
    const shadow = book.get(deviceUdf);
    if (!shadow) return;
    const { reported } = shadow;
    await book.save(deviceUdf);
    const report = reported === undefined ? {} : { report: reported.Sequence };
    await outbox.put(stateOfShadow(shadow, hubUdf), { event, floor: floor(deviceUdf), ...report });
  }

  /** Failures of the disk are told; the values stay in memory and go out as long as this process lives. */
  #track(write: Promise<void>, deviceUdf: string): Promise<void> {
    const guarded = write.catch((thrown: unknown) => {
      const error = asMeshError(thrown);
      this.#log.error("state.write.failed", { device: deviceUdf, code: error.code, reason: error.message });
    });
    this.#writes.add(guarded);
    void guarded.then(() => this.#writes.delete(guarded));
    return guarded;
  }

  #tell(change: StateChange): void {
    this.#changes.tell(change);
  }
}
