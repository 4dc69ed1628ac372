/**
 * The house for ecosystems that speak Matter: which devices go out, who may add the bridge, and the process that speaks for them. What it shows is what
 * devices have reported, never what was only asked.
 */
import { rm } from "node:fs/promises";
import type { MatterDevice, MatterDevices, MatterDisconnected, MatterPaired, MatterStatus } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import { dateTime } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { Mutex } from "../../base/mutex.ts";
import { packageVersion } from "../../base/package-root.ts";
import type { Random } from "../../base/random.ts";
import { Wake } from "../../base/wake.ts";
import type { HubConfig } from "../../config/index.ts";
import type { AnsweredWant } from "../../matter/keeper.ts";
import { MatterKeeper, type MatterProcess } from "../../matter/keeper.ts";
import type { BridgedDevice, BridgedWant } from "../../matter/line.ts";
import { mostBridged } from "../../matter/line.ts";
import type { BookDevice, NameBook } from "../../names/name-book.ts";
import type { GrantBook } from "../command/grant-book.ts";
import type { Orders } from "../command/order.ts";
import { called, onlyOne } from "../names/called.ts";
import type { OwnerQuestions } from "../owner/owner-questions.ts";
import type { MatterFacade } from "../routes/facade.ts";
import type { StateKeeper } from "../state/state-keeper.ts";
import { bridgedOf, kindsOf, reportOf } from "./bridged.ts";
import type { MatterBook } from "./matter-book.ts";
import { pairingMinutes } from "./matter-book.ts";
import { MatterOrders } from "./matter-orders.ts";
import { matterStorage, matterWay } from "./matter-way.ts";

/** What it works with. */
export interface MatterOptions {
  readonly book: MatterBook;
  readonly config: Pick<HubConfig, "matter" | "stateDir">;
  readonly names: Pick<NameBook, "devices">;
  readonly keeper: Pick<StateKeeper, "shadow" | "onChange">;
  readonly orders: Pick<Orders, "refusal" | "give">;
  readonly questions: Pick<OwnerQuestions, "askOrder">;
  readonly grants: Pick<GrantBook, "list">;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Starts a process; the unit or the child of the package when absent. */
  readonly open?: () => MatterProcess;
}

/** How often everything is looked over: a grant may have ended. */
const lookMs = 60_000;
/** Changes of what goes out are told at most this often. */
const paceMs = 100;
/** How long a process that starts is waited for. */
const readyMs = 20_000;

/** Matter, as the hub serves it. */
export class Matter implements MatterFacade {
  readonly #options: MatterOptions;
  readonly #orders: MatterOrders;
  readonly #keeper: MatterKeeper | undefined;
  readonly #wake: Wake;
  readonly #stopping = new AbortController();
  #out: ReadonlyMap<string, BookDevice> = new Map();
  #undo: (() => void) | undefined;
  #loop: Promise<void> | undefined;
  /** Pairing and leaving, one after the other: a code is of one bridge. */
  readonly #turns = new Mutex();
  #leaving: Promise<MatterDisconnected> | undefined;
  /** The bridge is becoming another one: no process is started before it is. */
  #isLeaving = false;

  constructor(options: MatterOptions) {
    const { book, config, clock, random, log } = options;
    this.#options = options;
    this.#wake = new Wake(clock);
    this.#orders = new MatterOrders({ ...options, shares: book, describe: (udf) => this.#out.get(udf)?.description });
    if (!config.matter.enabled) return;
    const way = options.open ? { absent: () => undefined, open: options.open } : matterWay(config, { env: options.env, log: log.child("matter") });
    this.#keeper = new MatterKeeper({
      ...way,
      identity: () => ({ unique: book.unique, name: "Mesh Hub", version: packageVersion(), ...this.#window() }),
      order: (udf, want) => this.#order(udf, want),
      onFabrics: (indices) => void this.#paired(indices),
      clock,
      random,
      log,
    });
  }

