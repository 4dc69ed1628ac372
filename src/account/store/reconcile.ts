/** Changes that meet another machine's: what each was to make of its entry when it was sent first, and what it comes to on the newer entry. */
import type { Clock } from "../../base/clock.ts";
import { dateTime } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { Datum } from "../../codec/index.ts";
import { tag } from "../../codec/index.ts";
import { newNonce } from "../../crypto/index.ts";
import { CatalogedConflict, conflictPrefix } from "../../schema/index.ts";
import type { EntryChange, PreparedGroup } from "./catalog-group.ts";
import type { CatalogReplica } from "./catalog-replica.ts";
import { mergeEntry } from "./merge.ts";

/** An entry before a change, and after it. */
export interface FirstSent {
  readonly base: Datum | undefined;
  readonly mine: Datum | undefined;
}

/** Who keeps what lost. */
export interface ConflictWriter {
  readonly deviceUdf: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** Conflicts that a catalog keeps; the oldest goes before there are more. */
export const mostConflicts = 256;

/** What a group makes of each entry that it changes once, to be merged with what others make of it. */
export function firstSent(
  replica: Pick<CatalogReplica, "get">,
  changes: readonly EntryChange[],
  group: PreparedGroup | undefined,
): ReadonlyMap<EntryChange, FirstSent> {
  const sent = new Map<EntryChange, FirstSent>();
  for (const change of changes) {
    const { key, merged } = change;
    if (merged === undefined || changes.some((other) => other !== change && other.key === key)) continue;
    const base = replica.get(key)?.entry;
    const update = group?.changes.find((made) => made.update.Key === key)?.update;
    sent.set(change, { base, mine: update === undefined ? base : update.Event === "Delete" ? undefined : update.Entry });
  }
  return sent;
}

/** The changes as they are to be made of the newer entries, and an entry for each that keeps what lost. */
export function reconcile(
  replica: Pick<CatalogReplica, "get" | "entries">,
  changes: readonly EntryChange[],
  sent: ReadonlyMap<EntryChange, FirstSent>,
  writer: ConflictWriter,
): readonly EntryChange[] {
  const kept: EntryChange[] = [];
  const made = changes.map((change): EntryChange => {
    const first = sent.get(change);
    const theirs = replica.get(change.key)?.entry;
    if (!first || change.merged === undefined || theirs === first.base) return change;
    const { entry, lost } = mergeEntry({ ...first, theirs, applied: change.change(theirs) }, change.merged);
    if (lost !== undefined) kept.push(conflictChange(lost, { of: change.key, isRemoved: entry === undefined }, writer));
    return { ...change, change: () => entry };
  });
  return [...made, ...oldest(replica, kept.length), ...kept];
}

/** The change that keeps what lost. */
export function conflictChange(
  lost: Datum,
  { of, isRemoved }: { readonly of: string; readonly isRemoved: boolean },
  writer: ConflictWriter,
): EntryChange {
  const { deviceUdf, clock, random } = writer;
  const conflict: CatalogedConflict = {
    Key: `${conflictPrefix}${newNonce(random)}`,
    Of: of,
    Lost: lost,
    Removed: isRemoved,
    Updated: dateTime(clock.now()),
    DeviceUdf: deviceUdf,
  };
  return { key: conflict.Key, change: () => tag(CatalogedConflict, conflict) };
}

/** Conflicts that go, so that others can be kept. */
function oldest(replica: Pick<CatalogReplica, "entries">, more: number): readonly EntryChange[] {
  if (more === 0) return [];
  const known = [...replica.entries()].filter(({ key }) => key.startsWith(conflictPrefix)).sort((a, b) => a.index - b.index);
  return known.slice(0, Math.max(0, known.length + more - mostConflicts)).map(({ key }) => ({ key, change: () => undefined }));
}
