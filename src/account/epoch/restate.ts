/**
 * The heads that removals state, in a history that was united with another one. They name frames by digest, and frames of the history that was put aside are
 * nobody's any more: such a head becomes that of the last frame that both had (docs/extensions.md §5, Repair).
 */
import { equalBytes } from "../../base/bytes.ts";
import type { Datum } from "../../codec/index.ts";
import { tag } from "../../codec/index.ts";
import type { CatalogLabel, Head } from "../../schema/index.ts";
import { CatalogedDevice, DeviceRemoved } from "../../schema/index.ts";
import type { EntryChange } from "../store/catalog-group.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { decodeEntry } from "../store/entry.ts";
import type { RemovedEntry } from "../store/live-entries.ts";
import type { CatalogState } from "./same-state.ts";
import { isSame } from "./same-state.ts";

/** Where two histories of a store go apart. */
export interface Parting {
  /** The history that is gone on from, in the epoch in which they part. */
  readonly theirs: CatalogReplica;
  /** The last frame of both; undefined when they have none. */
  readonly end: Head | undefined;
  /** `theirs` was put aside, and the epochs after it were given back. */
  readonly isGiven: boolean;
}

/** Heads of removals and of rights that ended, by store. */
export type Partings = ReadonlyMap<CatalogLabel, Parting>;

/** A history of MMM_Device with its heads restated, beside what has to be written to the other one. */
export async function restateRemovals(partings: Partings, removals: readonly RemovedEntry[]): Promise<readonly RemovedEntry[]> {
  const restated: RemovedEntry[] = [];
  for (const removed of removals) {
    const said = decodeEntry(DeviceRemoved, removed.removal);
    const heads = said && (await restate(partings, said.Heads));
    restated.push(said && heads ? { ...removed, removal: tag(DeviceRemoved, { ...said, Heads: heads }) } : removed);
  }
  return restated;
}

/** What has to be written so that removals and ended rights of a history that is gone on from name frames of it. */
export async function restatements(
  partings: Partings,
  { mine, theirs }: { readonly mine: CatalogState; readonly theirs: CatalogState },
): Promise<readonly EntryChange[]> {
  const changes: EntryChange[] = [];
  const known = theirs.removals();
  for (const [at, { key, last, removal }] of (await restateRemovals(partings, known)).entries()) {
    if (removal === known[at]?.removal || known.some((other) => other.key === key && isSame(other.removal, removal))) continue;
    const live = theirs.get(key)?.entry;
    changes.push({ key, change: () => last }, { key, change: () => undefined, removal });
    if (live !== undefined) changes.push({ key, change: () => live });
  }
  const ended = new Map<string, readonly Head[]>();
  for (const { key, entry } of [...theirs.entries(), ...mine.entries()]) {
    const heads = decodeEntry(CatalogedDevice, entry)?.EndedRights ?? [];
    const restated = await restate(partings, heads);
    if (restated) ended.set(key, [...(ended.get(key) ?? []), ...restated]);
  }
  for (const [key, heads] of ended) changes.push({ key, change: (current) => withEnded(current, heads) });
  return changes;
}

function withEnded(current: Datum | undefined, restated: readonly Head[]): Datum | undefined {
  const device = current === undefined ? undefined : decodeEntry(CatalogedDevice, current);
  if (!device?.EndedRights) return current;
  const heads = device.EndedRights.map((head) => restated.find(({ Store }) => Store === head.Store) ?? head);
  return tag(CatalogedDevice, { ...device, EndedRights: heads });
}

/** Undefined when every head is of the history that is gone on from. */
async function restate(partings: Partings, heads: readonly Head[]): Promise<readonly Head[] | undefined> {
  const restated: Head[] = [];
  let isOther = false;
  for (const head of heads) {
    const parting = [...partings].find(([label]) => label === head.Store)?.[1];
    if (!parting || (await isOfTheirs(head, parting))) {
      restated.push(head);
      continue;
    }
    isOther = true;
    if (parting.end) restated.push(parting.end);
  }
  return isOther ? restated : undefined;
}

async function isOfTheirs(head: Head, { theirs, isGiven }: Parting): Promise<boolean> {
  const epoch = head.Epoch ?? 0;
  if (epoch !== theirs.epoch) return isGiven || epoch < theirs.epoch;
  const digest = await theirs.treeDigestAt(head.Index);
  return digest !== undefined && equalBytes(digest, head.TreeDigest);
}
