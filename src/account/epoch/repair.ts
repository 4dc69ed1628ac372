/**
 * Makes stores whole that cannot go on (docs/extensions.md §5, Repair). A service that was put back to an earlier day, or that has shown two histories, leaves
 * machines that refuse each other's: an administrator takes what the service has, keeps its own history aside, writes what that has besides, and lets the store
 * begin anew naming both. A store that ends with what nobody can believe begins anew without that end. Each step can be done twice: a history that was put aside
 * is gone on with.
 */
import { rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileError, syncDirectory } from "../../base/atomic-file.ts";
import { equalBytes } from "../../base/bytes.ts";
import { makeDirectory } from "../../base/directory.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { appendAll } from "../../base/list.ts";
import { keptPlace, moveAside } from "../../base/set-aside.ts";
import { frameOf, statedTreeDigest } from "../../dare/index.ts";
import type { ContainerStatus } from "../../protocol/index.ts";
import type { CatalogLabel, Head } from "../../schema/index.ts";
import { isCatalog } from "../../schema/index.ts";
import { syncWhatHolds } from "../context/doubt.ts";
import type { Writing } from "../context/write.ts";
import { write } from "../context/write.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { copyPath, fetchFolder, forkedCopies, forkedFolder, sidecars } from "../store/copy-path.ts";
import { conflictChange } from "../store/reconcile.ts";
import { replicaOf } from "../store/stores.ts";
import { beginEpochs } from "./begin.ts";
import { pages, takeIntoUse } from "./follow.ts";
import { commonFrames, stateAt, unite } from "./union.ts";

/** What was done for a store. */
export interface Repaired {
  readonly store: CatalogLabel;
  /** "united" for two histories, "cut" for an end that nobody could believe. */
  readonly how: "united" | "cut";
  /** Heads of the two histories: of the service's, and of this device's. */
  readonly heads: readonly Head[];
  /** Changes that only this device's history had. */
  readonly brought: number;
  /** Where this device's history is kept. */
  readonly kept?: string;
}

/** Changes in one Transact: entries of devices are large, and a request has to stay below what the service takes. */
const batch = 16;

/** Errors: ERR_ROLLBACK when the service is a whole epoch behind; ERR_NOT_AUTHORIZED; ERR_CONFLICT; those of the service and the disk. */
export async function repairStores(writing: Writing): Promise<readonly Repaired[]> {
  const united: Repaired[] = [];
  const labels = [...writing.stores.catalogs.keys()].sort((a, b) => Number(b === "MMM_Device") - Number(a === "MMM_Device"));
  const { ContainerStatus: there } = await writing.client.status({ Account: writing.address, Catalogs: labels, Spools: [] });
  const begun = await forkedCopies(writing.stores.folder);
  for (const label of labels) {
    const status = there.find(({ Container }) => Container === label);
    if (!begun.has(label)) {
      if (!status || !(await isForked(writing, label, status))) continue;
      await adopt(writing, label);
    }
    united.push(await bringOver(writing, label));
  }
  const cut: CatalogLabel[] = [];
  await syncWhatHolds(
    () => writing.sync(labels),
    ({ doubts }) => appendAll(cut, doubts.map(({ store }) => store).filter(isCatalog)),
  );
  const alone = cut.filter((label) => !united.some(({ store }) => store === label));
  const wanted = [...united.map(({ store }) => store), ...alone];
  if (wanted.length === 0) return [];
  const stores = wanted.map((label) => ({ label, keyEpoch: (replicaOf(writing.stores, label) as CatalogReplica).keyEpoch }));
  const others = united.flatMap(({ heads }) => heads.slice(1));
  const heads = new Map(wanted.map((label) => [label, replicaOf(writing.stores, label).head]));
  if ((await beginEpochs(writing, { reason: "Repair", stores, others })) === "overtaken")
    throw new MeshError("ERR_CONFLICT", "another administrator has begun the stores anew meanwhile", { hint: "repair once more" });
  const done: Repaired[] = [];
  for (const repaired of united) done.push({ ...repaired, ...(await keepAside(writing, repaired.store)) });
  return [...done, ...alone.map((store): Repaired => ({ store, how: "cut", heads: [heads.get(store) ?? []].flat(), brought: 0 }))];
}

