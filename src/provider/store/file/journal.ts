/**
 * The journal of an account: every change of its stores is here, whole and on the disk, before the first store is touched; so a crash
 * leaves all of it or nothing (extensions §5). Opening gives what the stores may lack. The same records hold the answers to requests and
 * the deliveries to other accounts that are still to be made. Appending again is harmless because every frame knows its index. Stores are
 * synced before a commit ends, so compaction drops all frames; its cost is bounded by what was written since the one before. Pages of staged
 * sequences do not pass through it: that one was begun stands here, how far it has come is what its file says.
 */
import { join } from "node:path";
import { Journal } from "../../../base/journal.ts";
import type { StoreLabel } from "../../../schema/index.ts";
import { storeLabel } from "../../../schema/index.ts";
import type { Answer, Append, Commit, Delivery, OpenDeliveries } from "../service-store.ts";
import { AnswerSegments } from "./answer-segments.ts";
import type { AnswerBounds } from "./kept-answers.ts";
import { KeptAnswers } from "./kept-answers.ts";
import type { FileName, Staged, StoredStage } from "./ledger.ts";
import { Ledger, storeStage } from "./ledger.ts";
import { loadAnswer, loadAppend, loadFile, type Stored, type StoredCommit, storeCommit, storeFile } from "./stored-commit.ts";

/** A staged file that comes in force. */
export interface FileSwitch {
  readonly file: Required<FileName>;
  /** Frames that it has then. */
  readonly count: number;
  readonly time: number;
}

/** One thing that is done to the files. Doing it again changes nothing. */
export type Step =
  | { readonly kind: "append"; readonly append: Append }
  | { readonly kind: "switch"; readonly change: FileSwitch }
  | { readonly kind: "staged"; readonly staged: StoredStage }
  | { readonly kind: "gone"; readonly file: FileName }
  | { readonly kind: "swept"; readonly store: StoreLabel; readonly epoch: number; readonly to: number };

/** What opening found. */
export interface OpenedAccountJournal {
  readonly journal: AccountJournal;
  /** Steps to make sure of, in their order. */
  readonly pending: readonly Step[];
  /** What there was before them; undefined when that was never written. */
  readonly ledger: Ledger | undefined;
}

/** The open journal of one account. Calls come one at a time. */
export class AccountJournal {
  readonly #path: string;
  readonly #journal: Journal<Stored>;
  readonly #answers: KeptAnswers;
  readonly #segments: AnswerSegments;
  readonly #deliveries = new Map<number, readonly Delivery[]>();
  /** Answers that stand in no segment. */
  #fresh: Answer[] = [];
  #nextId = 1;
  #isSettled = false;

  private constructor(parts: {
    readonly path: string;
    readonly journal: Journal<Stored>;
    readonly answers: KeptAnswers;
    readonly segments: AnswerSegments;
  }) {
    this.#path = parts.path;
    this.#journal = parts.journal;
    this.#answers = parts.answers;
    this.#segments = parts.segments;
  }

