/** What a catalog holds after its updates: the live entries, and the deletes that said something. */
import type { Datum } from "../../codec/index.ts";
import type { CatalogUpdate } from "../../schema/index.ts";
import type { CatalogChange, CatalogEntry } from "./catalog-group.ts";
import type { LiveIndex } from "./live-index.ts";

/** An entry whose delete said something. */
export interface RemovedEntry {
  readonly key: string;
  /** The entry as it was last. */
  readonly last: Datum;
  /** What the delete carried. */
  readonly removal: Datum;
  /** The frames of the two. */
  readonly frames: readonly [last: number, removal: number];
}

/** The state of one catalog. */
export class LiveEntries {
  readonly entries = new Map<string, CatalogEntry>();
  readonly #removed: RemovedEntry[] = [];

  /** Every delete that said something, oldest first. */
  get removed(): readonly RemovedEntry[] {
    return this.#removed;
  }

  apply(changes: readonly CatalogChange[]): void {
    for (const { index, update } of changes) {
      const last = this.entries.get(update.Key);
      if (update.Event !== "Delete" && update.Entry !== undefined) {
        this.entries.set(update.Key, { key: update.Key, index, entry: update.Entry });
      } else {
        this.entries.delete(update.Key);
        if (last && update.Entry !== undefined) {
          this.#removed.push({ key: update.Key, last: last.entry, removal: update.Entry, frames: [last.index, index] });
        }
      }
    }
  }

  /**
   * The state that a live index speaks of; undefined when the frames that it names are not what they have to be.
   * @param read gives the update in a frame
   */
  static async restore({ live, removed }: LiveIndex, read: (index: number) => Promise<CatalogUpdate | undefined>): Promise<LiveEntries | undefined> {
    const state = new LiveEntries();
    const updates = new Map<number, CatalogUpdate>();
    for (const index of [...new Set([...live, ...removed.flat()])].sort((a, b) => a - b)) {
      const update = await read(index);
      if (!update) return undefined;
      updates.set(index, update);
    }
    for (const index of live) {
      const update = updates.get(index);
      if (!update || update.Event === "Delete" || update.Entry === undefined || state.entries.has(update.Key)) return undefined;
      state.entries.set(update.Key, { key: update.Key, index, entry: update.Entry });
    }
    for (const frames of removed) {
      const [last, removal] = frames.map((index) => updates.get(index));
      if (!last?.Entry || !removal?.Entry || removal.Event !== "Delete" || removal.Key !== last.Key) return undefined;
      state.#removed.push({ key: last.Key, last: last.Entry, removal: removal.Entry, frames });
    }
    return state;
  }

  /** The frames that a live index names. */
  frames(): Pick<LiveIndex, "live" | "removed"> {
    return { live: [...this.entries.values()].map(({ index }) => index), removed: this.#removed.map(({ frames }) => frames) };
  }
}
