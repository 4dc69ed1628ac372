/**
 * Entries on their way to MMM_State, on disk until the service has them (extensions §7). Each device's entries are numbered without a gap;
 * the numbers survive restarts, so that an entry of which nobody knows whether it arrived is recognised in the catalog.
 * When the service is away for very long, older values that are no events give way to newer ones of the same device.
 */
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import { Journal } from "../../base/journal.ts";
import type { Log } from "../../base/log.ts";
import { decodeObject, encodeObject } from "../../codec/index.ts";
import { CatalogedState } from "../../schema/index.ts";
import type { OpenFile } from "../salvage.ts";
import { openAsItIs } from "../salvage.ts";

/** An entry that waits. */
export interface QueuedEntry {
  readonly entry: CatalogedState;
  /** Stands for something that happened, and is never given up for a newer value. */
  readonly event: boolean;
}

/** What is known of an entry that is put into the queue. */
export interface PutOptions {
  readonly event: boolean;
  /** Highest Sequence that the catalog has for the device. */
  readonly floor: number;
  /** The device's own sequence that the entry covers; absent where there is none. */
  readonly report?: number;
}

type OutboxRecord =
  | { readonly put: string; readonly event: boolean; readonly report?: number }
  | { readonly done: readonly (readonly [deviceUdf: string, sequence: number])[] }
  | { readonly at: string; readonly sequence: number; readonly report?: number };

interface Count {
  readonly sequence: number;
  readonly report?: number;
}

const spareLines = 512;
/** Waiting entries above which values give way to newer ones. */
const defaultLimit = 10_000;

/** The queue. One publisher takes from it. */
export class Outbox {
  readonly #journal: Journal<OutboxRecord>;
  readonly #log: Log;
  readonly #limit: number;
  /** Length of the queue at which it is looked through again: to do so for every entry would cost the square of their number. */
  #thinAbove: number;
  #queue: QueuedEntry[] = [];
  /** Entries of the queue that are not on disk yet. They are not sent: after a crash nobody would know that they were. */
  readonly #unwritten = new Set<QueuedEntry>();
  readonly #counts = new Map<string, Count>();
  #lines: number;
  #holds = 0;
  /** A write has failed: the file lacks something of the queue. */
  #isBehind = false;
  #listener: () => void = () => undefined;

  private constructor(journal: Journal<OutboxRecord>, records: readonly OutboxRecord[], options: { readonly log: Log; readonly limit?: number }) {
    this.#journal = journal;
    this.#log = options.log;
    this.#limit = options.limit ?? defaultLimit;
    this.#thinAbove = this.#limit;
    this.#lines = records.length;
    for (const record of records) this.#replay(record);
  }

  /** Opens or makes the queue. Errors: ERR_STORE_DAMAGED, ERR_STORE, ERR_PERMISSION, ERR_DISK_FULL. */
  static async open(options: { readonly path: string; readonly log: Log; readonly limit?: number; readonly openFile?: OpenFile }): Promise<Outbox> {
    const { path, openFile = openAsItIs } = options;
    const lost = "events that were not published yet are lost; the states are published again";
    return openFile({
      path,
      lost,
      open: () => Journal.read<OutboxRecord, Outbox>({ path }, (journal, records) => new Outbox(journal, records, options)),
    });
  }

  /** Number of entries that wait. */
  get size(): number {
    return this.#queue.length;
  }

  /** The device's own sequence that the newest entry covers. */
  reportOf(deviceUdf: string): number | undefined {
    return this.#counts.get(deviceUdf)?.report;
  }

  /** The highest Sequence that this queue has given to a device's entries. */
  sequenceOf(deviceUdf: string): number {
    return this.#counts.get(deviceUdf)?.sequence ?? 0;
  }

  /** Tells the publisher of new entries. */
  onPut(listener: () => void): void {
    this.#listener = listener;
  }

