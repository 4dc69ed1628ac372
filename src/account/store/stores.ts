/** The copies of all stores that a device may read or append to, in one directory. */
import { makeDirectory } from "../../base/directory.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { least } from "../../base/list.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { ContainerStatus } from "../../protocol/index.ts";
import type { CatalogLabel, EpochBegin, Head, Position, SpoolLabel, StateSequence, StoreLabel } from "../../schema/index.ts";
import {
  catalogLabels,
  comparePositions,
  epochMember,
  isCatalog,
  isRole,
  isSpool,
  isStateSequence,
  mayRead,
  rightsOf,
  serviceReadable,
  spoolLabels,
  storeOf,
} from "../../schema/index.ts";
import type { Keyring } from "../context/keyring.ts";
import { sharedKeysOf } from "../context/keyring.ts";
import type { Ports } from "../context/ports.ts";
import type { CatalogChange } from "./catalog-group.ts";
import type { ReplicaOptions } from "./catalog-replica.ts";
import { CatalogReplica } from "./catalog-replica.ts";
import { copyPath, eraseOthers, newestEpochs, storesFolder } from "./copy-path.ts";
import { LastStatus } from "./last-status.ts";
import { OwnGrowth } from "./own-growth.ts";
import { SeenMark } from "./seen-mark.ts";
import { damagedCopy, setAside } from "./set-aside.ts";
import { SpoolReplica } from "./spool-replica.ts";

/** Copies by label. */
export interface Stores {
  readonly folder: string;
  readonly catalogs: ReadonlyMap<CatalogLabel, CatalogReplica>;
  readonly spools: ReadonlyMap<SpoolLabel, SpoolReplica>;
  /** How far each copy has to come. */
  readonly seen: ReadonlyMap<StoreLabel, SeenMark>;
  readonly own: OwnGrowth;
  readonly last: LastStatus;
  /** Opens an epoch of a catalog in a folder. */
  open(label: CatalogLabel, place: { readonly folder: string; readonly epoch: number; readonly begin?: EpochBegin }): Promise<CatalogReplica>;
  /** Takes the next epoch of a catalog into use, whose file is in its place; or a sequence that is met for the first time. */
  replace(replica: CatalogReplica): Promise<void>;
  /** Begins to keep copies of sequences that this device meets for the first time. */
  meet(labels: readonly StateSequence[]): Promise<void>;
}

/**
 * Opens the copies of every catalog that the device has a key of and may read, and of every spool it may read. One that is damaged is set aside,
 * and is empty until the next sync. Copies of other stores are left from roles that were taken away: they are erased.
 */
export async function openStores(options: {
  readonly dir: string;
  readonly keys: Keyring;
  readonly serviceEncryption: PublicKey;
  readonly agree: NonNullable<ReplicaOptions["agree"]>;
  readonly ports: Ports;
}): Promise<Stores> {
  const { dir, keys, serviceEncryption, agree, ports } = options;
  const folder = storesFolder(dir);
  await makeDirectory(folder);
  const rights = rightsOf(keys.connection.Roles.filter(isRole));
  const newest = await newestEpochs(folder);
  const catalogs = new Map<CatalogLabel, CatalogReplica>();
  const spools = new Map<SpoolLabel, SpoolReplica>();
  const seen = new Map<StoreLabel, SeenMark>();
  const open: Stores["open"] = (label, place) => {
    const readers = serviceReadable.includes(label) ? [serviceEncryption] : [];
    const path = copyPath(place.folder, { store: label, epoch: place.epoch });
    const store = storeOf(label);
    const storeKeys = [...(keys.storeKeys.get(store) ?? []), ...sharedKeysOf(keys, store)];
    return CatalogReplica.open({ ...place, path, label, storeKeys, agree, readers, random: ports.random });
  };
  const openOne = async <T>(label: StoreLabel, task: (path: string, epoch: number) => Promise<T>): Promise<T> => {
    const mark = await SeenMark.open(copyPath(folder, { store: label, epoch: 0 }), ports.onDamage);
    seen.set(label, mark);
    const epoch = Math.max(newest.get(label) ?? 0, mark.position.Epoch);
    const path = copyPath(folder, { store: label, epoch });
    return task(path, epoch).catch(async (error: unknown) => {
      if (damagedCopy(error, folder) !== path || !isMeshError(error) || !(await setAside(path, { ...ports, error }))) throw error;
      seen.set(label, await SeenMark.open(copyPath(folder, { store: label, epoch: 0 }), ports.onDamage));
      return task(path, epoch);
    });
  };
  const replace: Stores["replace"] = async (replica) => {
    const former = catalogs.get(replica.label);
    catalogs.set(replica.label, replica);
    await former?.close();
  };
  const openCatalog = async (label: CatalogLabel): Promise<void> => {
    const store = storeOf(label);
    const hasKey = keys.storeKeys.has(store) || sharedKeysOf(keys, store).length > 0;
    if (!hasKey || !mayRead(rights, store) || catalogs.has(label)) return;
    catalogs.set(label, await openOne(label, (_path, epoch) => open(label, { folder, epoch })));
  };
  const meet: Stores["meet"] = async (labels) => {
    for (const label of labels) await openCatalog(label);
  };
  const stores: Stores = { folder, catalogs, spools, seen, own: new OwnGrowth(), last: new LastStatus(ports.clock), open, replace, meet };
  try {
    for (const label of catalogLabels) await openCatalog(label);
    await meet([...newest.keys()].filter(isStateSequence));
    for (const label of spoolLabels) {
      if (mayRead(rights, label)) spools.set(label, await openOne(label, (path) => SpoolReplica.open({ path, label })));
    }
    await eraseOthers(folder, [...seen.keys()]);
  } catch (error) {
    await closeStores(stores);
    throw error;
  }
  return stores;
}

