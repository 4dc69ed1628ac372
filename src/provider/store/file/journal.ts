/**
 * The journal of an account: every change of its stores is here, whole and on the disk, before the first store is touched; so a crash
 * leaves all of it or nothing (extensions §5). Opening gives what the stores may lack. The same records hold the answers to requests and
 * the deliveries to other accounts that are still to be made. Appending again is harmless because every frame knows its index. Stores are
 * synced before a commit ends, so compaction drops all frames; its cost is bounded by what was written since the one before.
 */
import { join } from "node:path";
import { Journal } from "../../../base/journal.ts";
import type { Answer, Append, Commit, Delivery, OpenDeliveries, StoreEnds } from "../service-store.ts";
import { AnswerSegments } from "./answer-segments.ts";
import type { AnswerBounds } from "./kept-answers.ts";
import { KeptAnswers } from "./kept-answers.ts";
import { loadAnswer, loadAppend, loadEnds, type Stored, storeCommit, storeEnds } from "./stored-commit.ts";

/** What opening found. */
export interface OpenedAccountJournal {
  readonly journal: AccountJournal;
  /** Appends to make sure of, in their order. */
  readonly pending: readonly Append[];
  /** Where the stores ended before them; undefined when that was never written. */
  readonly ends: StoreEnds | undefined;
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
  async record(commit: Commit): Promise<number> {
    const id = this.#nextId++;
    await this.#journal.append(storeCommit(id, commit));
    this.#isSettled = false;
    this.#note(commit);
    if (commit.deliveries !== undefined) this.#deliveries.set(id, commit.deliveries);
    return id;
  }

  /** Notes that the deliveries of a commit were made. */
  async delivered(id: number): Promise<void> {
    if (!this.#deliveries.delete(id)) return;
    await this.#journal.append({ kind: "delivered", id });
  }

  /** Notes that the stores have everything and end there, so that the next opening need not look. */
  async settle(ends: StoreEnds): Promise<void> {
    if (this.#isSettled) return;
    await this.#journal.append(this.#settled(ends));
    this.#isSettled = true;
  }

  /** Drops what has served. The stores must be synced and end there. */
  async compact(ends: StoreEnds): Promise<void> {
    const fresh = this.#fresh.filter((answer) => this.#answers.has(answer));
    await this.#segments.add(fresh);
    this.#fresh = [];
    const kept: Stored[] = [this.#settled(ends)];
    for (const [id, deliveries] of this.#deliveries) kept.push({ kind: "commit", id, appends: [], deliveries });
    await this.#journal.rewrite(kept);
    this.#isSettled = true;
    await this.#segments.prune(this.#answers);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  #takeAll(records: readonly Stored[]): Pick<OpenedAccountJournal, "pending" | "ends"> {
    let pending: Append[] = [];
    let ends: StoreEnds | undefined;
    for (const record of records) {
      if (record.kind === "settled") {
        pending = [];
        ends = loadEnds(record.ends);
      }
      for (const append of this.#take(record)) pending.push(append);
    }
    this.#isSettled = ends !== undefined && pending.length === 0;
    return { pending, ends };
  }

  #settled(ends: StoreEnds): Stored {
    return { kind: "settled", id: this.#nextId - 1, ends: storeEnds(ends) };
  }

  #note({ answer, seen }: Pick<Commit, "answer" | "seen">): void {
    for (const requestId of seen?.requestIds ?? []) this.#answers.forget({ sender: seen?.sender ?? "", requestId });
    if (answer === undefined) return;
    this.#answers.add(answer);
    this.#fresh.push(answer);
  }

  #take(record: Stored): readonly Append[] {
    switch (record.kind) {
      case "delivered":
        this.#deliveries.delete(record.id);
        return [];
      case "settled":
        this.#nextId = Math.max(this.#nextId, record.id + 1);
        return [];
      case "answer":
        return [];
      case "commit": {
        this.#nextId = Math.max(this.#nextId, record.id + 1);
        const { answer, seen, deliveries } = record;
        this.#note({ ...(answer === undefined ? {} : { answer: loadAnswer(answer) }), ...(seen === undefined ? {} : { seen }) });
        if (deliveries !== undefined) this.#deliveries.set(record.id, deliveries);
        return record.appends.map((append) => loadAppend(append, this.#path));
      }
    }
  }
}
