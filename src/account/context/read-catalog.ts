/** What a catalog holds, as values: entries that cannot be read are told to the log and left out. */
import type { Log } from "../../base/log.ts";
import type { Catalog } from "../../schema/index.ts";
import type { CatalogEntry } from "../store/catalog-group.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { decodeEntry } from "../store/entry.ts";

/** A live entry, and the frame that it stands in. */
export interface ListedEntry<T> {
  readonly key: string;
  readonly index: number;
  readonly value: T;
}

/** The live entries. */
export function listEntries<T>(entries: Iterable<CatalogEntry>, { label, entry: struct }: Catalog<T>, log: Log): readonly ListedEntry<T>[] {
  const found: ListedEntry<T>[] = [];
  for (const { key, index, entry } of entries) {
    const value = decodeEntry(struct, entry, ({ message: reason }) => log.warn("entry.unreadable", { store: label, key, reason }));
    if (value !== undefined) found.push({ key, index, value });
  }
  return found;
}

/** Every update of sequences, of each the oldest first; the value of a delete is undefined. */
export async function listUpdates<T>(
  replicas: readonly CatalogReplica[],
  { entry: struct }: Catalog<T>,
): Promise<readonly ListedEntry<T | undefined>[]> {
  const found: ListedEntry<T | undefined>[] = [];
  for (const replica of replicas) {
    for await (const { index, update } of replica.updates()) {
      const value = update.Event === "Delete" || update.Entry === undefined ? undefined : decodeEntry(struct, update.Entry);
      found.push({ key: update.Key, index, value });
    }
  }
  return found;
}
