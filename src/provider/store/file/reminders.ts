/**
 * Which accounts are to be looked after, and when: a file for each in one directory, named as the account's folder, with the milliseconds since
 * 1970 as its text, and after them the terms that they were reckoned by. Read once and kept in memory. A service that now keeps something for a
 * shorter time looks at once where a longer one was reckoned with.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileError, readFileIfExists, writeFileAtomic } from "../../../base/atomic-file.ts";
import { fromUtf8, utf8 } from "../../../base/bytes.ts";
import { makeDirectory } from "../../../base/directory.ts";

const namePattern = /^[0-9a-f]{64}$/;
const textPattern = /^\d{1,15}( \d{1,15}){0,16}$/;

/** Reminders of accounts by their folders. */
export class Reminders {
  readonly #dir: string;
  /** How long things are kept, in milliseconds, always in the same order. */
  readonly #terms: readonly number[];
  readonly #times = new Map<string, number>();

  constructor(dir: string, terms: readonly number[]) {
    this.#dir = dir;
    this.#terms = terms.map(Math.floor);
  }

  /** Reads what is there. One that cannot be read, or was reckoned by longer terms, or by none that it says, is due at once. */
  async open(): Promise<void> {
    await makeDirectory(this.#dir);
    for (const name of await readdir(this.#dir)) {
      if (!namePattern.test(name)) continue;
      const text = fromUtf8((await readFileIfExists(join(this.#dir, name))) ?? new Uint8Array());
      this.#times.set(name, this.#timeOf(text));
    }
  }

  #timeOf(text: string): number {
    if (!textPattern.test(text)) return 0;
    const [time = 0, ...terms] = text.split(" ").map(Number);
    return this.#terms.every((term, at) => term >= (terms[at] ?? Number.POSITIVE_INFINITY)) ? time : 0;
  }

  /** Folders whose time has come, those that wait longest first. */
  due(now: number): readonly string[] {
    const found = [...this.#times].filter(([, time]) => time <= now);
    return found.sort(([, a], [, b]) => a - b).map(([name]) => name);
  }

  /** Sets a time unless an earlier one is set, durably. */
  async atLatest(name: string, time: number): Promise<void> {
    if ((this.#times.get(name) ?? Number.POSITIVE_INFINITY) > time) await this.set(name, time);
  }

  /** Replaces the time, durably; undefined takes it away. */
  async set(name: string, time: number | undefined): Promise<void> {
    const path = join(this.#dir, name);
    if (time !== undefined) {
      await writeFileAtomic(path, utf8([Math.floor(time), ...this.#terms].join(" ")));
      this.#times.set(name, time);
    } else if (this.#times.delete(name)) {
      await rm(path, { force: true }).catch((error: unknown) => {
        throw fileError(error, `cannot remove ${path}`);
      });
    }
  }
}
