/**
 * Two histories of a catalog that went apart, united (docs/extensions.md §5, Repair): every removal of either stays one, what one of them alone has changed is
 * as that one has it, and of an entry that both have changed the later stands, a denial before anything else.
 */
import type { Datum, DatumObject } from "../../codec/index.ts";
import { isObject } from "../../codec/index.ts";
import type { CatalogLabel } from "../../schema/index.ts";
import { accessCatalog, contactCatalog, deviceCatalog, placeCatalog } from "../../schema/index.ts";
import type { EntryChange } from "../store/catalog-group.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { decodeEntry } from "../store/entry.ts";
import { LiveEntries } from "../store/live-entries.ts";
import { mergeEntry } from "../store/merge.ts";
import type { CatalogState } from "./same-state.ts";
import { isSame, sameOr } from "./same-state.ts";

/** What makes one history hold what both do. */
export interface Union {
  readonly changes: readonly EntryChange[];
  /** Members that people change and that lost, by the key of their entry. */
  readonly lost: readonly { readonly of: string; readonly lost: Datum }[];
}

/** The state of a catalog after its first frames. */
export async function stateAt(replica: CatalogReplica, count: number): Promise<LiveEntries> {
  const state = new LiveEntries();
  for await (const change of replica.updates()) {
    if (change.index >= count) break;
    state.apply([change]);
  }
  return state;
}

/** The same, as copies are compared. */
export function stateOf(state: LiveEntries): CatalogState {
  return { entries: () => state.entries.values(), get: (key) => state.entries.get(key), removals: () => state.removed };
}

/** Number of first frames that two copies of an epoch have in common. Cost = log of the frames. */
export async function commonFrames(a: CatalogReplica, b: CatalogReplica): Promise<number> {
  let [least, most] = [0, Math.min(a.count, b.count)];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (isSameDigest(await a.treeDigestAt(middle - 1), await b.treeDigestAt(middle - 1))) least = middle;
    else most = middle - 1;
  }
  return least;
}

function isSameDigest(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && isSame(a, b);
}

/** The changes of `theirs` after which it holds what `mine` does, too; `base` is what both went on from. */
export function unite(label: CatalogLabel, sides: { readonly base: LiveEntries; readonly mine: CatalogState; readonly theirs: CatalogState }): Union {
  const { base, mine, theirs } = sides;
  const changes: EntryChange[] = [];
  const lost: { of: string; lost: Datum }[] = [];
  const known = theirs.removals();
  const removed = new Set(known.slice(base.removed.length).map(({ key }) => key));
  for (const { key, last, removal } of mine.removals().slice(base.removed.length)) {
    if (known.some((other) => other.key === key && isSame(other.removal, removal))) continue;
    removed.add(key);
    changes.push({ key, change: (current) => sameOr(current, last) }, { key, change: () => undefined, removal });
  }
  for (const key of new Set([...base.entries.keys(), ...[...mine.entries()].map((entry) => entry.key)])) {
    const [b, m, t] = [base.entries.get(key)?.entry, mine.get(key)?.entry, theirs.get(key)?.entry];
    if (removed.has(key) || isEqual(m, t) || isEqual(m, b)) continue;
    if (isEqual(t, b) || t === undefined) {
      changes.push({ key, change: () => m });
    } else if (m !== undefined) {
      const applied = isBefore(label, m, t) ? t : m;
      const merged = mergeEntry({ base: b, mine: m, theirs: t, applied }, byHand[label] ?? []);
      changes.push({ key, change: (current) => (merged.entry === undefined ? undefined : sameOr(current, merged.entry)) });
      if (merged.lost !== undefined) lost.push({ of: key, lost: merged.lost });
    }
  }
  return { changes, lost };
}

const byHand: Partial<Record<CatalogLabel, readonly string[]>> = Object.fromEntries(
  [deviceCatalog, placeCatalog, contactCatalog].map((catalog) => [catalog.label, catalog.byHand ?? []]),
);

/** Counters and times that say which of two entries is the later one. */
const orders = ["DealEpoch", "Sequence", "Updated"] as const;

function isBefore(label: CatalogLabel, mine: Datum, theirs: Datum): boolean {
  if (label === "MMM_Access") {
    const [m, t] = [mine, theirs].map((entry) => decodeEntry(accessCatalog.entry, entry)?.Capability.value);
    if (m && t && m.Active !== t.Active) return m.Active;
    if (m && t) return (m.Activation?.Version ?? 0) < (t.Activation?.Version ?? 0);
  }
  const [m, t] = [membersOf(mine), membersOf(theirs)];
  for (const name of orders) {
    const [a, b] = [m[name], t[name]];
    if (typeof a === "number" && typeof b === "number" && a !== b) return a < b;
    if (typeof a === "string" && typeof b === "string" && a !== b) return a < b;
  }
  return true;
}

function membersOf(entry: Datum): DatumObject {
  const members = isObject(entry) ? Object.values(entry)[0] : undefined;
  return isObject(members) ? members : {};
}

function isEqual(a: Datum | undefined, b: Datum | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && isSame(a, b));
}
