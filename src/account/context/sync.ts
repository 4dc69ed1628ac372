/** Brings the copies of the stores up to what the service has: Status, then Download of what is new. protocol-09 §7.7; cost = the number of new frames. */

import { equalBytes } from "../../base/bytes.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { appendAll } from "../../base/list.ts";
import type { ContainerStatus, StatusResponse } from "../../protocol/index.ts";
import type { CatalogLabel, Head, Position, SpoolLabel, StateSequence, StoreLabel } from "../../schema/index.ts";
import { comparePositions, isCatalog, isStateSequence, storeOf, writerOf } from "../../schema/index.ts";
import type { FollowOptions } from "../epoch/follow.ts";
import { followEpochs } from "../epoch/follow.ts";
import { checkAhead, checkHeld } from "../epoch/pins.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import type { SpoolReplica } from "../store/spool-replica.ts";
import type { Stores } from "../store/stores.ts";
import { floorOf, positionOf, replicaOf } from "../store/stores.ts";
import { ofOwnAccount } from "./account-gone.ts";
import type { Doubt, StoreSync } from "./doubt.ts";
import { DoubtError, isOfOneStore, LateFramesError } from "./doubt.ts";
import { FirstPages } from "./first-pages.ts";

/** What sync needs. */
export interface SyncOptions extends Omit<FollowOptions, "pull"> {
  /** What askStatus gave for the same stores. */
  readonly status: StatusResponse;
  /** Restricts the stores; all copies when absent. */
  readonly only?: readonly StoreLabel[];
}

/** With what was fetched of several stores at once. */
type Pulling = SyncOptions & { readonly pages: FirstPages };

/** Whether a sync of these stores looks at a label; MMM_Device comes with every catalog, because it says whose apexes count. */
function isWanted(label: StoreLabel, only: readonly StoreLabel[] | undefined): boolean {
  return only === undefined || only.includes(label) || only.includes(storeOf(label)) || (label === "MMM_Device" && only.some(isCatalog));
}

/** The copies that a sync of these stores brings up to date. */
export function wantedOf({ catalogs, spools }: Stores, only: readonly StoreLabel[] | undefined): readonly (CatalogLabel | SpoolLabel)[] {
  return [...catalogs.keys(), ...spools.keys()].filter((label) => isWanted(label, only));
}

/** Asks how far the stores have grown; the answer brings this device's own entry along. Errors: ERR_NOT_AUTHORIZED, and others of the service. */
export async function askStatus({
  client,
  account,
  stores,
  only,
}: Pick<SyncOptions, "client" | "account" | "stores" | "only">): Promise<StatusResponse> {
  const wanted = (label: StoreLabel): boolean => isWanted(label, only);
  try {
    return await client.status({
      Account: account,
      // A service that knows no sequences of writers is asked for stores alone.
      Catalogs: [...new Set([...stores.catalogs.keys()].filter(wanted).map(storeOf))],
      Spools: [...stores.spools.keys()].filter(wanted),
      Writers: true,
    });
  } catch (error) {
    throw ofOwnAccount(account, error);
  }
}

/**
 * Compares a copy with the service's state.
 * @param marks positions that were seen otherwise: by an earlier copy, or in MMM_Device
 * Errors: ERR_ROLLBACK when the service has less, ERR_FORK when it has other frames.
 */
export function compareStatus(
  replica: CatalogReplica | SpoolReplica,
  status: ContainerStatus | undefined,
  marks: readonly Position[] = [],
): "same" | "behind" | "begun anew" {
  const own = positionOf(replica);
  const there = { Epoch: status?.Epoch ?? 0, Index: status?.Index ?? 0 };
  const seen = marks.reduce<Position>((most, mark) => (comparePositions(mark, most) > 0 ? mark : most), own);
  if (comparePositions(there, seen) < 0) throw rolledBack(replica.label, there, seen);
  // Where an epoch begins is judged by more than its frames.
  if (there.Epoch > own.Epoch || (own.Epoch > 0 && own.Index === 0)) return "begun anew";
  if (there.Index > own.Index) return "behind";
  const digest = replica.treeDigest;
  if (digest && !(status?.Digest && equalBytes(status.Digest, digest))) {
    throw new MeshError("ERR_FORK", `the service has another history of ${replica.label} up to frame ${there.Index - 1}`, {
      detail: { store: replica.label },
    });
  }
  return "same";
}

function rolledBack(store: StoreLabel, there: Required<Position>, { Epoch: epoch = 0, Index: seen }: Position): MeshError {
  const text =
    epoch === there.Epoch
      ? `the service has ${there.Index} frames of ${store}, this device has seen ${seen}`
      : `the service shows epoch ${there.Epoch} of ${store}, this device has seen epoch ${epoch}`;
  return new MeshError("ERR_ROLLBACK", text, { detail: { store, service: there.Index, seen } });
}

