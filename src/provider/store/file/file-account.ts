/**
 * One account's folder, open: its record and journal, and its stores, whose files are opened when they are needed. Where each store ends is
 * known without opening it. When a change is recorded but a store cannot take it (full disk, no descriptor left), the next call first
 * completes it; opening completes what a crash left in the same way.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "../../../base/atomic-file.ts";
import type { Clock } from "../../../base/clock.ts";
import { asMeshError, MeshError } from "../../../base/errors.ts";
import type { Log } from "../../../base/log.ts";
import { Mutex } from "../../../base/mutex.ts";
import type { SequenceFrame } from "../../../dare/index.ts";
import { TreeFrontier } from "../../../dare/index.ts";
import type { StoreLabel } from "../../../schema/index.ts";
import { storeLabels } from "../../../schema/index.ts";
import type { FaultHook } from "../../fault.ts";
import type { AccountRecord, Answer, Append, Commit, Expected, OpenDeliveries, StoreEnd, StoreEnds } from "../service-store.ts";
import { AccountJournal } from "./journal.ts";
import type { AnswerBounds } from "./kept-answers.ts";
import type { Openable, OpenFiles, Use } from "./open-files.ts";
import { readRecord, writeRecord } from "./record-file.ts";
import { StoreFile, storePath, storeWeight } from "./store-file.ts";

/** What an account is opened with. */
export interface FileAccountOptions {
  readonly dir: string;
  /** Key of the account among the open files; those of its stores begin with it. */
  readonly key: string;
  readonly files: OpenFiles;
  readonly answers: AnswerBounds;
  /** Octets of the journal after which it is written anew. */
  readonly journalOctets: number;
  readonly clock: Clock;
  readonly fault: FaultHook;
  readonly log: Log;
}

const none: StoreEnd = { epoch: 0, count: 0, octets: 0 };

/** An open account. Changes take turns; reads run beside them. */
export class FileAccount implements Openable {
  readonly #options: FileAccountOptions;
  readonly #turns = new Mutex();
  #record: AccountRecord;
  #journal: AccountJournal;
  #ends = new Map<StoreLabel, StoreEnd>();
  /** Why the stores may lack what the journal has. */
  #broken: MeshError | undefined;

  private constructor(options: FileAccountOptions, record: AccountRecord, journal: AccountJournal) {
    this.#options = options;
    this.#record = record;
    this.#journal = journal;
  }

  /** Opens a folder and completes what was recorded. ERR_STORE_DAMAGED, ERR_BUSY, ERR_DISK_FULL; nothing stays open then. */
  static async open(options: FileAccountOptions): Promise<FileAccount> {
    const record = await readRecord(options.dir);
    const opened = await AccountJournal.open(options.dir, options.answers);
    const account = new FileAccount(options, record, opened.journal);
    try {
      await account.#complete(opened);
      return account;
    } catch (error) {
      await opened.journal.close();
      throw error;
    }
  }

  get record(): AccountRecord {
    return this.#record;
  }

