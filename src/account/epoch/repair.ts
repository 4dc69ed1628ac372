/**
 * Makes stores whole that cannot go on (docs/extensions.md §5, Repair). A service that was put back to an earlier day, or that has shown two histories, leaves
 * machines that refuse each other's: an administrator takes what the service has, keeps its own history aside, and lets the store begin anew with both. A store
 * that ends with what nobody can believe begins anew without that end. Each step can be done twice: a history that was put aside is gone on with.
 */
import { rm } from "node:fs/promises";
import { equalBytes } from "../../base/bytes.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { keptPlace, moveAside } from "../../base/set-aside.ts";
import { frameOf, statedTreeDigest } from "../../dare/index.ts";
import type { ContainerStatus } from "../../protocol/index.ts";
import type { CatalogLabel, Head } from "../../schema/index.ts";
import { isCatalog } from "../../schema/index.ts";
import type { DeviceDirectory } from "../context/device-directory.ts";
import { syncWhatHolds } from "../context/doubt.ts";
import type { Writing } from "../context/write.ts";
import type { EntryChange } from "../store/catalog-group.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { behindCopies, behindFolder, copyPath, forkedCopies, forkedFolder, sidecars } from "../store/copy-path.ts";
import { MissingKeyError } from "../store/epoch-keys.ts";
import { replicaOf } from "../store/stores.ts";
import { Aside, adopt } from "./adopt.ts";
import { beginEpochs } from "./begin.ts";
import { giveBack } from "./give-back.ts";
import { laterKeyEpoch } from "./later-key.ts";
import { namedHeads } from "./named-heads.ts";
import { uniteAll } from "./unite-all.ts";
import { usurpedFrom } from "./usurped.ts";

/** What was done for a store. */
export interface Repaired {
  readonly store: CatalogLabel;
  /**
   * "united" for two histories, "given back" for epochs that the service had lost, "cut" for an end that nobody could believe, "replaced" for an epoch
   * of which nobody can believe anything.
   */
  readonly how: "united" | "given back" | "cut" | "replaced";
  /** Heads of the two histories: of the service's, and of this device's. */
  readonly heads: readonly Head[];
  /** Changes that only the history had which is not gone on from: this device's, or the service's where that had lost epochs. */
  readonly brought: number;
  /** Where that history is kept. */
  readonly kept?: string;
}

const attempts = 4;

/** Errors: ERR_ROLLBACK when the service lacks epochs that this device has no copy of; ERR_NOT_AUTHORIZED; ERR_CONFLICT; those of the service and the disk. */
export async function repairStores(writing: Writing): Promise<readonly Repaired[]> {
  for (let attempt = 1; ; attempt += 1) {
    const aside = await Aside.open(writing, await forkedCopies(writing.stores.folder));
    writing.feed.restrict(aside.refuse);
    try {
      const repaired = await repairOnce(writing, aside);
      await aside.close();
      const done: Repaired[] = [];
      for (const one of repaired) done.push({ ...one, ...(await keepAside(writing, one)) });
      return done;
    } catch (error) {
      await aside.close();
      // Others have written, or begun epochs, meanwhile: what they wrote is looked at, too.
      if (!isMeshError(error, "ERR_CONFLICT") || attempt === attempts) throw error;
    } finally {
      writing.feed.restrict(undefined);
    }
  }
}

async function repairOnce(writing: Writing, before: Aside): Promise<readonly Repaired[]> {
  const { client, address, stores } = writing;
  const labels = [...stores.catalogs.keys()].sort((a, b) => Number(b === "MMM_Device") - Number(a === "MMM_Device"));
  await giveBack(writing, labels, before);
  const { ContainerStatus: there } = await client.status({ Account: address, Catalogs: labels, Spools: [] });
  const cut = new Set<CatalogLabel>();
  const replaced = new Map<CatalogLabel, ContainerStatus>();
  for (const label of labels) {
    const status = there.find(({ Container }) => Container === label);
    const isKnowing = !cut.has("MMM_Device") && !replaced.has("MMM_Device");
    if (status && (await usurpedFrom(writing, { label, status, directory: before.directory, isKnowing }))) {
      replaced.set(label, status);
      continue;
    }
    if (status && (await isPassedOver(writing, label, status))) {
      replaced.set(label, status);
      continue;
    }
    const aside = before.copies.get(label);
    const isToTake = aside
      ? isInEpoch(aside, status, writing)
      : status !== undefined && (await isForked(writing, { label, status, directory: before.directory }));
    const adopted = isToTake ? await adopt(writing, label, before) : "whole";
    if (adopted === "cut") cut.add(label);
    if (adopted === "none" && status) replaced.set(label, status);
  }
  // Nothing else is looked at while the list of devices ends with what cannot be believed.
  if (!cut.has("MMM_Device") && !replaced.has("MMM_Device")) {
    await syncWhatHolds(
      () => writing.sync(labels.filter((label) => !replaced.has(label))),
      ({ doubts }) => {
        for (const { store, error } of doubts) {
          if (!isCatalog(store)) continue;
          // Of an epoch that does not even begin as it has to nothing can be believed; without its key nothing can be said of it.
          const status = there.find(({ Container }) => Container === store);
          const isBeyond = status !== undefined && (status.Epoch ?? 0) > (replicaOf(stores, store) as CatalogReplica).epoch;
          if (isBeyond && error instanceof MissingKeyError) throw error;
          if (isBeyond) replaced.set(store, status);
          else cut.add(store);
        }
      },
    );
  }
  const { united, others, changes } = await uniteAll(writing);
  const alone = [...cut].filter((label) => !united.some(({ store }) => store === label));
  const wanted = new Set<CatalogLabel>([...changes.keys(), ...alone, ...replaced.keys()]);
  const both = [...replaced].map(([store, there]) => ({
    store,
    heads: [headOf(there), replicaOf(stores, store).head].flatMap((head) => head ?? []),
  }));
  const named = [...others];
  for (const [label, status] of replaced) {
    const { epoch, head } = replicaOf(stores, label) as CatalogReplica;
    const from = (status.Epoch ?? 0) > epoch ? epoch + 1 : epoch;
    for (const each of await namedHeads(writing, { label, from, status, directory: before.directory })) named.push(each);
    if (head) named.push(head);
  }
  const union = { others: named, changes, doubted: [...cut], replaced: [...replaced.values()] };
  if (wanted.size > 0) await begin(writing, wanted, union);
  return [
    ...united,
    ...alone.map((store): Repaired => ({ store, how: "cut", heads: [replicaOf(stores, store).head ?? []].flat(), brought: 0 })),
    ...both.map(({ store, heads }): Repaired => ({ store, how: "replaced", heads, brought: 0 })),
  ];
}

