/**
 * Three-way merge of one entry that two machines have changed at once (docs/extensions.md §5): a member that one side changed is as that side has it, lists
 * are united, and of a scalar that both changed the later one counts. What loses is handed back, to be kept.
 */
import { equalBytes } from "../../base/bytes.ts";
import type { Datum, DatumObject } from "../../codec/index.ts";
import { encodeJson, isObject, untag } from "../../codec/index.ts";

/** Members that are merged; "all" for a change that puts an entry in the place of whatever stands. */
export type MergedMembers = readonly string[] | "all";

/** Tagged entries; undefined means that there is none. */
export interface Sides {
  /** What both went on from. */
  readonly base: Datum | undefined;
  readonly mine: Datum | undefined;
  readonly theirs: Datum | undefined;
  /** What this side's change makes of theirs. */
  readonly applied: Datum | undefined;
}

/** What two changes come to. */
export interface Merged {
  readonly entry: Datum | undefined;
  /** The tagged members that lost; all of the entry where it was removed. */
  readonly lost?: Datum;
}

/** Merges the two changes. The same object as `theirs` means that nothing is to be written. */
export function mergeEntry({ base, mine, theirs, applied }: Sides, members: MergedMembers): Merged {
  if (theirs === undefined || isSame(theirs, base)) return { entry: applied };
  if (applied === undefined) return { entry: undefined, lost: theirs };
  const [tag, wanted] = untag(applied, "Entry");
  const [, there] = untag(theirs, "Entry");
  if (!isObject(wanted) || !isObject(there) || !isTagged(theirs, tag)) return { entry: applied };
  const before = membersOf(base, tag);
  const here = membersOf(mine, tag);
  const isMineLater = !(isText(there.Updated) && isText(here.Updated) && there.Updated > here.Updated);
  const merged: DatumObject = { ...wanted };
  const lost: DatumObject = {};
  const named = members === "all" ? [...new Set([before, here, there].flatMap(Object.keys))] : members;
  for (const name of named.filter((member) => member !== "Updated")) {
    const [b, m, t] = [before[name], here[name], there[name]];
    if (isSame(m, b)) set(merged, name, t);
    else if (isSame(t, b) || isSame(t, m)) continue;
    else if (Array.isArray(m) && Array.isArray(t)) merged[name] = unite(Array.isArray(b) ? b : [], m, t);
    else {
      set(lost, name, isMineLater ? t : m);
      if (!isMineLater) set(merged, name, t);
    }
  }
  if (isText(there.Updated) && isText(merged.Updated) && there.Updated > merged.Updated) merged.Updated = there.Updated;
  const entry = isSame(merged, there) ? theirs : { [tag]: merged };
  return Object.keys(lost).length === 0 ? { entry } : { entry, lost: { [tag]: lost } };
}

/** What either side has added, without what either has taken out. */
function unite(base: readonly Datum[], mine: readonly Datum[], theirs: readonly Datum[]): readonly Datum[] {
  const has = (list: readonly Datum[], item: Datum): boolean => list.some((other) => isSame(other, item));
  const kept = theirs.filter((item) => has(mine, item) || !has(base, item));
  return [...kept, ...mine.filter((item) => !has(theirs, item) && !has(base, item))];
}

function membersOf(entry: Datum | undefined, tag: string): DatumObject {
  const found = isTagged(entry, tag) ? entry[tag] : undefined;
  return isObject(found) ? found : {};
}

function isTagged(entry: Datum | undefined, tag: string): entry is DatumObject {
  return isObject(entry) && entry[tag] !== undefined;
}

function set(target: DatumObject, name: string, value: Datum | undefined): void {
  if (value === undefined) delete target[name];
  else target[name] = value;
}

function isText(value: Datum | undefined): value is string {
  return typeof value === "string";
}

function isSame(a: Datum | undefined, b: Datum | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && equalBytes(encodeJson(a), encodeJson(b)));
}
