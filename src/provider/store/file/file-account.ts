/**
 * One account's folder, open: its record and journal, and its stores, whose files are opened when they are needed. Where each store ends is
 * known without opening it. When a change is recorded but a store cannot take it (full disk, no descriptor left), the next call first
 * completes it; opening completes what a crash left in the same way.
 */
import { join } from "node:path";
import { asMeshError, isMeshError, MeshError } from "../../../base/errors.ts";
import { Mutex } from "../../../base/mutex.ts";
import type { SequenceFrame } from "../../../dare/index.ts";
import { TreeFrontier } from "../../../dare/index.ts";
import type { StoreLabel } from "../../../schema/index.ts";
import type { FaultHook } from "../../fault.ts";
import type {
  AccountRecord,
  Answer,
  Commit,
  Delivery,
  Expected,
  IdleSequence,
  OpenDeliveries,
  Page,
  SequenceName,
  StoreEnd,
  StoreEnds,
  Switch,
} from "../service-store.ts";
import type { AccountFilesOptions, ReadFrames } from "./account-files.ts";
import { AccountFiles, endsAt } from "./account-files.ts";
import type { FileSwitch, Step } from "./journal.ts";
import { AccountJournal } from "./journal.ts";
import type { AnswerBounds } from "./kept-answers.ts";
import type { FileName, Staged } from "./ledger.ts";
import { fileOfStage, storeStage } from "./ledger.ts";
import type { Openable } from "./open-files.ts";
import { readRecord, writeRecord } from "./record-file.ts";

/** What an account is opened with. */
export interface FileAccountOptions extends AccountFilesOptions {
  readonly answers: AnswerBounds;
  /** Octets of the journal after which it is written anew. */
  readonly journalOctets: number;
  readonly fault: FaultHook;
}

/** That a staged sequence was added to is noted on the disk so often; in memory each time. */
const noteMs = 3600_000;

/** An open account. Changes take turns; reads run beside them. */
export class FileAccount implements Openable {
  readonly #options: FileAccountOptions;
  readonly #turns = new Mutex();
  readonly #files: AccountFiles;
  #record: AccountRecord;
  #journal: AccountJournal;
  /** When staged sequences were noted on the disk last, by number. */
  readonly #noted = new Map<number, number>();
  /** Why the stores may lack what the journal has. */
  #broken: MeshError | undefined;

  private constructor(options: FileAccountOptions, record: AccountRecord, journal: AccountJournal) {
    this.#options = options;
    this.#record = record;
    this.#journal = journal;
    this.#files = new AccountFiles(options);
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
    return this.#files.ledger.ends;
  }

  async idle(): Promise<readonly IdleSequence[]> {
    await this.#whole();
    return this.#files.ledger.idle;
  }

  async frontier(name: SequenceName): Promise<TreeFrontier> {
    const file = await this.#find(name);
    return file === undefined ? new TreeFrontier() : await this.#files.look(file, async ({ sequence }) => sequence.frontier());
  }

  frames(name: SequenceName, range?: { readonly from?: number; readonly to?: number }): AsyncGenerator<SequenceFrame, void, undefined> {
    return this.#read(name, ({ sequence }) => sequence.frames(range));
  }

  async frame(name: SequenceName, index: number): Promise<SequenceFrame> {
    const file = await this.#find(name);
    if (file === undefined) throw new MeshError("ERR_NOT_FOUND", `no frame ${index} in ${name.store}`);
    return await this.#files.look(file, ({ sequence }) => sequence.read(index));
  }

  find(name: SequenceName, id: string): AsyncGenerator<SequenceFrame, void, undefined> {
    return this.#read(name, (file) => file.find(id));
  }

  async answer(request: Pick<Answer, "sender" | "requestId">): Promise<Answer | undefined> {
    await this.#whole();
    return this.#journal.answers.get(request, this.#options.clock.now());
  }

  async openDeliveries(): Promise<OpenDeliveries> {
    await this.#whole();
    return this.#journal.deliveries;
  }