  setRecord(record: AccountRecord): Promise<void> {
    return this.#alone(async () => {
      await writeRecord(this.#options.dir, record);
      this.#record = record;
    });
  }

  async ends(): Promise<StoreEnds> {
    await this.#whole();
    return this.#ends;
  }

  async frontier(store: StoreLabel): Promise<TreeFrontier> {
    await this.#whole();
    return this.#ends.has(store) ? await this.#use(store, async ({ sequence }) => sequence.frontier()) : new TreeFrontier();
  }

  async *frames(store: StoreLabel, range?: { readonly from?: number; readonly to?: number }): AsyncGenerator<SequenceFrame, void, undefined> {
    await this.#whole();
    if (!this.#ends.has(store)) return;
    const { file, release } = await this.#options.files.take(this.#fileOf(store));
    try {
      yield* file.sequence.frames(range);
    } finally {
      release();
    }
  }

  async frame(store: StoreLabel, index: number): Promise<SequenceFrame> {
    await this.#whole();
    if (!this.#ends.has(store)) throw new MeshError("ERR_NOT_FOUND", `no frame ${index} in ${store}`);
    return await this.#use(store, (file) => file.sequence.read(index));
  }

  async find(store: StoreLabel, id: string): Promise<readonly SequenceFrame[]> {
    await this.#whole();
    return this.#ends.has(store) ? await this.#use(store, (file) => file.find(id)) : [];
  }

  async answer(request: Pick<Answer, "sender" | "requestId">): Promise<Answer | undefined> {
    await this.#whole();
    return this.#journal.answers.get(request, this.#options.clock.now());
  }

  async openDeliveries(): Promise<OpenDeliveries> {
    await this.#whole();
    return this.#journal.deliveries;
  }

  /** @param options.prepare runs before the first delivery of an account without open ones is recorded */
  commit(commit: Commit, options: { readonly prepare: () => Promise<void> }): Promise<number> {
    return this.#alone(async () => {
      const { fault } = this.#options;
      for (const expected of [...commit.appends, ...(commit.expected ?? [])]) this.#requireEnd(expected);
      if (commit.deliveries !== undefined && this.#journal.deliveries.size === 0) await options.prepare();
      fault("commit-begun");
      const id = await this.#journal.record(commit);
      try {
        fault("commit-recorded");
        await Promise.all(commit.appends.map((append) => this.#apply(append).then(() => fault("store-appended"))));
        fault("commit-applied");
      } catch (error) {
        this.#broken = asMeshError(error);
        throw this.#broken;
      }
      await this.#compact();
      return id;
    });
  }

  /** Notes that the deliveries of a commit were made; true when none is open any more. */
  delivered(commit: number): Promise<boolean> {
    return this.#alone(async () => {
      await this.#journal.delivered(commit);
      return this.#journal.deliveries.size === 0;
    });
  }

  /** Lets the change under way end and closes the journal; the files of the stores are closed by whoever keeps them. */
  close(): Promise<void> {
    return this.#turns.run(async () => {
      try {
        if (this.#broken === undefined) await this.#journal.settle(this.#ends);
      } finally {
        await this.#journal.close();
      }
    });
  }

  #alone<T>(task: () => Promise<T>): Promise<T> {
    return this.#turns.run(async () => {
      if (this.#broken !== undefined) await this.#mend();
      return await task();
    });
  }

  #whole(): Promise<void> {
    return this.#broken === undefined ? Promise.resolve() : this.#alone(() => Promise.resolve());
  }

  /** Opens everything anew, since nothing is known of a file that failed. */
  async #mend(): Promise<void> {
    const { dir, key, files, answers } = this.#options;
    await this.#journal.close();
    for (const store of storeLabels) await files.closeAll(`${key}${store}`);
    const opened = await AccountJournal.open(dir, answers);
    this.#journal = opened.journal;
    await this.#complete(opened);
    this.#broken = undefined;
  }

  async #complete({ journal, pending, ends }: Awaited<ReturnType<typeof AccountJournal.open>>): Promise<void> {
    this.#ends = new Map(ends ?? (await this.#readEnds()));
    for (const append of pending) await this.#apply(append);
    if (pending.length > 0 || journal.octets >= this.#options.journalOctets) await journal.compact(this.#ends);
  }

  /** Opens every store that has a file: only where no end was ever noted. */
  async #readEnds(): Promise<Map<StoreLabel, StoreEnd>> {
    const { dir } = this.#options;
    const names = new Set(
      await readdir(dir).catch((error: unknown) => {
        throw fileError(error, `cannot read ${dir}`);
      }),
    );
    const ends = new Map<StoreLabel, StoreEnd>();
    for (const store of storeLabels) {
      if (names.has(storePath("", store))) ends.set(store, await this.#use(store, async (file) => file.end));
    }
    return ends;
  }

  async #apply({ store, index, frames }: Append): Promise<void> {
    await this.#use(store, async (file) => {
      await file.append(index, frames);
      this.#ends.set(store, file.end);
    });
  }

  /** A change that is made stays made whether the journal can be written anew now or only later. */
  async #compact(): Promise<void> {
    const { journalOctets, dir, log } = this.#options;
    if (this.#journal.octets < journalOctets) return;
    try {
      await this.#journal.compact(this.#ends);
    } catch (error) {
      const { code, message } = asMeshError(error);
      log.warn("journal.not-compacted", { path: join(dir, "journal"), code, reason: message });
    }
  }

  #requireEnd({ store, index }: Expected): void {
    const { count } = this.#ends.get(store) ?? none;
    if (count !== index) throw new MeshError("ERR_CONFLICT", `${store} ends at ${count}, not at ${index}`);
  }

  #use<R>(store: StoreLabel, task: (file: StoreFile) => Promise<R>): Promise<R> {
    return this.#options.files.use(this.#fileOf(store), task);
  }

  #fileOf(store: StoreLabel): Use<StoreFile> {
    const { dir, key, log } = this.#options;
    return { key: `${key}${store}`, weight: storeWeight, open: () => this.#openStore(storePath(dir, store), store, log) };
  }

  /** The file is right where it and the journal differ: somebody put another one in its place. */
  async #openStore(path: string, store: StoreLabel, log: Log): Promise<StoreFile> {
    const file = await StoreFile.open(path, log);
    const known = this.#ends.get(store);
    if (known !== undefined && known.count !== file.end.count) {
      log.warn("store.end-differs", { path, expected: known.count, found: file.end.count });
      this.#ends.set(store, file.end);
    }
    return file;
  }
}
