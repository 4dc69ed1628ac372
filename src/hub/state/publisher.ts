/**
 * Writes the queued entries to MMM_State, in order and each exactly once (extensions §7). After an outcome that is not known, and after every
 * start, the catalog is read before anything is sent: what it has already is taken out of the queue. While the service is away it waits.
 */

import type { AccountContext } from "../../account/hub.ts";
import { backOffMs } from "../../base/back-off.ts";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, type ErrorCode, isMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import { Wake } from "../../base/wake.ts";
import { type CatalogedState, stateCatalog } from "../../schema/index.ts";
import type { Outbox } from "./outbox.ts";
import { stateEdit } from "./state-edit.ts";

/** What publishing needs of the account. */
export type StateAccount = Pick<AccountContext, "deviceUdf" | "sync" | "get" | "goOver"> & {
  readonly transact: (...transaction: Parameters<AccountContext["transact"]>) => Promise<unknown>;
};

/** What a publisher works with. */
export interface PublisherOptions {
  readonly account: StateAccount;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Whether the service takes what is sent. */
export interface PublisherStatus {
  readonly reachable: boolean | undefined;
  readonly waiting: number;
  readonly published: number;
  readonly reason?: string;
}

const batchEntries = 64;
const idleMs = 3_600_000;
/** What does not pass by waiting a little. */
const lasting: readonly ErrorCode[] = ["ERR_NOT_AUTHORIZED", "ERR_TOO_LARGE", "ERR_QUOTA"];

/** The one writer of this hub's states. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #log: Log;
  readonly #wake: Wake;
  #loop: Promise<void> | undefined;
  #stopped = false;
  #nudged = false;
  /** True when the catalog may hold entries that the queue still has. */
  #unknown = true;
  #batch = batchEntries;
  #published = 0;
  /** When going over is to be tried again; undefined before the first time. */
  #goesOver: number | undefined;
  #reachable: boolean | undefined;
  #reason: string | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#log = options.log.child("state");
    this.#wake = new Wake(options.clock);
  }

  status(): PublisherStatus {
    const { outbox } = this.#options;
    return {
      reachable: this.#reachable,
      waiting: outbox.size,
      published: this.#published,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
    };
  }

  /** Begins to publish; returns at once. */
  start(): void {
    this.#options.outbox.onPut(() => this.#wake.ring());
    this.#loop ??= this.#run();
  }

  /** Tries again now: the service has been heard of by other means. */
  nudge(): void {
    if (this.#reachable === true) return;
    this.#nudged = true;
    this.#wake.ring();
  }

  /** Ends after the transaction under way; what is queued stays queued. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake.ring();
    await this.#loop;
  }

  async #run(): Promise<void> {
    for (let attempt = 0; !this.#stopped; ) {
      try {
        const moved = await this.#turn();
        if (this.#reachable === false) this.#log.info("state.publish.resumed", { waiting: this.#options.outbox.size });
        this.#reachable = true;
        this.#reason = undefined;
        attempt = 0;
        if (!moved && !this.#stopped) await this.#wake.sleep(idleMs);
      } catch (thrown) {
        const error = asMeshError(thrown);
        this.#unknown = true;
        this.#reason = error.message;
        if (this.#reachable !== false)
          this.#log.warn("state.publish.failed", { code: error.code, reason: error.message, waiting: this.#options.outbox.size });
        this.#reachable = false;
        await this.#judge(error.code === "ERR_TOO_LARGE");
        if (!this.#stopped) await this.#pause(backOffMs(attempt++, this.#options.random));
      }
    }
  }

  /** New entries do not end the pause: a service that is away is not asked for each of them. */
  async #pause(ms: number): Promise<void> {
    const { clock } = this.#options;
    const end = clock.monotonic() + ms;
    this.#nudged = false;
    for (let left = ms; left > 0 && !this.#stopped && !this.#nudged; left = end - clock.monotonic()) await this.#wake.sleep(left);
  }

  /** Too much for the service: half as much next time, and what is too large by itself is given up. */
  async #judge(tooLarge: boolean): Promise<void> {
    if (!tooLarge) return;
    const { outbox } = this.#options;
    if (this.#batch > 1) {
      this.#batch = Math.ceil(this.#batch / 2);
      return;
    }
    const [entry] = outbox.peek(1);
    if (!entry) return;
    this.#log.error("state.entry.refused", { device: entry.DeviceUdf, sequence: entry.Sequence });
    await this.#forget([entry]);
  }

  /** One batch; false when nothing was waiting, or goes with an answer. */
  async #turn(): Promise<boolean> {
    const { account, outbox } = this.#options;
    if (this.#unknown) {
      await account.sync({ stores: ["MMM_State"] });
      await this.#compare(Number.POSITIVE_INFINITY);
      this.#unknown = false;
    }
    await this.#goOver();
    if (outbox.isHeld) return false;
    await this.#compare(this.#batch);
    const entries = outbox.ready(this.#batch);
    if (entries.length === 0) return false;
    await account.transact({ catalogs: entries.map(stateEdit) });
    this.#published += entries.length;
    this.#batch = batchEntries;
    await this.#forget(entries);
    return true;
  }

  /** Goes over to a sequence that this hub alone writes; asked now and then, until everybody can follow. */
  async #goOver(): Promise<void> {
    const { account, clock } = this.#options;
    if (this.#goesOver !== undefined && clock.monotonic() < this.#goesOver) return;
    const isOver = await account.goOver().catch((error: unknown) => {
      // An entry of this hub in MMM_Access that does not name it, as the first versions wrote them, or no room: it stays where it is.
      if (!isMeshError(error) || !lasting.includes(error.code)) throw error;
      this.#log.warn("state.sequence.refused", { code: error.code, reason: error.message });
      return false;
    });
    this.#goesOver = isOver ? Number.POSITIVE_INFINITY : clock.monotonic() + idleMs;
    if (isOver) this.#log.info("state.sequence.own");
  }

  /** Takes out what the catalog has, as far as this device's copy tells. */
  async #compare(most: number): Promise<void> {
    const { account, outbox } = this.#options;
    const known = outbox.peek(most).map((entry) => ({ entry, current: account.get(stateCatalog, entry.DeviceUdf) }));
    const there = known.filter(({ entry, current }) => current !== undefined && current.Sequence >= entry.Sequence);
    // Numbers that this queue never gave (another hub's, or those of a queue that was lost) say nothing of our entries: they get new ones.
    const foreign = there.filter(({ entry, current }) => current?.Via !== account.deviceUdf || current.Sequence > outbox.sequenceOf(entry.DeviceUdf));
    if (foreign.length > 0 && most < outbox.size) return this.#compare(Number.POSITIVE_INFINITY);
    if (there.length === 0) return;
    // Begun in one turn, so that no entry that comes meanwhile gets a number between the old and the new ones.
    const forgotten = this.#forget(there.map(({ entry }) => entry));
    const renumbered = foreign.map(({ entry, current }) => outbox.put(entry, { event: true, floor: current?.Sequence ?? 0 }));
    await Promise.all([forgotten, ...renumbered]);
    this.#log.info("state.publish.known", { dropped: there.length - foreign.length, renumbered: foreign.length });
  }

  async #forget(entries: readonly CatalogedState[]): Promise<void> {
    try {
      await this.#options.outbox.done(entries);
    } catch (error) {
      if (!isMeshError(error)) throw error;
      this.#log.error("state.outbox.failed", { code: error.code, reason: error.message });
    }
  }
}
