/**
 * Files `answers-<n>`: the answers that were new at one compaction of the journal and not yet seen by their senders. A segment is written
 * once and removed whole, when none of its answers is kept any more or there are too many segments; so no answer is ever written anew.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "../../../base/atomic-file.ts";
import { Journal } from "../../../base/journal.ts";
import type { Answer } from "../service-store.ts";
import type { KeptAnswers } from "./kept-answers.ts";
import { loadAnswer, type Stored, storeAnswer } from "./stored-commit.ts";

const namePattern = /^answers-(\d{1,15})$/;
const maxSegments = 32;

type RequestName = Pick<Answer, "sender" | "requestId">;

/** The segments of one account. */
export class AnswerSegments {
  readonly #dir: string;
  /** Oldest first. */
  readonly #segments: { readonly number: number; readonly names: readonly RequestName[] }[] = [];

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** Reads every segment into `answers`. ERR_STORE_DAMAGED. */
  static async open(dir: string, answers: KeptAnswers): Promise<AnswerSegments> {
    const segments = new AnswerSegments(dir);
    const numbers = (await readdir(dir)).flatMap((name) => namePattern.exec(name)?.[1] ?? []).map(Number);
    for (const number of numbers.sort((a, b) => a - b)) {
      const { journal, records } = await Journal.open<Stored>({ path: segments.#path(number) });
      await journal.close();
      const read = records.flatMap((record) => (record.kind === "answer" ? [loadAnswer(record.answer)] : []));
      for (const answer of read) answers.add(answer);
      segments.#segments.push({ number, names: read.map(nameOf) });
    }
    return segments;
  }

  /** Writes a segment, durably. ERR_DISK_FULL, ERR_STORE. */
  async add(fresh: readonly Answer[]): Promise<void> {
    if (fresh.length === 0) return;
    const number = (this.#segments.at(-1)?.number ?? 0) + 1;
    const { journal } = await Journal.open<Stored>({ path: this.#path(number) });
    try {
      await Promise.all(fresh.map((answer) => journal.append({ kind: "answer", answer: storeAnswer(answer) })));
    } finally {
      await journal.close();
    }
    this.#segments.push({ number, names: fresh.map(nameOf) });
  }

  /** Removes what holds nothing that is kept. */
  async prune(answers: KeptAnswers): Promise<void> {
    for (const segment of [...this.#segments]) {
      const isTooMuch = this.#segments.length > maxSegments;
      if (!isTooMuch && segment.names.some((name) => answers.has(name))) continue;
      try {
        await rm(this.#path(segment.number), { force: true });
      } catch (error) {
        throw fileError(error, `cannot remove ${this.#path(segment.number)}`);
      }
      for (const name of segment.names) answers.forget(name);
      this.#segments.splice(this.#segments.indexOf(segment), 1);
    }
  }

  #path(number: number): string {
    return join(this.#dir, `answers-${number}`);
  }
}

function nameOf({ sender, requestId }: Answer): RequestName {
  return { sender, requestId };
}
