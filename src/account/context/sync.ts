/** Brings the copies of the stores up to what the service has: Status, then Download of what is new. protocol-09 §7.7; cost = the number of new frames. */

import { equalBytes } from "../../base/bytes.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { appendAll } from "../../base/list.ts";
import type { ContainerStatus, MeshClient } from "../../protocol/index.ts";
import type { CatalogLabel, SpoolLabel, StoreLabel } from "../../schema/index.ts";
import { isCatalog, isSpool } from "../../schema/index.ts";
import type { ApexJudge, CatalogReplica } from "../store/catalog-replica.ts";
import type { SpoolReplica } from "../store/spool-replica.ts";
import type { Stores } from "../store/stores.ts";
import type { Doubt, StoreSync } from "./doubt.ts";
import { DoubtError, isOfOneStore } from "./doubt.ts";

/** What sync needs. */
export interface SyncOptions {
  readonly client: MeshClient;
  readonly account: string;
  readonly stores: Stores;
  readonly judgeOf: (label: CatalogLabel) => ApexJudge;
  /** Restricts the stores; all copies when absent. */
  readonly only?: readonly StoreLabel[];
}

/**
 * Compares a copy with the service's state.
 * @param marked frames that an earlier copy had
 * Errors: ERR_ROLLBACK when the service has less, ERR_FORK when it has other frames.
 */
export function compareStatus(replica: CatalogReplica | SpoolReplica, status: ContainerStatus | undefined, marked = 0): "same" | "behind" {
  const index = status?.Index ?? 0;
  const seen = Math.max(replica.count, marked);
  if (index < seen) {
    throw new MeshError("ERR_ROLLBACK", `the service has ${index} frames of ${replica.label}, this device has seen ${seen}`, {
      detail: { store: replica.label, service: index, seen },
    });
  }
  if (index > replica.count) return "behind";
  const digest = replica.treeDigest;
  if (digest && !(status?.Digest && equalBytes(status.Digest, digest))) {
    throw new MeshError("ERR_FORK", `the service has another history of ${replica.label} up to frame ${index - 1}`, {
      detail: { store: replica.label },
    });
  }
  return "same";
}

async function pull(label: StoreLabel, replica: CatalogReplica | SpoolReplica, options: SyncOptions): Promise<StoreSync | undefined> {
  const { client, account, judgeOf } = options;
  const from = replica.count;
  for (;;) {
    const response = await client.download({ Account: account, Select: [{ Container: label, IndexMin: replica.count }] });
    const update = response.Updates.find(({ Container }) => Container === label);
    const envelopes = update?.Envelopes ?? [];
    if (envelopes.length === 0) break;
    const mark = options.stores.seen.get(label);
    mark?.compare(envelopes);
    const before = replica.count;
    if (replica.label === label && isCatalog(label)) {
      await (replica as CatalogReplica).receive(envelopes, judgeOf(label));
    } else {
      await (replica as SpoolReplica).receive(envelopes);
    }
    await mark?.reached(replica.count);
    // A page may end inside a group: ask again from its start. No progress at all means a tail that no apex covers.
    if (replica.count === before) {
      throw new MeshError("ERR_VERIFICATION", `${label} ends with ${envelopes.length} frames that no device vouches for`);
    }
    if (replica.count >= (update?.Index ?? 0)) break;
  }
  return replica.count > from ? { store: label, from, to: replica.count } : undefined;
}

/**
 * Synchronises; MMM_Device first, whatever catalog is asked for, because it says whose apexes count. A store whose end is not believed fails
 * when all others were brought up to date.
 */
export async function syncStores(options: SyncOptions): Promise<readonly StoreSync[]> {
  const { client, account, stores, only } = options;
  const wanted = (label: StoreLabel): boolean => only === undefined || only.includes(label) || (label === "MMM_Device" && only.some(isCatalog));
  const catalogs = [...stores.catalogs]
    .filter(([label]) => wanted(label))
    .sort(([a], [b]) => Number(b === "MMM_Device") - Number(a === "MMM_Device"));
  const spools = [...stores.spools].filter(([label]) => wanted(label));
  const status = await client.status({
    Account: account,
    Catalogs: catalogs.map(([label]) => label),
    Spools: spools.map(([label]) => label),
  });
  const statusOf = (label: CatalogLabel | SpoolLabel): ContainerStatus | undefined =>
    status.ContainerStatus.find(({ Container }) => Container === label);
  const report: StoreSync[] = [];
  const doubts: Doubt[] = [];
  for (const [label, replica] of [...catalogs, ...spools]) {
    if (!isCatalog(label) && !isSpool(label)) continue;
    if (compareStatus(replica, statusOf(label), stores.seen.get(label)?.count) === "same") continue;
    try {
      appendAll(report, await pullWithDevices(label, replica, options));
    } catch (error) {
      if (!isOfOneStore(label, error)) throw error;
      doubts.push({ store: label, error });
    }
  }
  const [first, ...others] = doubts;
  if (first !== undefined) throw new DoubtError([first, ...others], report);
  return report;
}

/** Pulls; frames of a device that was connected after MMM_Device had been pulled are looked at again when it is known. */
async function pullWithDevices(label: StoreLabel, replica: CatalogReplica | SpoolReplica, options: SyncOptions): Promise<readonly StoreSync[]> {
  const devices = options.stores.catalogs.get("MMM_Device");
  try {
    return present(await pull(label, replica, options));
  } catch (error) {
    if (!isMeshError(error, "ERR_VERIFICATION") || !isCatalog(label) || !devices || devices === replica) throw error;
    const brought = await pull("MMM_Device", devices, options);
    if (!brought) throw error;
    return [brought, ...present(await pull(label, replica, options))];
  }
}

function present(sync: StoreSync | undefined): readonly StoreSync[] {
  return sync ? [sync] : [];
}
