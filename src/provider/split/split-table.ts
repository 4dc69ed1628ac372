/**
 * What MMM_Joined says of split administration, as the service goes by it: which splits are stopped, and what each number of one is used for. A number
 * that was ever used stays used. docs/extensions.md §16; test/model/split.pml states the rules for spin.
 */
import type { CatalogUpdate } from "../../schema/index.ts";
import { CatalogedJoined, SplitFreeze } from "../../schema/index.ts";
import { entryOf } from "../account/entry.ts";

/** Splits by id. Fed with the catalog's updates in their order. */
export class SplitTable {
  readonly #frozen = new Set<string>();
  readonly #digests = new Map<string, Map<number, Uint8Array>>();

  /** Takes over an update that was checked before it was written: see joined-check.ts. */
  apply(update: CatalogUpdate): void {
    const [kind, id = ""] = update.Key.split(":");
    if (kind === "freeze") {
      const isFrozen = update.Event !== "Delete" && entryOf(SplitFreeze, update).Frozen;
      if (isFrozen) this.#frozen.add(id);
      else this.#frozen.delete(id);
    }
    if (kind !== "joined" || update.Event === "Delete") return;
    const { SplitId, Serial, Digest } = entryOf(CatalogedJoined, update);
    const used = this.#digests.get(SplitId) ?? new Map<number, Uint8Array>();
    if (!used.has(Serial)) used.set(Serial, Digest);
    this.#digests.set(SplitId, used);
  }

  isFrozen(splitId: string): boolean {
    return this.#frozen.has(splitId);
  }

  /** What a number is used for. */
  digest(splitId: string, serial: number): Uint8Array | undefined {
    return this.#digests.get(splitId)?.get(serial);
  }
}