async function pull(label: CatalogLabel | SpoolLabel, replica: CatalogReplica | SpoolReplica, options: Pulling): Promise<StoreSync | undefined> {
  const { client, account, feed } = options;
  const from = replica.count;
  // Without it the service would show the epoch in force.
  const { Epoch: epoch } = positionOf(replica);
  for (;;) {
    const select = { Container: label, Epoch: epoch, IndexMin: replica.count };
    const fetched = options.pages.take(label, epoch, replica.count);
    const update = fetched ?? (await client.download({ Account: account, Select: [select] })).Updates.find(({ Container }) => Container === label);
    const envelopes = update?.Envelopes ?? [];
    if (envelopes.length === 0) break;
    const mark = options.stores.seen.get(label);
    mark?.compare(envelopes, epoch);
    const before = replica.count;
    if (replica.label === label && isCatalog(label)) {
      const catalog = replica as CatalogReplica;
      if (before === from) await checkAhead({ label, epoch, after: catalog.frontier(), first: envelopes }, { ...options, directory: feed.directory });
      await catalog.receive(envelopes, feed.judgeOf(label));
    } else {
      await (replica as SpoolReplica).receive(envelopes);
    }
    await mark?.reached(positionOf(replica));
    // A page may end inside a group: ask again from its start. No progress at all means a tail that no apex covers, unless stores before it filled the page.
    if (replica.count === before) {
      if (fetched) continue;
      throw new MeshError("ERR_VERIFICATION", `${label} ends with ${envelopes.length} frames that no device vouches for`);
    }
    if (replica.count >= (update?.Index ?? 0)) break;
  }
  return replica.count > from ? { store: label, from, to: replica.count } : undefined;
}

/**
 * Synchronises; MMM_Device first, whatever catalog is asked for. A store whose end is not believed fails
 * when all others were brought up to date; one that ends with what somebody wrote after his removal does not fail, and is told as such.
 */
export async function syncStores(asked: SyncOptions): Promise<readonly StoreSync[]> {
  const { stores, status, only } = asked;
  const options: Pulling = { ...asked, pages: new FirstPages(status.Updates) };
  const wanted = (label: StoreLabel): boolean => isWanted(label, only);
  const statusOf = (label: CatalogLabel | SpoolLabel): ContainerStatus | undefined =>
    status.ContainerStatus.find(({ Container }) => Container === label);
  const report: StoreSync[] = [];
  const doubts: Doubt[] = [];
  const leaveOut = (store: StoreLabel, late: LateFramesError): void => {
    const { count } = replicaOf(stores, store);
    report.push({ store, from: count, to: count, late });
    if (options.feed.isNews(`${store}: ${late.message}`)) options.log.warn("store.late_frames", { store, reason: late.message });
  };
  const bringAll = async (labels: Iterable<CatalogLabel | SpoolLabel>): Promise<void> => {
    for (const label of [...labels].filter(wanted)) {
      try {
        appendAll(report, await bring(label, statusOf(label), options));
      } catch (error) {
        if (!isOfOneStore(label, error)) throw error;
        if (error instanceof LateFramesError) leaveOut(label, error);
        else doubts.push({ store: label, error });
      }
    }
  };
  await options.pages.fetch(options, wantedOf(stores, only));
  await bringAll([...stores.catalogs.keys()].filter((label) => label === "MMM_Device"));
  await stores.meet(sequencesToMeet(options));
  await bringAll([...stores.catalogs.keys()].filter((label) => label !== "MMM_Device"));
  await bringAll(stores.spools.keys());
  const [first, ...others] = doubts;
  if (first !== undefined) throw new DoubtError([first, ...others], report);
  return report;
}

/** Sequences that the service shows and this device has not met: of devices that are known, since nobody else is believed there. */
function sequencesToMeet({ stores, feed, status }: SyncOptions): readonly StateSequence[] {
  return status.ContainerStatus.flatMap(({ Container: label, Index: count }) => {
    const writer = writerOf(label);
    return count > 0 && isStateSequence(label) && writer !== undefined && !stores.catalogs.has(label) && feed.directory.knows(writer) ? [label] : [];
  });
}

/** One store. */
async function bring(label: CatalogLabel | SpoolLabel, status: ContainerStatus | undefined, options: Pulling): Promise<readonly StoreSync[]> {
  const { stores } = options;
  const floor = floorOf(stores, label);
  await checkFloor(label, floor, stores);
  const pin = isCatalog(label) ? options.feed.directory.pin(label) : undefined;
  if (isCatalog(label)) await checkHeld(replicaOf(stores, label) as CatalogReplica, options.feed.directory);
  const told = [floor, pin].flatMap((head) => head ?? []).map((head) => ({ ...head, Index: head.Index + 1 }));
  const marks = [...told, ...[stores.seen.get(label)?.position ?? []].flat()];
  switch (compareStatus(replicaOf(stores, label), status, marks)) {
    case "same":
      return [];
    case "behind":
      return pullWithDevices(label, replicaOf(stores, label), options);
    case "begun anew": {
      if (!isCatalog(label)) throw new MeshError("ERR_VERIFICATION", `the spool ${label} has begun anew, which no spool does`);
      await followEpochs(label, status?.Epoch ?? 0, { ...options, pull: (replica) => pull(label, replica, options) });
      const replica = replicaOf(stores, label);
      await pullWithDevices(label, replica, options);
      return [{ store: label, from: 0, to: replica.count }];
    }
  }
}

/** Errors: ERR_FORK when this copy is of another epoch of the same number than the one that MMM_Device names. */
async function checkFloor(label: StoreLabel, floor: Head | undefined, stores: Stores): Promise<void> {
  const replica = replicaOf(stores, label);
  if (!floor || positionOf(replica).Epoch !== (floor.Epoch ?? 0) || replica.count <= floor.Index) return;
  if (equalBytes((await replica.treeDigestAt(floor.Index)) ?? new Uint8Array(), floor.TreeDigest)) return;
  throw new MeshError("ERR_FORK", `the copy of ${label} is of another epoch ${floor.Epoch ?? 0} than the devices were told of`, {
    detail: { store: label },
  });
}

/** Pulls; frames of a device that was connected after MMM_Device had been pulled are looked at again when it is known. */
async function pullWithDevices(
  label: CatalogLabel | SpoolLabel,
  replica: CatalogReplica | SpoolReplica,
  options: Pulling,
): Promise<readonly StoreSync[]> {
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
