/**
 * A copy of a catalog that meets a higher epoch: fetches the rest of the former one while the service has it, then the new one beside it, compares
 * the two, and takes the new one into use by one rename (docs/extensions.md §5). Where the former epoch is not kept any more, or the copy is far behind,
 * the cost is that of the live entries, and the log says that nothing was compared.
 */
import { rm } from "node:fs/promises";
import { makeDirectory } from "../../base/directory.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { decodeObject } from "../../codec/index.ts";
import { TreeFrontier } from "../../dare/index.ts";
import type { CatalogLabel, Head } from "../../schema/index.ts";
import { EpochBegin, storeOf } from "../../schema/index.ts";
import type { DeviceDirectoryFeed } from "../context/device-directory-feed.ts";
import { isOfOneStore } from "../context/doubt.ts";
import type { SyncClient } from "../context/patience.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { copyPath, fetchFolder, putInPlace, removeFormer } from "../store/copy-path.ts";
import type { Stores } from "../store/stores.ts";
import { floorOf, replicaOf } from "../store/stores.ts";
import { isFarBehind } from "./far-behind.ts";
import { pages } from "./pages.ts";
import type { Former } from "./passage.ts";
import { Passage } from "./passage.ts";
import { checkAhead, walkTo } from "./pins.ts";

/** What following needs. */
export interface FollowOptions {
  readonly client: SyncClient;
  readonly account: string;
  /** This device. */
  readonly deviceUdf: string;
  readonly stores: Stores;
  readonly feed: DeviceDirectoryFeed;
  readonly log: Log;
  /** Brings a copy to the end of its epoch. Errors: ERR_NOT_FOUND when the service does not keep that. */
  readonly pull: (replica: CatalogReplica) => Promise<unknown>;
}

/**
 * Follows a catalog up to the epoch in force.
 * Errors: ERR_FORK, ERR_ROLLBACK, ERR_VERIFICATION, each naming who began the epoch; ERR_NOT_AUTHORIZED without its key; those of the service.
 */
export async function followEpochs(label: CatalogLabel, inForce: number, following: FollowOptions): Promise<void> {
  const options = { ...following, repairs: new RepairSearch(label, inForce, following) };
  for (;;) {
    const replica = replicaOf(options.stores, label) as CatalogReplica;
    if (replica.epoch >= inForce && replica.count > 0) return;
    // What a removed device wrote to a service that was put back stands in the rest of the former epoch: who has not met it need not believe it first.
    if (label === "MMM_Device" && replica.count > 0 && (await toRepair(label, { from: replica.epoch + 1, before: { replica } }, options))) continue;
    if ((await isFarBehind(replica, inForce, options)) && (await takeOver(label, inForce, options))) return;
    const before = replica.count > 0 || isToldOfNone(replica, options) ? await formerOf(replica, options) : undefined;
    const isFetched = before !== undefined && (await goOn(label, before, options));
    if (!isFetched && label === "MMM_Device" && before?.doubt) throw before.doubt;
    if (!isFetched) await leap(label, inForce, options);
  }
}

/** What an epoch fails with that goes on from another history than this device's. */
const ofHistory = ["ERR_FORK", "ERR_ROLLBACK", "ERR_VERIFICATION"] as const;

/**
 * Goes to the next epoch; where that does not go on from what this device has, to a later one that a Repair began and that does: the service had lost
 * the epochs between, and was given them back. @returns false when the service does not keep the next one
 */
async function goOn(label: CatalogLabel, before: Former, options: Following): Promise<boolean> {
  const { epoch } = before.replica;
  try {
    return await fetchEpoch(label, { epoch: epoch + 1, before }, options);
  } catch (error) {
    if (!ofHistory.some((code) => isMeshError(error, code))) throw error;
    if (await toRepair(label, { from: epoch + 2, before }, options)) return true;
    throw error;
  }
}