async function begin(
  writing: Writing,
  labels: ReadonlySet<CatalogLabel>,
  union: {
    readonly others: readonly Head[];
    readonly changes: ReadonlyMap<CatalogLabel, readonly EntryChange[]>;
    readonly doubted: readonly CatalogLabel[];
    readonly replaced: readonly ContainerStatus[];
  },
): Promise<void> {
  const stores = [...labels].map((label) => {
    const { keyEpoch } = replicaOf(writing.stores, label) as CatalogReplica;
    const isReplaced = union.replaced.some(({ Container }) => Container === label);
    return { label, keyEpoch: isReplaced ? laterKeyEpoch(writing.stores, { label, changes: union.changes }) : keyEpoch };
  });
  if ((await beginEpochs(writing, { reason: "Repair", stores, union })) === "begun") return;
  throw new MeshError("ERR_CONFLICT", "another administrator has begun the stores anew meanwhile", { hint: "repair once more" });
}

function headOf({ Container: Store, Epoch, Index, Digest }: ContainerStatus): Head | undefined {
  return Digest && { Store, ...(Epoch === undefined ? {} : { Epoch }), Index: Index - 1, TreeDigest: Digest };
}

/** True while the service, and this device's copy of what that has, are still in the epoch of the history that was put aside: others may have written. */
function isInEpoch({ label, epoch }: CatalogReplica, status: ContainerStatus | undefined, { stores }: Writing): boolean {
  return (status?.Epoch ?? 0) === epoch && (replicaOf(stores, label) as CatalogReplica).epoch === epoch;
}

/** True when another administrator has begun the store anew from an earlier end than this device's copy, and does not name that: it knew nothing of it. */
async function isPassedOver({ stores, sync }: Writing, label: CatalogLabel, { Epoch: there = 0 }: ContainerStatus): Promise<boolean> {
  if (label === "MMM_Device" || there <= (replicaOf(stores, label) as CatalogReplica).epoch) return false;
  try {
    await sync([label]);
    return false;
  } catch (error) {
    if (!isMeshError(error)) throw error;
    // What else keeps it from following is looked at with all others.
    return isMeshError(error, "ERR_ROLLBACK") && error.detail?.store === label && error.detail.device !== undefined;
  }
}

/** True when the service has fewer frames than this device's copy, or others, or not what a removal says that there is. */
async function isForked(
  { client, address, stores }: Writing,
  { label, status, directory }: { readonly label: CatalogLabel; readonly status: ContainerStatus; readonly directory: DeviceDirectory },
): Promise<boolean> {
  const { epoch, head } = replicaOf(stores, label) as CatalogReplica;
  if ((status.Epoch ?? 0) !== epoch || !head) return false;
  const pin = directory.pin(label);
  for (const { Index: index, TreeDigest: digest } of [head, ...(pin && (pin.Epoch ?? 0) === epoch ? [pin] : [])]) {
    if (status.Index <= index) return true;
    const { Updates } = await client.download({
      Account: address,
      Select: [{ Container: label, Epoch: epoch, IndexMin: index, IndexMax: index + 1 }],
    });
    const frame = Updates.find(({ Container }) => Container === label)?.Envelopes[0];
    if (frame === undefined || !equalBytes(statedTreeDigest(frameOf(frame)), digest)) return true;
  }
  return false;
}

/** What was put aside is kept beside damaged copies, where it is in nobody's way. */
async function keepAside({ stores }: Writing, { store: label, how }: Repaired): Promise<{ readonly kept?: string }> {
  const isTheirs = how === "given back";
  const epoch = (await (isTheirs ? behindCopies : forkedCopies)(stores.folder)).get(label);
  if (epoch === undefined) return {};
  const path = copyPath((isTheirs ? behindFolder : forkedFolder)(stores.folder), { store: label, epoch });
  const kept = keptPlace(copyPath(stores.folder, { store: label, epoch }));
  for (const end of sidecars) await rm(path + end, { force: true });
  if (kept === undefined) await rm(path, { force: true });
  else await moveAside(path, kept);
  return kept === undefined ? {} : { kept };
}
