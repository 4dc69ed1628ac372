/** What the histories that this device has put aside have besides those that it goes on from, for every store at once (docs/extensions.md §5, Repair). */
import { equalBytes } from "../../base/bytes.ts";
import type { CatalogLabel, Head } from "../../schema/index.ts";
import { epochMember, isCatalog, writerOf } from "../../schema/index.ts";
import type { Writing } from "../context/write.ts";
import type { EntryChange } from "../store/catalog-group.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { forkedCopies, forkedFolder } from "../store/copy-path.ts";
import { conflictChange } from "../store/reconcile.ts";
import { replicaOf } from "../store/stores.ts";
import type { Parting } from "./restate.ts";
import { restatements, restateRemovals } from "./restate.ts";
import type { CatalogState } from "./same-state.ts";

import { commonFrames, stateAt, unite } from "./union.ts";

/** Two histories of a store. */
interface Pair {
  readonly label: CatalogLabel;
  /** What was put aside. */
  readonly mine: CatalogReplica;
  /** What the service has, in the epoch of `mine`, and in force. */
  readonly theirs: CatalogReplica;
  readonly inForce: CatalogReplica;
  readonly common: number;
}

/** What is to come in force. */
export interface Unions {
  readonly united: readonly { readonly store: CatalogLabel; readonly how: "united"; readonly heads: readonly Head[]; readonly brought: number }[];
  /** Ends of what was put aside. */
  readonly others: readonly Head[];
  /** For every store that is to begin anew what is written to it. */
  readonly changes: ReadonlyMap<CatalogLabel, readonly EntryChange[]>;
}

/** Unites every history that was put aside with that of the service. Nothing is written. */
export async function uniteAll(writing: Writing): Promise<Unions> {
  const { stores } = writing;
  const pairs: Pair[] = [];
  try {
    for (const [label, epoch] of await forkedCopies(stores.folder)) if (isCatalog(label)) pairs.push(await openPair(writing, label, epoch));
    const partings = new Map<CatalogLabel, Parting>();
    for (const pair of pairs) partings.set(pair.label, { theirs: pair.theirs, end: await endOf(pair) });
    const changes = new Map<CatalogLabel, readonly EntryChange[]>();
    const devices = stores.catalogs.get("MMM_Device");
    for (const pair of pairs) {
      if (!isUnited(pair)) changes.set(pair.label, await changesOf(pair, partings, writing));
    }
    if (devices && changes.size > 0) {
      const mine = pairs.find(({ label }) => label === "MMM_Device")?.mine ?? devices;
      const restated = await restatements(partings, { mine, theirs: devices });
      if (restated.length > 0) changes.set("MMM_Device", [...(changes.get("MMM_Device") ?? []), ...restated]);
    }
    return {
      united: pairs.map(({ label: store, mine, inForce }) => ({
        store,
        how: "united",
        heads: [inForce.head ?? [], mine.head ?? []].flat(),
        brought: changes.get(store)?.length ?? 0,
      })),
      others: pairs.flatMap(({ mine }) => mine.head ?? []),
      changes,
    };
  } finally {
    for (const { mine, theirs, inForce } of pairs) {
      await mine.close();
      if (theirs !== inForce) await theirs.close();
    }
  }
}

async function openPair({ stores }: Writing, label: CatalogLabel, epoch: number): Promise<Pair> {
  const mine = await stores.open(label, { folder: forkedFolder(stores.folder), epoch });
  const inForce = replicaOf(stores, label) as CatalogReplica;
  const theirs = inForce.epoch === epoch ? inForce : await stores.open(label, { folder: stores.folder, epoch });
  return { label, mine, theirs, inForce, common: await commonFrames(mine, theirs) };
}

/** The last frame of both; where an epoch began twice, the lower of the two ends that it went on from. */
async function endOf({ label, mine, theirs, common }: Pair): Promise<Head | undefined> {
  const digest = common === 0 ? undefined : await theirs.treeDigestAt(common - 1);
  if (digest) return { Store: label, ...epochMember(theirs.epoch), Index: common - 1, TreeDigest: digest };
  const ends = [await mine.formerEnd(), await theirs.formerEnd()].flatMap((end) => end ?? []);
  return ends.sort((a, b) => a.Index - b.Index)[0];
}

/** True when the epoch in force says that it holds what was put aside: an earlier run came as far. */
function isUnited({ mine, inForce }: Pair): boolean {
  return (
    inForce.epoch > mine.epoch && (inForce.begin?.Others ?? []).some(({ TreeDigest }) => mine.treeDigest && equalBytes(TreeDigest, mine.treeDigest))
  );
}

async function changesOf(
  { label, mine, inForce, common }: Pair,
  partings: ReadonlyMap<CatalogLabel, Parting>,
  { writer, ports }: Writing,
): Promise<readonly EntryChange[]> {
  // In the sequence of one device nobody else writes: it says again what was lost.
  if ((writerOf(label) ?? writer.deviceUdf) !== writer.deviceUdf) return [];
  const base = await stateAt(mine, common);
  const removals = label === "MMM_Device" ? await restateRemovals(partings, mine.removals()) : mine.removals();
  const side: CatalogState = { get: (key) => mine.get(key), entries: () => mine.entries(), removals: () => removals };
  const { changes, lost } = unite(label, { base, mine: side, theirs: inForce });
  return [...changes, ...lost.map((each) => conflictChange(each.lost, { of: each.of, isRemoved: false }, { ...writer, ...ports }))];
}
