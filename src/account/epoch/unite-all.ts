/** What the histories that this device has put aside have besides those that it goes on from, for every store at once (docs/extensions.md §5, Repair). */
import { equalBytes } from "../../base/bytes.ts";
import type { CatalogLabel, Head } from "../../schema/index.ts";
import { epochMember, isCatalog, writerOf } from "../../schema/index.ts";
import type { Writing } from "../context/write.ts";
import type { EntryChange } from "../store/catalog-group.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { behindCopies, behindFolder, forkedCopies, forkedFolder } from "../store/copy-path.ts";
import { conflictChange } from "../store/reconcile.ts";
import { replicaOf } from "../store/stores.ts";
import type { Parting } from "./restate.ts";
import { restatements, restateRemovals } from "./restate.ts";
import type { CatalogState } from "./same-state.ts";

import { commonFrames, stateAt, unite } from "./union.ts";

/** Two histories of a store. */
interface Pair {
  readonly label: CatalogLabel;
  /** "given back": it is the service's that was put aside, which had lost epochs. */
  readonly how: "united" | "given back";
  /** What was put aside. */
  readonly mine: CatalogReplica;
  /** What is gone on from, in the epoch of `mine`, and in force. */
  readonly theirs: CatalogReplica;
  readonly inForce: CatalogReplica;
  readonly common: number;
}

/** What is to come in force. */
export interface Unions {
  readonly united: readonly { readonly store: CatalogLabel; readonly how: Pair["how"]; readonly heads: readonly Head[]; readonly brought: number }[];
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
    for (const how of ["united", "given back"] as const) {
      for (const [label, epoch] of await (how === "united" ? forkedCopies : behindCopies)(stores.folder)) {
        if (isCatalog(label)) pairs.push(await openPair(writing, { label, epoch, how }));
      }
    }
    const partings = new Map<CatalogLabel, Parting>();
    // Of epochs that were given back readers meet the service's own history, up to where these begin.
    for (const pair of pairs) {
      const isGiven = pair.how === "given back";
      partings.set(pair.label, { theirs: isGiven ? pair.mine : pair.theirs, end: await endOf(pair), isGiven });
    }
    const changes = new Map<CatalogLabel, readonly EntryChange[]>();
    const devices = stores.catalogs.get("MMM_Device");
    for (const pair of pairs) {
      if (isUnited(pair)) continue;
      changes.set(pair.label, [...(changes.get(pair.label) ?? []), ...(await changesOf(pair, partings, writing))]);
    }
    if (devices && changes.size > 0) {
      const mine = pairs.find(({ label }) => label === "MMM_Device")?.mine ?? devices;
      const restated = await restatements(partings, { mine, theirs: devices });
      if (restated.length > 0) changes.set("MMM_Device", [...(changes.get("MMM_Device") ?? []), ...restated]);
    }
    return {
      united: pairs.map(({ label: store, how, mine, inForce }) => ({
        store,
        how,
        heads: (how === "united" ? [inForce, mine] : [mine, inForce]).flatMap(({ head }) => head ?? []),
        brought: changes.get(store)?.length ?? 0,
      })),
      // Who has a beginning of what the service has lost meets its later epochs alone.
      others: pairs.flatMap(({ mine, theirs, how }) => (how === "united" ? [mine] : [mine, theirs]).flatMap(({ head }) => head ?? [])),
      changes,
    };
  } finally {
    for (const { mine, theirs, inForce } of pairs) {
      await mine.close();
      if (theirs !== inForce) await theirs.close();
    }
  }
}

async function openPair({ stores }: Writing, { label, epoch, how }: Pick<Pair, "label" | "how"> & { readonly epoch: number }): Promise<Pair> {
  const mine = await stores.open(label, { folder: (how === "united" ? forkedFolder : behindFolder)(stores.folder), epoch });
  const inForce = replicaOf(stores, label) as CatalogReplica;
  const theirs = inForce.epoch === epoch ? inForce : await stores.open(label, { folder: stores.folder, epoch });
  return { label, how, mine, theirs, inForce, common: await commonFrames(mine, theirs) };
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
  { label, mine, theirs, inForce, common }: Pair,
  partings: ReadonlyMap<CatalogLabel, Parting>,
  { writer, ports }: Writing,
): Promise<readonly EntryChange[]> {
  // In the sequence of one device nobody else writes: it says again what was lost.
  if ((writerOf(label) ?? writer.deviceUdf) !== writer.deviceUdf) return [];
  // Without a copy of that epoch nobody can say what was changed there: what was removed since stays removed.
  const base = await stateAt(mine, theirs.count === 0 ? mine.count : common);
  const removals = label === "MMM_Device" ? await restateRemovals(partings, mine.removals()) : mine.removals();
  const side: CatalogState = { get: (key) => mine.get(key), entries: () => mine.entries(), removals: () => removals };
  const { changes, lost } = unite(label, { base, mine: side, theirs: inForce });
  return [...changes, ...lost.map((each) => conflictChange(each.lost, { of: each.of, isRemoved: false }, { ...writer, ...ports }))];
}
