/** The copies of all stores that a device may read or append to, in one directory. */
import { join, resolve } from "node:path";
import { makeDirectory } from "../../base/directory.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { CatalogLabel, Head, SpoolLabel, StoreLabel } from "../../schema/index.ts";
import { catalogLabels, isCatalog, isRole, isSpool, mayRead, rightsOf, serviceReadable, spoolLabels } from "../../schema/index.ts";
import type { Keyring } from "../context/keyring.ts";
import type { Ports } from "../context/ports.ts";
import { CatalogReplica } from "./catalog-replica.ts";
import { SeenMark } from "./seen-mark.ts";
import { damagedCopy, setAside } from "./set-aside.ts";
import { SpoolReplica } from "./spool-replica.ts";

/** Copies by label. */
export interface Stores {
  readonly catalogs: ReadonlyMap<CatalogLabel, CatalogReplica>;
  readonly spools: ReadonlyMap<SpoolLabel, SpoolReplica>;
  /** How far each copy has to come. */
  readonly seen: ReadonlyMap<StoreLabel, SeenMark>;
}

/** Where the copies of an account's directory are. */
export function storesFolder(dir: string): string {
  return resolve(dir, "stores");
}

/**
 * Opens the copies of every catalog that the device has a key of and may read, and of every spool it may read. One that is damaged is set aside,
 * and is empty until the next sync.
 */
export async function openStores(options: {
  readonly dir: string;
  readonly keys: Keyring;
  readonly serviceEncryption: PublicKey;
  readonly ports: Ports;
}): Promise<Stores> {
  const { dir, keys, serviceEncryption, ports } = options;
  const folder = storesFolder(dir);
  await makeDirectory(folder);
  const rights = rightsOf(keys.connection.Roles.filter(isRole));
  const catalogs = new Map<CatalogLabel, CatalogReplica>();
  const spools = new Map<SpoolLabel, SpoolReplica>();
  const seen = new Map<StoreLabel, SeenMark>();
  const openOne = async <T>(label: StoreLabel, open: (path: string) => Promise<T>): Promise<T> => {
    const path = join(folder, `${label}.dare`);
    const replica = await open(path).catch(async (error: unknown) => {
      if (damagedCopy(error, folder) !== path || !isMeshError(error) || !(await setAside(path, { error, log: ports.log }))) throw error;
      return open(path);
    });
    seen.set(label, await SeenMark.open(path));
    return replica;
  };
  try {
    for (const label of catalogLabels) {
      const storeKeys = keys.storeKeys.get(label);
      if (!storeKeys || !mayRead(rights, label)) continue;
      const readers = serviceReadable.includes(label) ? [serviceEncryption] : [];
      catalogs.set(label, await openOne(label, (path) => CatalogReplica.open({ path, label, storeKeys, readers, random: ports.random })));
    }
    for (const label of spoolLabels) {
      if (mayRead(rights, label)) spools.set(label, await openOne(label, (path) => SpoolReplica.open({ path, label })));
    }
  } catch (error) {
    await closeStores({ catalogs, spools, seen });
    throw error;
  }
  return { catalogs, spools, seen };
}

/** Closes all files. */
export async function closeStores(stores: Stores): Promise<void> {
  for (const replica of [...stores.catalogs.values(), ...stores.spools.values()]) await replica.close();
}

/** The newest head of every copy. */
export function headsOf(stores: Stores): readonly Head[] {
  return [...stores.catalogs.values(), ...stores.spools.values()].flatMap((replica) => replica.head ?? []);
}

/** A copy by label. Errors: ERR_NOT_AUTHORIZED when this device has none. */
export function replicaOf(stores: Stores, label: StoreLabel): CatalogReplica | SpoolReplica {
  const replica = isCatalog(label) ? stores.catalogs.get(label) : stores.spools.get(label);
  if (!replica) throw new MeshError("ERR_NOT_AUTHORIZED", `this device may not read ${label}`);
  return replica;
}

/** True when this device's copy ends before a head that another device stated. */
export function isBehind(stores: Stores, { Store: label, Index: index }: Head): boolean {
  const replica = isCatalog(label) ? stores.catalogs.get(label) : isSpool(label) ? stores.spools.get(label) : undefined;
  return replica !== undefined && index >= replica.count;
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