  /** ERR_STORE_DAMAGED. */
  static async open(dir: string, bounds: AnswerBounds): Promise<OpenedAccountJournal> {
    const path = join(dir, "journal");
    const answers = new KeptAnswers(bounds);
    const segments = await AnswerSegments.open(dir, answers);
    const { journal, records } = await Journal.open<Stored>({ path });
    const own = new AccountJournal({ path, journal, answers, segments });
    try {
      return { journal: own, ...own.#takeAll(records) };
    } catch (error) {
      await journal.close();
      throw error;
    }
  }

  /** Octets of its file. */
  get octets(): number {
    return this.#journal.octets;
  }

  get deliveries(): OpenDeliveries {
    return this.#deliveries;
  }

  get answers(): Pick<KeptAnswers, "get" | "count" | "octets"> {
    return this.#answers;
  }

  /** Makes a change certain; gives its number. ERR_TOO_LARGE, ERR_DISK_FULL (nothing happened), ERR_STORE. */
  async record(commit: Commit, switches: readonly FileSwitch[]): Promise<number> {
    const id = this.#nextId++;
    const stored = switches.map(({ file: { store, epoch, number }, count, time }) => ({ label: store, epoch, number, count, time }));
    await this.#journal.append(storeCommit(id, commit, stored));
    this.#isSettled = false;
    this.#note(commit);
    if (commit.deliveries !== undefined) this.#deliveries.set(id, commit.deliveries);
    return id;
  }

  /** Notes that deliveries of a commit are over. */
  async delivered(id: number, of: readonly Delivery[]): Promise<void> {
    if (!this.#deliveries.has(id)) return;
    this.#over(id, of);
    await this.#journal.append({ kind: "delivered", id, of });
  }

  /** A number for a staged file, which no other has. */
  nextNumber(): number {
    return this.#nextId++;
  }

  /** Notes that a staged sequence begins, or that it was added to. */
  async staged(staged: Staged): Promise<void> {
    await this.#journal.append({ kind: "staged", ...storeStage(staged) });
    this.#isSettled = false;
  }

  /** Notes that a file is to be removed. */
  async gone(file: FileName): Promise<void> {
    await this.#journal.append({ kind: "gone", ...storeFile(file) });
    this.#isSettled = false;
  }

  /** Notes up to where bodies were erased. */
  async swept(store: StoreLabel, epoch: number, to: number): Promise<void> {
    await this.#journal.append({ kind: "swept", label: store, epoch, to });
    this.#isSettled = false;
  }

  /** True while it holds nothing that the files lack, nor any frame of theirs. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Notes that the files have everything, so that the next opening need not look. */
  async settle(ledger: Ledger): Promise<void> {
    if (this.#isSettled) return;
    await this.#journal.append(this.#settled(ledger));
    this.#isSettled = true;
  }

  /** Drops what has served. The files must be synced and be what the ledger says. */
  async compact(ledger: Ledger): Promise<void> {
    const fresh = this.#fresh.filter((answer) => this.#answers.has(answer));
    await this.#segments.add(fresh);
    this.#fresh = [];
    const kept: Stored[] = [this.#settled(ledger)];
    for (const [id, deliveries] of this.#deliveries) kept.push({ kind: "commit", id, appends: [], deliveries });
    await this.#journal.rewrite(kept);
    this.#isSettled = true;
    await this.#segments.prune(this.#answers);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  #takeAll(records: readonly Stored[]): Pick<OpenedAccountJournal, "pending" | "ledger"> {
    let pending: Step[] = [];
    let ledger: Ledger | undefined;
    for (const record of records) {
      if (record.kind === "settled") {
        pending = [];
        ledger = Ledger.load(record);
      }
      for (const step of this.#take(record)) pending.push(step);
    }
    this.#isSettled = ledger !== undefined && pending.length === 0;
    return { pending, ledger };
  }

  #settled(ledger: Ledger): Stored {
    return { kind: "settled", id: this.#nextId - 1, ...ledger.store() };
  }

  #over(id: number, of?: readonly Delivery[]): void {
    const left = of && this.#deliveries.get(id)?.filter((open) => !of.some((made) => isSame(open, made)));
    if (left === undefined || left.length === 0) this.#deliveries.delete(id);
    else this.#deliveries.set(id, left);
  }

  #note({ answer, seen }: Pick<Commit, "answer" | "seen">): void {
    for (const requestId of seen?.requestIds ?? []) this.#answers.forget({ sender: seen?.sender ?? "", requestId });
    if (answer === undefined) return;
    this.#answers.add(answer);
    this.#fresh.push(answer);
  }

  #take(record: Stored): readonly Step[] {
    switch (record.kind) {
      case "delivered":
        this.#over(record.id, record.of);
        return [];
      case "settled":
        this.#nextId = Math.max(this.#nextId, record.id + 1);
        return [];
      case "answer":
        return [];
      case "staged":
        this.#nextId = Math.max(this.#nextId, record.number + 1);
        return [{ kind: "staged", staged: record }];
      case "gone":
        return [{ kind: "gone", file: loadFile(record) }];
      case "swept":
        return [{ kind: "swept", store: storeLabel(record.label), epoch: record.epoch, to: record.to }];
      case "commit":
        return this.#takeCommit(record);
    }
  }

  #takeCommit({ id, appends, switches = [], answer, seen, deliveries }: StoredCommit): readonly Step[] {
    this.#nextId = Math.max(this.#nextId, id + 1);
    this.#note({ ...(answer === undefined ? {} : { answer: loadAnswer(answer) }), ...(seen === undefined ? {} : { seen }) });
    if (deliveries !== undefined) this.#deliveries.set(id, deliveries);
    return [
      ...appends.map((append): Step => ({ kind: "append", append: loadAppend(append, this.#path) })),
      ...switches.map(({ label, epoch, number, count, time }): Step => {
        return { kind: "switch", change: { file: { store: storeLabel(label), epoch, number }, count, time } };
      }),
    ];
  }
}

function isSame(a: Delivery, b: Delivery): boolean {
  return a.spool === b.spool && a.index === b.index && a.account === b.account;
}