/** Closes all files. */
export async function closeStores(stores: Pick<Stores, "catalogs" | "spools">): Promise<void> {
  for (const replica of [...stores.catalogs.values(), ...stores.spools.values()]) await replica.close();
}

/** The newest head of every copy. */
export function headsOf(stores: Stores): readonly Head[] {
  return [...stores.catalogs.values(), ...stores.spools.values()].flatMap((replica) => replica.head ?? []);
}

/** The copies of all sequences of a store. */
export function sequencesOf(stores: Stores, label: StoreLabel): readonly CatalogReplica[] {
  return [...stores.catalogs.values()].filter((replica) => replica.label === label || storeOf(replica.label) === label);
}

/** The lowest KeyEpoch of a store's sequences: what was not written yet is under no key. */
export function lowestKeyEpoch({ keyEpoch }: CatalogReplica, sequences: readonly CatalogReplica[]): number {
  return least(
    keyEpoch,
    sequences.filter(({ count }) => count > 0).map((replica) => replica.keyEpoch),
  );
}

/** A copy by label. Errors: ERR_NOT_AUTHORIZED when this device has none. */
export function replicaOf(stores: Stores, label: StoreLabel): CatalogReplica | SpoolReplica {
  const replica = isCatalog(label) ? stores.catalogs.get(label) : isSpool(label) ? stores.spools.get(label) : undefined;
  if (!replica) throw new MeshError("ERR_NOT_AUTHORIZED", `this device may not read ${label}`);
  return replica;
}

/** Where the next frame of a copy comes. */
export function positionOf(replica: CatalogReplica | SpoolReplica): Required<Position> {
  return { Epoch: "epoch" in replica ? replica.epoch : 0, Index: replica.count };
}

/** How far copies have come, as a service states it. */
export function statusesOf(stores: Stores, labels: readonly StoreLabel[]): readonly ContainerStatus[] {
  return labels.map((label) => {
    const replica = replicaOf(stores, label);
    const { Epoch: epoch, Index } = positionOf(replica);
    return { Container: label, ...epochMember(epoch), Index, ...(replica.treeDigest ? { Digest: replica.treeDigest } : {}) };
  });
}

/** True when this device's copy ends before a head that another device stated. */
export function isBehind(stores: Stores, head: Head): boolean {
  const { Store: label } = head;
  const replica = isCatalog(label) ? stores.catalogs.get(label) : isSpool(label) ? stores.spools.get(label) : undefined;
  if (!replica && isStateSequence(label)) return stores.catalogs.has(storeOf(label));
  return replica !== undefined && comparePositions(head, positionOf(replica)) >= 0;
}

/**
 * What MMM_Device says of a catalog that was switched together with it: whoever has read it reads and writes nothing lower. Undefined when it says
 * nothing.
 */
export function floorOf(stores: Stores, label: StoreLabel): Head | undefined {
  return stores.catalogs.get("MMM_Device")?.begin?.Stores?.find(({ Store }) => Store === label);
}

/** True when another process of this device has taken newer epochs into use, or met a sequence. */
export async function isOutdated(stores: Stores): Promise<boolean> {
  const newest = await newestEpochs(stores.folder);
  const isMet = [...newest.keys()].some((label) => isStateSequence(label) && stores.catalogs.has("MMM_State") && !stores.catalogs.has(label));
  if (isMet) return true;
  return [...stores.catalogs.values()].some(({ label, epoch }) => (newest.get(label) ?? 0) > epoch);
}

/** Takes in what another process of this device has stored since; whatever catalog has grown is told. */
export async function refreshStores(
  { catalogs, spools }: Stores,
  changed: (label: CatalogLabel, changes: readonly CatalogChange[]) => void,
): Promise<void> {
  // Side by side, since each of them only looks how long its file is; all are waited for, so that nobody reads a copy that is being opened anew.
  const looked = await Promise.allSettled([...catalogs.values(), ...spools.values()].map((replica) => replica.refresh()));
  for (const [at, label] of [...catalogs.keys()].entries()) {
    const outcome = looked[at];
    if (outcome?.status === "fulfilled" && outcome.value) changed(label, outcome.value);
  }
  const failed = looked.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

/** The heads, with the signed apex of the catalogs named: for a device that has another history of them. */
export async function provenHeadsOf(stores: Stores, named: (label: string) => boolean): Promise<readonly Head[]> {
  return Promise.all(
    headsOf(stores).map(async (head) => {
      const apex = isCatalog(head.Store) && named(head.Store) ? await stores.catalogs.get(head.Store)?.apex() : undefined;
      return apex ? { ...head, Apex: apex } : head;
    }),
  );
}
