/** The sequence files of an account, one per store, opened together. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../../base/log.ts";
import { SequenceFile, TreeFrontier } from "../../../dare/index.ts";
import type { ContainerStatus } from "../../../protocol/index.ts";
import type { StoreLabel } from "../../../schema/index.ts";
import { storeLabels } from "../../../schema/index.ts";
import type { Append } from "./journal.ts";

const suffix = ".dare";

/** Stores that exist. A store begins with its first append. */
export class StoreSet {
  readonly #dir: string;
  readonly #log: Log;
  readonly #files = new Map<StoreLabel, SequenceFile>();

  private constructor(dir: string, log: Log) {
    this.#dir = dir;
    this.#log = log;
  }

  /** Opens every store of a folder; torn tails are cut. ERR_STORE_DAMAGED names the file, and nothing stays open. */
  static async open(dir: string, log: Log): Promise<StoreSet> {
    const set = new StoreSet(dir, log);
    try {
      const names = new Set(await readdir(dir));
      for (const label of storeLabels) if (names.has(`${label}${suffix}`)) await set.#open(label);
    } catch (error) {
      await set.close();
      throw error;
    }
    return set;
  }

  /** The file of a store; undefined when nothing was ever appended. */
  get(label: StoreLabel): SequenceFile | undefined {
    return this.#files.get(label);
  }

  /** What the next frame of a store refers to. */
  frontier(label: StoreLabel): TreeFrontier {
    return this.#files.get(label)?.frontier() ?? new TreeFrontier();
  }

  /** How far a store has grown. */
  status(label: StoreLabel): ContainerStatus {
    const file = this.#files.get(label);
    const digest = file?.lastTreeDigest;
    return { Container: label, Index: file?.count ?? 0, ...(digest === undefined ? {} : { Digest: digest }) };
  }

  /** Appends the frames that the store does not have yet, durably. ERR_CONFLICT when frames before them are missing. */
  async append({ label, index, frames }: Append): Promise<void> {
    const file = this.#files.get(label) ?? (await this.#open(label));
    const have = file.count - index;
    if (have < frames.length) await file.append(have > 0 ? frames.slice(have) : frames);
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await file.close();
    this.#files.clear();
  }

  async #open(label: StoreLabel): Promise<SequenceFile> {
    const file = await SequenceFile.open({ path: join(this.#dir, `${label}${suffix}`), create: true, log: this.#log });
    this.#files.set(label, file);
    return file;
  }
}