  /**
   * Numbers an entry and queues it; resolves when it is on disk.
   * Errors: ERR_DISK_FULL, ERR_STORE: it stays in memory and goes out when a later write succeeds.
   */
  async put(state: Omit<CatalogedState, "Sequence">, { event, floor, report }: PutOptions): Promise<void> {
    const count = this.#counts.get(state.DeviceUdf);
    const entry: CatalogedState = { ...state, Sequence: Math.max(count?.sequence ?? 0, floor) + 1 };
    const covered = report ?? count?.report;
    const counted = covered === undefined ? {} : { report: covered };
    // Before it is queued: what cannot be written would keep everything behind it from being sent.
    const text = fromUtf8(encodeObject(CatalogedState, entry));
    this.#counts.set(entry.DeviceUdf, { sequence: entry.Sequence, ...counted });
    const queued = { entry, event };
    this.#queue.push(queued);
    this.#unwritten.add(queued);
    if (this.#queue.length > this.#thinAbove && this.#thin()) await this.#rewrite();
    else await this.#write({ put: text, event, ...counted });
    this.#written([queued]);
  }

  /** The oldest entries, in order, whether they are on disk or not. */
  peek(most: number): readonly CatalogedState[] {
    return this.#queue.slice(0, most).map(({ entry }) => entry);
  }

  /** As peek, up to the first that is not on disk. */
  ready(most: number): readonly CatalogedState[] {
    const first = this.#unwritten.size === 0 ? -1 : this.#queue.findIndex((queued) => this.#unwritten.has(queued));
    return this.peek(first < 0 ? most : Math.min(most, first));
  }

  /** True while somebody is about to take the entries along with something else. */
  get isHeld(): boolean {
    return this.#holds > 0;
  }

  /** Keeps the publisher from sending until the function that this gives is called: the entries go with something that is being made. */
  hold(): () => void {
    this.#holds += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#holds -= 1;
      this.#listener();
    };
  }

  /** Takes entries out that the catalog has. A failure to note it costs a comparison after the next start, nothing else. */
  async done(entries: readonly CatalogedState[]): Promise<void> {
    if (entries.length === 0) return;
    const gone = entries.map(({ DeviceUdf, Sequence }) => [DeviceUdf, Sequence] as const);
    this.#remove(gone);
    await this.#write({ done: gone });
  }

  /** Resolves when everything in the queue is on disk. Errors: as put. */
  async settle(): Promise<void> {
    if (this.#isBehind) await this.#rewrite();
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  async #write(record: OutboxRecord): Promise<void> {
    if (this.#isBehind || (this.#lines > spareLines && this.#lines > 4 * (this.#queue.length + this.#counts.size))) return this.#rewrite();
    this.#lines += 1;
    try {
      await this.#journal.append(record);
    } catch (error) {
      this.#isBehind = true;
      throw error;
    }
  }

  async #rewrite(): Promise<void> {
    const counts = [...this.#counts].map(([at, count]) => ({ at, ...count }));
    const puts = this.#queue.map(({ entry, event }) => ({ put: fromUtf8(encodeObject(CatalogedState, entry)), event }));
    const queue = this.#queue;
    this.#lines = counts.length + puts.length;
    this.#isBehind = false;
    try {
      await this.#journal.rewrite([...puts, ...counts]);
      this.#written(queue);
    } catch (error) {
      this.#isBehind = true;
      throw error;
    }
  }

  #written(queue: readonly QueuedEntry[]): void {
    for (const queued of queue) this.#unwritten.delete(queued);
    this.#listener();
  }

  /** Gives up values that newer ones have replaced; true when there were any. */
  #thin(): boolean {
    const newest = new Map(this.#queue.map(({ entry }) => [entry.DeviceUdf, entry.Sequence]));
    const before = this.#queue.length;
    this.#queue = this.#queue.filter(({ entry, event }) => event || newest.get(entry.DeviceUdf) === entry.Sequence);
    const kept = new Set(this.#queue);
    for (const queued of this.#unwritten) if (!kept.has(queued)) this.#unwritten.delete(queued);
    this.#thinAbove = Math.max(this.#limit, 2 * this.#queue.length);
    const dropped = before - this.#queue.length;
    if (dropped > 0) this.#log.warn("state.outbox.thinned", { dropped, kept: this.#queue.length });
    return dropped > 0;
  }

  #remove(gone: readonly (readonly [string, number])[]): void {
    // As published: the oldest, in order. Cheap however many wait.
    const isHead = gone.every(([udf, sequence], at) => {
      const { entry } = this.#queue[at] ?? {};
      return entry?.DeviceUdf === udf && entry.Sequence === sequence;
    });
    if (isHead) {
      this.#queue = this.#queue.slice(gone.length);
      return;
    }
    const keys = new Set(gone.map(([udf, sequence]) => `${udf} ${sequence}`));
    this.#queue = this.#queue.filter((queued) => {
      const stays = !keys.has(`${queued.entry.DeviceUdf} ${queued.entry.Sequence}`);
      if (!stays) this.#unwritten.delete(queued);
      return stays;
    });
  }

  #replay(record: OutboxRecord): void {
    if ("done" in record) {
      this.#remove(record.done);
      return;
    }
    if ("at" in record) {
      const { at, ...count } = record;
      this.#counts.set(at, count);
      return;
    }
    const entry = decodeObject(CatalogedState, utf8(record.put));
    this.#queue.push({ entry, event: record.event });
    this.#counts.set(entry.DeviceUdf, { sequence: entry.Sequence, ...(record.report === undefined ? {} : { report: record.report }) });
  }
}