/** Goes to the first epoch from a number on that a Repair began and that goes on from what this device has. @returns false when there is none */
async function toRepair(
  label: CatalogLabel,
  { from, before }: { readonly from: number; readonly before: Former },
  options: Following,
): Promise<boolean> {
  for await (const epoch of options.repairs.from(from)) {
    try {
      if (await fetchEpoch(label, { epoch, before }, options)) return true;
    } catch (error) {
      if (!ofHistory.some((code) => isMeshError(error, code))) throw error;
    }
  }
  return false;
}

/** One follow. */
interface Following extends FollowOptions {
  readonly repairs: RepairSearch;
}

/** Epochs whose first frame is looked at: those before are hardly kept any more, and a service may claim any number. And epochs that are tried. */
const mostLooks = 1024;
const mostTries = 256;

/** Which epochs of a store a Repair began, as far as a service says so. Each is asked for once, however often a device goes on. */
class RepairSearch {
  readonly #label: CatalogLabel;
  readonly #inForce: number;
  readonly #options: FollowOptions;
  readonly #reasons = new Map<number, string | undefined>();
  #tries = 0;

  constructor(label: CatalogLabel, inForce: number, options: FollowOptions) {
    this.#label = label;
    this.#inForce = inForce;
    this.#options = options;
  }

