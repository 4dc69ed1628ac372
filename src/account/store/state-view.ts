/**
 * What is known of devices' states, over all sequences of MMM_State (docs/extensions.md §5): of each device the word of the hub that MMM_Device names
 * counts, from the sequence that this hub alone writes, else from the one that all share.
 */
import { CatalogedDevice, CatalogedState, type CatalogLabel, stateSequence } from "../../schema/index.ts";
import type { CatalogEntry } from "./catalog-group.ts";
import type { CatalogReplica } from "./catalog-replica.ts";
import { decodeEntry } from "./entry.ts";
import type { Stores } from "./stores.ts";
import { replicaOf, sequencesOf } from "./stores.ts";

const states = "MMM_State";

/** One entry of a catalog. Errors: ERR_NOT_AUTHORIZED when this device may not read it. */
export function findEntry(stores: Stores, label: CatalogLabel, key: string): CatalogEntry | undefined {
  const replica = replicaOf(stores, label) as CatalogReplica;
  return label === states ? findState(stores, key) : replica.get(key);
}

/** The live entries of a catalog. Errors: ERR_NOT_AUTHORIZED when this device may not read it. */
export function liveEntries(stores: Stores, label: CatalogLabel): Iterable<CatalogEntry> {
  const replica = replicaOf(stores, label) as CatalogReplica;
  if (label !== states) return replica.entries();
  const keys = new Set(sequencesOf(stores, states).flatMap((sequence) => [...sequence.entries()].map(({ key }) => key)));
  return [...keys].flatMap((key) => findState(stores, key) ?? []);
}

function findState(stores: Stores, deviceUdf: string): CatalogEntry | undefined {
  const hub = hubOf(stores, deviceUdf);
  if (hub === undefined) return newestOf(stores, deviceUdf);
  const own = stores.catalogs.get(stateSequence(hub))?.get(deviceUdf);
  if (own) return own;
  const shared = stores.catalogs.get(states)?.get(deviceUdf);
  return shared && stateIn(shared)?.Via === hub ? shared : undefined;
}

/** Who speaks for a device: its hub, and every machine of the account for itself. Undefined for what no hub serves, or MMM_Device does not know. */
function hubOf({ catalogs }: Stores, deviceUdf: string): string | undefined {
  const found = catalogs.get("MMM_Device")?.get(deviceUdf);
  const device = found && decodeEntry(CatalogedDevice, found.entry);
  return device?.HubUdf ?? (device && !device.Constrained ? deviceUdf : undefined);
}

/** The last word of any hub. */
function newestOf(stores: Stores, deviceUdf: string): CatalogEntry | undefined {
  const updated = (entry: CatalogEntry): string => stateIn(entry)?.Updated ?? "";
  return sequencesOf(stores, states)
    .flatMap((replica) => replica.get(deviceUdf) ?? [])
    .reduce<CatalogEntry | undefined>((newest, entry) => (newest && updated(newest) >= updated(entry) ? newest : entry), undefined);
}

function stateIn({ entry }: CatalogEntry): CatalogedState | undefined {
  return decodeEntry(CatalogedState, entry);
}
