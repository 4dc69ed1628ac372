/** What two copies of a catalog hold, compared, and what makes one like the other. An epoch is begun with what the former one held (docs/extensions.md §5). */
import { equalBytes } from "../../base/bytes.ts";
import type { Datum } from "../../codec/index.ts";
import { encodeJson } from "../../codec/index.ts";
import type { EntryChange } from "../store/catalog-group.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";

/** What of a copy is compared. */
export type CatalogState = Pick<CatalogReplica, "entries" | "get" | "removals">;

/** How a copy differs from another. */
export interface Difference {
  readonly key: string;
  readonly how: "missing" | "altered" | "added";
}

/** The first difference between what an epoch was begun with and what the former one held; undefined when there is none. */
export function differenceOf(begun: CatalogState, former: CatalogState): Difference | undefined {
  const [carried, removals] = [begun.removals(), former.removals()];
  for (const [at, { key, last, removal }] of removals.entries()) {
    const found = carried[at];
    if (!found) return { key, how: "missing" };
    if (found.key !== key || !isSame(found.last, last) || !isSame(found.removal, removal)) return { key, how: "altered" };
  }
  const more = carried[removals.length];
  if (more) return { key: more.key, how: "added" };
  for (const { key, entry } of former.entries()) {
    const found = begun.get(key);
    if (!found) return { key, how: "missing" };
    if (!isSame(found.entry, entry)) return { key, how: "altered" };
  }
  for (const { key } of begun.entries()) if (!former.get(key)) return { key, how: "added" };
  return undefined;
}

/** The changes after which a copy holds what the former one does: removals, for ever, then live entries. None when it does already. */
export function changesTo(begun: CatalogState, former: CatalogState): readonly EntryChange[] {
  const changes: EntryChange[] = [];
  for (const { key, last, removal } of former.removals().slice(begun.removals().length)) {
    changes.push({ key, change: (current) => sameOr(current, last) }, { key, change: () => undefined, removal });
  }
  const touched = new Set(changes.map(({ key }) => key));
  for (const { key, entry } of former.entries()) {
    const known = begun.get(key);
    if (touched.has(key) || !known || !isSame(known.entry, entry)) changes.push({ key, change: (current) => sameOr(current, entry) });
  }
  for (const { key } of begun.entries()) if (!touched.has(key) && !former.get(key)) changes.push({ key, change: () => undefined });
  return changes;
}

/** The same object again means: no change. */
export function sameOr(current: Datum | undefined, wanted: Datum): Datum {
  return current !== undefined && isSame(current, wanted) ? current : wanted;
}

export function isSame(a: Datum, b: Datum): boolean {
  return a === b || equalBytes(encodeJson(a), encodeJson(b));
}