  /** The lowest first. Errors: ERR_SCHEMA, ERR_VERIFICATION. */
  async *from(least: number): AsyncGenerator<number, void, undefined> {
    for (let epoch = Math.max(least, this.#inForce - mostLooks + 1); epoch <= this.#inForce && this.#tries < mostTries; epoch += 1) {
      if (!this.#reasons.has(epoch)) this.#reasons.set(epoch, await reasonOf(this.#label, epoch, this.#options));
      if (this.#reasons.get(epoch) !== "Repair") continue;
      this.#tries += 1;
      yield epoch;
    }
  }
}

/** Why an epoch was begun, by its first frame alone; undefined when the service does not keep it. Errors: ERR_SCHEMA, ERR_VERIFICATION. */
async function reasonOf(label: CatalogLabel, epoch: number, { client, account }: FollowOptions): Promise<string | undefined> {
  try {
    const { Updates } = await client.download({ Account: account, Select: [{ Container: label, Epoch: epoch, IndexMin: 0, IndexMax: 1 }] });
    const first = Updates.find(({ Container }) => Container === label)?.Envelopes[0];
    return first && decodeObject(EpochBegin, first.body).Reason;
  } catch (error) {
    if (isMeshError(error, "ERR_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** A device that joined before MMM_Device began anew: in epoch 0 the account's first device vouches for itself, and every later one for the next. */
function isToldOfNone({ label, epoch }: CatalogReplica, { stores }: FollowOptions): boolean {
  return label === "MMM_Device" && epoch === 0 && stores.seen.get(label)?.position.Epoch === 0;
}

/** The former epoch to its end; undefined when the service does not keep it. */
async function formerOf(replica: CatalogReplica, { pull }: FollowOptions): Promise<Former | undefined> {
  try {
    await pull(replica);
    return replica.count > 0 ? { replica } : undefined;
  } catch (error) {
    if (isMeshError(error, "ERR_NOT_FOUND")) return undefined;
    if (isOfOneStore(replica.label, error) || isMeshError(error, "ERR_VERIFICATION")) return { replica, doubt: error };
    throw error;
  }
}

/** Goes to an epoch without comparing it with the former one. */
async function leap(label: CatalogLabel, inForce: number, options: FollowOptions): Promise<void> {
  const { stores, log } = options;
  const replica = replicaOf(stores, label) as CatalogReplica;
  if (replica.count > 0) {
    const reason = `the service keeps epoch ${replica.epoch} of ${label} no more: not comparable`;
    log.warn("store.not_comparable", { store: label, from: replica.epoch, to: inForce, reason });
  }
  await goTo(label, replica.count === 0 && label === "MMM_Device" ? await anchoredEpoch(inForce, options) : inForce, options);
}

/** Goes to the epoch in force from far behind. @returns false when it does not hold what it has to, which the usual way names, or mends */
async function takeOver(label: CatalogLabel, inForce: number, options: FollowOptions): Promise<boolean> {
  const { epoch: from } = replicaOf(options.stores, label) as CatalogReplica;
  try {
    await goTo(label, inForce, options);
  } catch (error) {
    if (!ofHistory.some((code) => isMeshError(error, code))) throw error;
    return false;
  }
  const reason = `${label} has begun anew, and this copy was far behind: what lives was taken over, not compared`;
  options.log.warn("store.not_compared", { store: label, from, to: inForce, reason });
  return true;
}

async function goTo(label: CatalogLabel, epoch: number, options: FollowOptions): Promise<void> {
  if (await fetchEpoch(label, { epoch }, options)) return;
  throw new MeshError("ERR_ROLLBACK", `the service does not have the epoch ${epoch} of ${label} that it says it has`, { detail: { store: label } });
}

/**
 * The epoch of MMM_Device that a device without a copy of it may believe: that of the head which an administrator told it when it joined, or which its
 * own lost copy had. The tree digest commits to every frame before. Errors: ERR_VERIFICATION when it was told none; ERR_FORK, ERR_ROLLBACK.
 */
async function anchoredEpoch(inForce: number, options: FollowOptions): Promise<number> {
  const label = "MMM_Device";
  const head = options.stores.seen.get(label)?.head;
  const epoch = head?.Epoch ?? 0;
  const hint = "ask the account's owner to connect this device again";
  if (!head || epoch === 0) throw new MeshError("ERR_VERIFICATION", `nobody has told this device of epoch ${inForce} of ${label}`, { hint });
  await walkTo(head, { ...options, after: new TreeFrontier() });
  return epoch;
}

/**
 * Fetches an epoch up to where it holds what the former one did, and takes it into use. Without `before` nothing is compared.
 * @returns false when the service does not keep it
 */
async function fetchEpoch(
  label: CatalogLabel,
  { epoch, before }: { readonly epoch: number; readonly before?: Former },
  options: FollowOptions,
): Promise<boolean> {
  const { stores, feed } = options;
  const folder = fetchFolder(stores.folder);
  await rm(folder, { recursive: true, force: true });
  await makeDirectory(folder);
  const next = await stores.open(label, { folder, epoch });
  const beginning = feed.beginningOf(label, { begin: () => next.begin, introduces: before === undefined });
  const passage = new Passage({
    own: replicaOf(stores, label) as CatalogReplica,
    before,
    next,
    feed,
    beginner: beginning.beginner,
    deviceUdf: options.deviceUdf,
    log: options.log,
  });
  try {
    const judge = { ...beginning, carried: (former: Head | undefined) => passage.met(former) };
    for await (const envelopes of pages(options, { store: label, epoch, from: () => next.count })) {
      stores.seen.get(label)?.compare(envelopes, epoch);
      const count = next.count;
      if (count === 0) await checkAhead({ label, epoch, after: next.frontier(), first: envelopes }, { ...options, directory: feed.directory });
      await next.receive(envelopes, judge);
      if (passage.isOpen) break;
      if (next.count === count) throw new MeshError("ERR_VERIFICATION", `epoch ${epoch} of ${label} ends with frames that no device vouches for`);
    }
    await passage.check(floorOf(stores, label));
  } catch (error) {
    await next.close();
    if (isMeshError(error, "ERR_NOT_FOUND")) return false;
    throw passage.reasonFor(error);
  }
  await next.close();
  await takeIntoUse(label, { folder, epoch }, options);
  return true;
}

/** Puts the file of a whole epoch in its place, and the copies of a device go on with it. */
export async function takeIntoUse(
  label: CatalogLabel,
  { folder, epoch }: { readonly folder: string; readonly epoch: number },
  { stores, feed }: Pick<FollowOptions, "stores" | "feed">,
): Promise<void> {
  await putInPlace(copyPath(folder, { store: label, epoch }), stores.folder);
  const replica = await stores.open(label, { folder: stores.folder, epoch });
  await stores.replace(replica);
  if (label === "MMM_Device") feed.restart(replica);
  await stores.seen.get(label)?.reached(replica.position);
  // States are many, and those of before say little: one former epoch is enough to compare heads with.
  if (storeOf(label) === "MMM_State") await removeFormer(stores.folder, label, epoch - 1);
}