/** True when the service has fewer frames than this device's copy, or others. */
async function isForked({ client, address, stores }: Writing, label: CatalogLabel, status: ContainerStatus): Promise<boolean> {
  const { epoch, count, treeDigest } = replicaOf(stores, label) as CatalogReplica;
  const there = status.Epoch ?? 0;
  if (there < epoch) {
    throw new MeshError("ERR_ROLLBACK", `the service shows epoch ${there} of ${label}, this device has seen epoch ${epoch}`, {
      detail: { store: label },
      hint: "the service was put back by more than can be repaired here: its operator has to put in a newer copy",
    });
  }
  if (there > epoch || count === 0 || !treeDigest) return false;
  if (status.Index < count) return true;
  const { Updates } = await client.download({
    Account: address,
    Select: [{ Container: label, Epoch: epoch, IndexMin: count - 1, IndexMax: count }],
  });
  const frame = Updates.find(({ Container }) => Container === label)?.Envelopes[0];
  return frame === undefined || !equalBytes(statedTreeDigest(frameOf(frame)), treeDigest);
}

/** Takes what the service has, as far as it can be believed, in the place of this device's copy, which is put aside. */
async function adopt({ client, address, stores, feed }: Writing, label: CatalogLabel): Promise<void> {
  const own = replicaOf(stores, label) as CatalogReplica;
  const { epoch } = own;
  const folder = fetchFolder(stores.folder);
  await rm(folder, { recursive: true, force: true });
  await makeDirectory(folder);
  const theirs = await stores.open(label, { folder, epoch });
  try {
    const judge = label === "MMM_Device" ? feed.beside(own).judgeOf(label) : feed.judgeOf(label);
    for await (const envelopes of pages({ client, account: address }, { store: label, epoch, from: () => theirs.count })) {
      const before = theirs.count;
      await theirs.receive(envelopes, judge);
      if (theirs.count === before) break;
    }
  } catch (error) {
    // What follows cannot be believed: the store begins anew without it.
    if (!isMeshError(error, "ERR_VERIFICATION")) throw error;
  } finally {
    await theirs.close();
  }
  const aside = forkedFolder(stores.folder);
  await makeDirectory(aside);
  const path = copyPath(stores.folder, { store: label, epoch });
  try {
    await rename(path, join(aside, basename(path)));
    await syncDirectory(aside);
  } catch (error) {
    throw fileError(error, `cannot put ${path} aside`);
  }
  await takeIntoUse(label, { folder, epoch }, { stores, feed });
}

/** Writes what the history that was put aside has besides. */
async function bringOver(writing: Writing, label: CatalogLabel): Promise<Repaired> {
  const { stores, writer, ports } = writing;
  const theirs = replicaOf(stores, label) as CatalogReplica;
  const mine = await stores.open(label, { folder: forkedFolder(stores.folder), epoch: theirs.epoch });
  try {
    const base = await stateAt(mine, await commonFrames(mine, theirs));
    const heads = [theirs.head ?? [], mine.head ?? []].flat();
    const { changes, lost } = unite(label, { base, mine, theirs });
    const kept = lost.map((each) => conflictChange(each.lost, { of: each.of, isRemoved: false }, { ...writer, ...ports }));
    const all = [...changes, ...kept].map((change) => ({ ...change, store: label }));
    for (let at = 0; at < all.length; at += batch) await write(writing, { catalogs: all.slice(at, at + batch) });
    return { store: label, how: "united", heads, brought: changes.length };
  } finally {
    await mine.close();
  }
}

/** What was put aside is kept beside damaged copies, where it is in nobody's way. */
async function keepAside({ stores }: Writing, label: CatalogLabel): Promise<{ readonly kept?: string }> {
  const epoch = (await forkedCopies(stores.folder)).get(label);
  if (epoch === undefined) return {};
  const path = copyPath(forkedFolder(stores.folder), { store: label, epoch });
  const kept = keptPlace(copyPath(stores.folder, { store: label, epoch }));
  for (const end of sidecars) await rm(path + end, { force: true });
  if (kept === undefined) await rm(path, { force: true });
  else await moveAside(path, kept);
  return kept === undefined ? {} : { kept };
}