  stage(page: Page): Promise<StoreEnd> {
    return this.#alone(async () => {
      const { fault, clock } = this.#options;
      const { store, epoch, stage, index, frames } = page;
      const { ledger } = this.#files;
      const inForce = ledger.end(store);
      if (epoch !== inForce.epoch + 1) throw new MeshError("ERR_CONFLICT", `${store} is in epoch ${inForce.epoch}, so none but the next is staged`);
      const before = ledger.stageOf(store, stage.sender);
      const isSame = before?.stage.name === stage.name && before.end.epoch === epoch;
      const count = isSame ? before.end.count : 0;
      if (count !== index) throw new MeshError("ERR_CONFLICT", `what is staged of ${store} ends at ${count}, not at ${index}`);
      const since = clock.now();
      return await this.#certainly(async () => {
        if (before !== undefined && !isSame) await this.#drop(fileOfStage(before));
        const number = isSame ? before.number : this.#journal.nextNumber();
        const staged: Staged = { store, stage, number, end: isSame ? before.end : { epoch, count: 0, octets: 0 }, since };
        fault("stage-begun");
        if (since - (this.#noted.get(number) ?? Number.NEGATIVE_INFINITY) >= noteMs) await this.#note(staged);
        fault("stage-noted");
        const end = await this.#files.use(fileOfStage(staged), async (file) => {
          await file.append(index, frames);
          return file.end;
        });
        fault("stage-appended");
        ledger.setStage({ ...staged, end });
        await this.#compact();
        return end;
      });
    });
  }

  /** Removes what is not in force. */
  drop(names: readonly SequenceName[]): Promise<void> {
    return this.#alone(async () => {
      const { ledger } = this.#files;
      for (const name of names) {
        const file = ledger.fileOf(name);
        if (file === undefined) continue;
        if (file.number === undefined && file.epoch === ledger.end(name.store).epoch)
          throw new MeshError("ERR_INTERNAL", `${name.store} is in force`);
        await this.#certainly(() => this.#drop(file));
      }
    });
  }

  /** Erases bodies of a store; the journal has them too, for as long as it was not made small. */
  erase(store: StoreLabel, { indexes, to }: { readonly indexes: readonly number[]; readonly to: number }): Promise<void> {
    return this.#alone(() =>
      this.#certainly(async () => {
        const { ledger } = this.#files;
        const { epoch } = ledger.end(store);
        if (indexes.length > 0 && !this.#journal.isSettled) await this.#journal.compact(ledger);
        for (const index of indexes) {
          await this.#files.use({ store, epoch }, ({ sequence }) => sequence.redact(index).catch((error: unknown) => this.#keepBody(error)));
          this.#options.fault("body-erased");
        }
        await this.#journal.swept(store, epoch, to);
        (await this.#files.make({ kind: "swept", store, epoch, to }))();
      }),
    );
  }

  /** @param options.prepare runs before the first delivery of an account without open ones is recorded */
  commit(commit: Commit, options: { readonly prepare: () => Promise<void> }): Promise<number> {
    return this.#alone(async () => {
      const { fault } = this.#options;
      for (const expected of [...commit.appends, ...(commit.expected ?? [])]) this.#requireEnd(expected);
      const switches = (commit.switches ?? []).map((change) => this.#fileSwitch(change));
      if (commit.deliveries !== undefined && this.#journal.deliveries.size === 0) await options.prepare();
      fault("commit-begun");
      const id = await this.#journal.record(commit, switches);
      await this.#certainly(async () => {
        fault("commit-recorded");
        const steps: Step[] = [
          ...commit.appends.map((append): Step => ({ kind: "append", append })),
          ...switches.map((change): Step => ({ kind: "switch", change })),
        ];
        // All are waited for, and noted at once: whoever looks sees all of the change or nothing.
        const made = await Promise.allSettled(steps.map((step) => this.#make(step)));
        const notes = made.map((outcome) => {
          if (outcome.status === "rejected") throw outcome.reason;
          return outcome.value;
        });
        for (const note of notes) note();
        fault("commit-applied");
      });
      await this.#compact();
      return id;
    });
  }

  /**
   * Notes that deliveries of a commit are over.
   * @param options.finish runs when none of the account is open any more, before another can be recorded
   */
  delivered(commit: number, options: { readonly deliveries: readonly Delivery[]; readonly finish: () => Promise<void> }): Promise<void> {
    return this.#alone(async () => {
      await this.#journal.delivered(commit, options.deliveries);
      if (this.#journal.deliveries.size === 0) await options.finish();
    });
  }

  /** Lets the change under way end and closes the journal; the files of the stores are closed by whoever keeps them. */
  close(): Promise<void> {
    return this.#turns.run(async () => {
      try {
        if (this.#broken === undefined) await this.#journal.settle(this.#files.ledger);
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

  /** Whatever fails here leaves it open what the disk has: the next call begins with finding out. */
  async #certainly<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      this.#broken = asMeshError(error);
      throw this.#broken;
    }
  }

  #whole(): Promise<void> {
    return this.#broken === undefined ? Promise.resolve() : this.#alone(() => Promise.resolve());
  }

  /** Opens everything anew, since nothing is known of a file that failed. */
  async #mend(): Promise<void> {
    const { dir, answers } = this.#options;
    await this.#journal.close();
    await this.#files.closeAll();
    const opened = await AccountJournal.open(dir, answers);
    this.#journal = opened.journal;
    await this.#complete(opened);
    this.#broken = undefined;
  }

  async #complete({ journal, pending, ledger }: Awaited<ReturnType<typeof AccountJournal.open>>): Promise<void> {
    await this.#files.begin(ledger, pending);
    if (pending.length > 0 || journal.octets >= this.#options.journalOctets) await journal.compact(this.#files.ledger);
  }

  async #find(name: SequenceName): Promise<FileName | undefined> {
    await this.#whole();
    const { ledger } = this.#files;
    const file = ledger.fileOf(name);
    if (file !== undefined || name.stage !== undefined || (name.epoch ?? 0) === ledger.end(name.store).epoch) return file;
    if (name.epoch === undefined) return undefined;
    throw new MeshError("ERR_NOT_FOUND", `no epoch ${name.epoch} of ${name.store} is kept`);
  }

  async *#read(name: SequenceName, frames: ReadFrames): AsyncGenerator<SequenceFrame, void, undefined> {
    const file = await this.#find(name);
    if (file !== undefined) yield* this.#files.read(file, frames);
  }

  async #make(step: Step): Promise<() => void> {
    const note = await this.#files.make(step);
    this.#options.fault(step.kind === "switch" ? "store-switched" : "store-appended");
    return note;
  }

  async #note(staged: Staged): Promise<void> {
    await this.#journal.staged(staged);
    this.#noted.set(staged.number, staged.since);
    if (this.#files.ledger.stageOf(staged.store, staged.stage.sender) === undefined) this.#files.ledger.addStage(storeStage(staged));
  }

  async #drop(file: FileName): Promise<void> {
    await this.#journal.gone(file);
    this.#options.fault("drop-recorded");
    await this.#files.make({ kind: "gone", file });
    if (file.number !== undefined) this.#noted.delete(file.number);
  }

  /** A change that is made stays made whether the journal can be written anew now or only later. */
  async #compact(): Promise<void> {
    const { journalOctets, dir, log } = this.#options;
    if (this.#journal.octets < journalOctets) return;
    try {
      await this.#journal.compact(this.#files.ledger);
    } catch (error) {
      const { code, message } = asMeshError(error);
      log.warn("journal.not-compacted", { path: join(dir, "journal"), code, reason: message });
    }
  }

  /** There is no room for the evidence, or others need what the frame carries. */
  #keepBody(error: unknown): void {
    if (!isMeshError(error, "ERR_TOO_LARGE") && !isMeshError(error, "ERR_KEY")) throw error;
    this.#options.log.warn("store.not-erased", { reason: error.message });
  }

  #requireEnd({ store, epoch, index }: Expected): void {
    const end = this.#files.ledger.end(store);
    if (endsAt(end, { epoch, index })) return;
    const place = (at: number, of: number): string => (of === 0 ? `${at}` : `${at} of epoch ${of}`);
    throw new MeshError("ERR_CONFLICT", `${store} ends at ${place(end.count, end.epoch)}, not at ${place(index, epoch)}`);
  }

  #fileSwitch({ store, stage, former, count, time }: Switch): FileSwitch {
    this.#requireEnd({ store, ...former });
    const staged = this.#files.ledger.stageOf(store, stage.sender);
    const { number } = staged ?? {};
    if (number === undefined || staged?.stage.name !== stage.name || !endsAt(staged.end, { epoch: former.epoch + 1, index: count })) {
      throw new MeshError("ERR_NOT_FOUND", `nothing of that end is staged for ${store}`);
    }
    return { file: { store, epoch: former.epoch + 1, number }, count, time };
  }
}