  start(): void {
    if (!this.#keeper || this.#loop !== undefined) return;
    this.#undo = this.#options.keeper.onChange(({ shadow }) => this.#report(shadow.deviceUdf));
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#undo?.();
    this.#wake.ring();
    await Promise.all([this.#loop, this.#keeper?.stop()]);
    await this.#turns.run(async () => undefined);
  }

  /** What devices are, or what is granted, may have changed. */
  changed(): void {
    this.#wake.ring();
  }

  async status(): Promise<MatterStatus> {
    const keeper = this.#keeper;
    if (!keeper) return { state: "off", devices: this.#seen().length, ecosystems: [] };
    const { state, detail, fabrics } = keeper.status();
    const { isOpen, until } = this.#options.book.pairing;
    return {
      state,
      ...(detail === undefined ? {} : { detail }),
      devices: this.#seen().length,
      ecosystems: fabrics.map(({ vendor, label }) => ({ vendor, label })),
      ...(isOpen ? { pairingUntil: dateTime(until) } : {}),
    };
  }

  pair(): Promise<MatterPaired> {
    return this.#turns.run(() => this.#pair());
  }

  async #pair(): Promise<MatterPaired> {
    const { book } = this.#options;
    const keeper = await this.#ready();
    const { passcode, discriminator } = await book.openPairing(keeper.status().indices);
    try {
      const codes = await keeper.window({ passcode, discriminator, isOpen: true });
      if (!codes) throw new MeshError("ERR_ADAPTER", "the Matter process gave no code");
      return { ...codes, minutes: pairingMinutes, devices: this.#seen().length };
    } catch (error) {
      await book.closePairing();
      throw error;
    }
  }

  /** Whoever asks while the bridge leaves already is told what comes of that. */
  disconnect(): Promise<MatterDisconnected> {
    this.#leaving ??= this.#turns
      .run(() => this.#disconnect())
      .finally(() => {
        this.#leaving = undefined;
      });
    return this.#leaving;
  }

  async #disconnect(): Promise<MatterDisconnected> {
    const { book, config, log } = this.#options;
    const keeper = this.#served();
    const ecosystems = keeper.status().indices.length;
    const untold = await keeper.leave().then(
      () => undefined,
      (error: unknown) => asMeshError(error).message,
    );
    if (untold !== undefined) log.warn("matter.not_told", { reason: untold });
    this.#isLeaving = true;
    try {
      await keeper.stop();
      // A process of its own forgets by itself, as soon as it is told that it is another bridge.
      await rm(matterStorage(config), { recursive: true, force: true });
      await book.renew();
    } finally {
      this.#isLeaving = false;
    }
    if (!this.#stopping.signal.aborted) keeper.start();
    return { ecosystems, ...(untold === undefined ? {} : { untold }) };
  }

  async devices(): Promise<MatterDevices> {
    return { devices: this.#own().map((device) => this.#viewOf(device)) };
  }

  async share(wanted: readonly string[], isShared: boolean): Promise<readonly MatterDevice[]> {
    const found = [...new Set(wanted.map((name) => this.#find(name)))];
    const without = isShared ? found.find(({ description }) => kindsOf(description).length === 0) : undefined;
    if (without) throw new MeshError("ERR_USAGE", `${without.name} is a ${without.description.Class}, for which Matter has no counterpart here`);
    await this.#options.book.share(
      found.map(({ udf }) => udf),
      isShared,
    );
    this.changed();
    return found.map((device) => this.#viewOf(device));
  }

  #served(): MatterKeeper {
    if (this.#keeper) return this.#keeper;
    throw new MeshError("ERR_CONFIG", "Matter is off at this hub", { hint: "'mesh-hub config set matter.enabled true', then start the hub again" });
  }

  /** The keeper with a process that can be asked; one that starts is waited for. Errors: ERR_ADAPTER with the reason. */
  async #ready(): Promise<MatterKeeper> {
    const { clock } = this.#options;
    const keeper = this.#served();
    const until = clock.monotonic() + readyMs;
    for (;;) {
      const { state, detail } = keeper.status();
      if (state === "up") return keeper;
      if (state === "unavailable" || clock.monotonic() >= until) {
        throw new MeshError("ERR_ADAPTER", `the Matter process is not ready: ${detail ?? "it starts"}`, {
          hint: "'mesh-hub matter status' shows how it is",
        });
      }
      await clock.sleep(100, this.#stopping.signal);
    }
  }

  #window(): { readonly passcode: number; readonly discriminator: number; readonly isOpen: boolean } {
    const { passcode, discriminator, isOpen } = this.#options.book.pairing;
    return { passcode, discriminator, isOpen };
  }

  /** Nobody is let in any more, once the time is over. */
  async #closeLate(): Promise<void> {
    const { book } = this.#options;
    const { until, isOpen } = book.pairing;
    if (until === 0 || isOpen) return;
    await book.closePairing();
    await this.#keeper?.window(this.#window());
  }

  /** Whoever has come in with the code was the last. */
  async #paired(indices: readonly number[]): Promise<void> {
    const { book, clock, log } = this.#options;
    const isNew = await book.met(indices).catch((error: unknown) => {
      log.error("matter.unwritten", { reason: asMeshError(error).message });
      return false;
    });
    if (!isNew) return;
    log.info("matter.paired", { ecosystems: indices.length });
    // The process lets nobody else in when he is through. It would go on with the code if he gave up before that.
    await clock.sleep(lookMs, this.#stopping.signal).catch(() => undefined);
    if (this.#stopping.signal.aborted || book.pairing.isOpen) return;
    await this.#keeper?.window(this.#window()).catch((error: unknown) => log.warn("matter.not_told", { reason: asMeshError(error).message }));
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        this.#show();
        if (!this.#isLeaving) this.#keeper?.start();
        await this.#closeLate();
      } catch (error) {
        log.warn("matter.turn_failed", { reason: asMeshError(error).message });
      }
      await clock.sleep(paceMs, signal).catch(() => undefined);
      if (!signal.aborted) await this.#wake.sleep(this.#restMs());
    }
  }

  /** Until everything is looked over again; not beyond the end of a pairing. */
  #restMs(): number {
    const { until, isOpen } = this.#options.book.pairing;
    return isOpen ? Math.min(lookMs, Math.max(1, until - this.#options.clock.now())) : lookMs;
  }

  #show(): void {
    const { names, keeper, book } = this.#options;
    const seen = names.devices().filter((device) => device.own && this.#orders.mayRead(device.udf));
    const out: BridgedDevice[] = [];
    for (const device of seen) {
      const bridged = out.length < mostBridged ? bridgedOf({ ...device, bridge: book.unique }, keeper.shadow(device.udf)) : undefined;
      if (bridged) out.push(bridged);
    }
    this.#out = new Map(seen.filter(({ udf }) => out.some((device) => device.udf === udf)).map((device) => [device.udf, device]));
    this.#keeper?.show(out);
  }

  #report(udf: string): void {
    const device = this.#out.get(udf);
    if (device) this.#keeper?.report(udf, reportOf(device.description, this.#options.keeper.shadow(udf)));
  }

  async #order(udf: string, want: BridgedWant): Promise<AnsweredWant> {
    const outcome = await this.#orders.give(udf, want);
    const device = this.#out.get(udf);
    const now = device ? reportOf(device.description, this.#options.keeper.shadow(udf)) : { isReachable: false, values: {} };
    return { outcome, ...now };
  }

  #own(): readonly BookDevice[] {
    return this.#options.names.devices().filter(({ own }) => own);
  }

  #seen(): readonly BookDevice[] {
    return this.#own().filter((device) => this.#orders.mayRead(device.udf) && kindsOf(device.description).length > 0);
  }

  #viewOf({ udf, name, description }: BookDevice): MatterDevice {
    const kinds = kindsOf(description);
    const isListed = this.#options.book.devices.includes(udf);
    const seen = kinds.length > 0 && this.#orders.mayRead(udf) ? (isListed ? "list" : "grant") : "no";
    return { udf, name, class: description.Class, as: [...kinds], seen };
  }

  #find(name: string): BookDevice {
    return onlyOne(
      called(this.#own(), name, ({ udf }) => udf),
      { none: `no device ${name} is behind this hub`, many: `devices are called ${name}`, hint: "'mesh-hub matter devices' shows them" },
    );
  }
}
