/**
 * A copy of a catalog that meets a higher epoch: fetches the rest of the former one while the service has it, then the new one beside it, compares
 * the two, and takes the new one into use by one rename (docs/extensions.md §5). Where the former epoch is not kept any more, the cost is that of the
 * live entries, and the log says that nothing was compared.
 */
import { rm } from "node:fs/promises";
import { equalBytes } from "../../base/bytes.ts";
import { makeDirectory } from "../../base/directory.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { decodeObject } from "../../codec/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { checkFrame, frameOf, TreeFrontier } from "../../dare/index.ts";
import type { CatalogLabel, Head } from "../../schema/index.ts";
import { comparePositions, SequenceApex } from "../../schema/index.ts";
import type { DeviceDirectoryFeed } from "../context/device-directory-feed.ts";
import { isOfOneStore } from "../context/doubt.ts";
import type { SyncClient } from "../context/patience.ts";
import type { ApexJudge } from "../store/apex-judge.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { copyPath, fetchFolder, putInPlace, removeFormer } from "../store/copy-path.ts";
import type { Stores } from "../store/stores.ts";
import { floorOf, replicaOf } from "../store/stores.ts";
import type { CatalogState } from "./same-state.ts";
import { differenceOf } from "./same-state.ts";
import { stateAt, stateOf } from "./union.ts";

/** What following needs. */
export interface FollowOptions {
  readonly client: SyncClient;
  readonly account: string;
  readonly stores: Stores;
  readonly feed: DeviceDirectoryFeed;
  readonly log: Log;
  /** Brings a copy to the end of its epoch. Errors: ERR_NOT_FOUND when the service does not keep that. */
  readonly pull: (replica: CatalogReplica) => Promise<unknown>;
}

/** The former epoch, as far as it is believed. */
interface Former {
  readonly replica: CatalogReplica;
  /** Why what follows is not believed. A compaction does not leave it behind. */
  readonly doubt?: MeshError;
}

/**
 * Follows a catalog up to the epoch in force.
 * Errors: ERR_FORK, ERR_ROLLBACK, ERR_VERIFICATION, each naming who began the epoch; ERR_NOT_AUTHORIZED without its key; those of the service.
 */
export async function followEpochs(label: CatalogLabel, inForce: number, options: FollowOptions): Promise<void> {
  for (;;) {
    const replica = replicaOf(options.stores, label) as CatalogReplica;
    if (replica.epoch >= inForce && replica.count > 0) return;
    const before = replica.count > 0 || isToldOfNone(replica, options) ? await formerOf(replica, options) : undefined;
    const isFetched = before !== undefined && (await fetchEpoch(label, { epoch: replica.epoch + 1, before }, options));
    if (!isFetched && label === "MMM_Device" && before?.doubt) throw before.doubt;
    if (!isFetched) await leap(label, inForce, options);
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
  const epoch = replica.count === 0 && label === "MMM_Device" ? await anchoredEpoch(inForce, options) : inForce;
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
  const frontier = new TreeFrontier();
  for await (const envelopes of pages(options, { store: label, epoch, from: () => frontier.count })) {
    for (const frame of envelopes.map(frameOf)) {
      checkFrame(frame, frontier);
      if (frame.index !== head.Index) continue;
      if (frontier.last && equalBytes(frontier.last, head.TreeDigest)) return epoch;
      throw new MeshError("ERR_FORK", `the service has another history of ${label} than this device was told of`, { detail: { store: label } });
    }
  }
  throw new MeshError("ERR_ROLLBACK", `the service has ${frontier.count} frames of ${label}, this device was told of ${head.Index + 1}`, {
    detail: { store: label },
  });
}

/** Pages of an epoch. Errors: ERR_NOT_FOUND when the service does not keep it. */
export async function* pages(
  { client, account }: Pick<FollowOptions, "client" | "account">,
  { store, epoch, from }: { readonly store: string; readonly epoch: number; readonly from: () => number },
): AsyncGenerator<readonly DareEnvelope[], void, undefined> {
  for (;;) {
    const { Updates } = await client.download({ Account: account, Select: [{ Container: store, Epoch: epoch, IndexMin: from() }] });
    const update = Updates.find(({ Container }) => Container === store);
    if (!update || update.Envelopes.length === 0) return;
    yield update.Envelopes;
    if (from() >= update.Index) return;
  }
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
  let isCarried = false;
  try {
    const judge = {
      ...feed.beginningOf(label, { begin: () => next.begin, introduces: before === undefined }),
      carried: async (former: Head): Promise<boolean> => {
        isCarried =
          before === undefined
            ? await mayFollow(replicaOf(stores, label) as CatalogReplica, former, next)
            : await isCarriedFrom(before, former, { next, log: options.log, judge: feed.judgeOf(label) });
        return isCarried;
      },
    };
    for await (const envelopes of pages(options, { store: label, epoch, from: () => next.count })) {
      stores.seen.get(label)?.compare(envelopes, epoch);
      const count = next.count;
      await next.receive(envelopes, judge);
      if (isCarried) break;
      if (next.count === count) throw new MeshError("ERR_VERIFICATION", `epoch ${epoch} of ${label} ends with frames that no device vouches for`);
    }
    await checkBegun(next, { isCarried, before, floor: floorOf(stores, label) });
  } catch (error) {
    await next.close();
    if (isMeshError(error, "ERR_NOT_FOUND")) return false;
    throw error;
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
  if (label === "MMM_State") await removeFormer(stores.folder, label, epoch - 1);
}

/**
 * True when an epoch that cannot be compared leaves out nothing of what is known: it goes on from no earlier end than that of this copy, and has every
 * removal. A service can say that it does not keep the former epoch, and show one that was staged before a removal and never came in force.
 */
async function mayFollow(replica: CatalogReplica, former: Head, next: CatalogReplica): Promise<boolean> {
  const end = replica.head;
  if (end && (former.Epoch ?? 0) === (end.Epoch ?? 0) && comparePositions(former, end) < 0) return false;
  for (const copy of [replica, next]) await copy.unlock();
  const carried = next.removals();
  return replica.removals().every(({ key }, at) => carried[at]?.key === key);
}

/**
 * True when an epoch was begun by Repair from another history and names this copy's as one that it holds, too: the end itself, or a later one of which only who
 * began it can know that this copy is its beginning. Errors: ERR_FORK when it lacks a removal that is known here.
 */
async function isUnited(replica: CatalogReplica, former: Head, next: CatalogReplica): Promise<boolean> {
  const { begin, label, epoch } = next;
  const end = replica.head;
  if (begin?.Reason !== "Repair" || !end) return false;
  if (comparePositions(former, end) === 0 && equalBytes(former.TreeDigest, end.TreeDigest)) return false;
  const named = (begin.Others ?? []).find((other) => {
    const order = comparePositions(end, other);
    return order < 0 || (order === 0 && equalBytes(end.TreeDigest, other.TreeDigest));
  });
  if (!named) return false;
  const lacking = replica.removals().find(({ key }) => !next.removals().some((carried) => carried.key === key));
  if (!lacking) return true;
  throw new MeshError("ERR_FORK", `${begin.DeviceUdf} began epoch ${epoch} of ${label} without a removal that this device knows: ${lacking.key}`, {
    detail: { store: label, device: begin.DeviceUdf },
  });
}

/** True when an epoch goes on from the very end of the former one, and holds what that held. */
async function isCarriedFrom(
  { replica, doubt }: Former,
  former: Head,
  { next, log, judge }: { readonly next: CatalogReplica; readonly log: Log; readonly judge: ApexJudge },
): Promise<boolean> {
  const { label } = replica;
  if (await isUnited(replica, former, next)) {
    log.warn("store.repaired", { store: label, device: next.begin?.DeviceUdf, epoch: next.epoch, left: replica.count });
    return true;
  }
  if (doubt && label === "MMM_Device") throw doubt;
  const end = replica.head;
  const beginner = next.begin?.DeviceUdf;
  const order = end === undefined ? 1 : comparePositions(former, end);
  const own = order > 0 || former.Epoch !== end?.Epoch ? undefined : await replica.treeDigestAt(former.Index);
  const detail = { store: label, device: beginner };
  if (order > 0 || !own) {
    throw new MeshError(
      "ERR_ROLLBACK",
      `${beginner} began epoch ${next.epoch} of ${label} after frame ${former.Index}, the service shows ${replica.count}`,
      {
        detail,
      },
    );
  }
  if (!equalBytes(own, former.TreeDigest))
    throw new MeshError("ERR_FORK", `${beginner} began epoch ${next.epoch} of ${label} from another history`, { detail });
  for (const copy of [replica, next]) await copy.unlock();
  if (order < 0) {
    if (next.begin?.Reason === "Compact" || !(await isLeftBehind(replica, former.Index + 1, judge))) return false;
    log.warn("store.left_behind", { store: label, device: beginner, frames: replica.count - former.Index - 1 });
    requireSame(next, stateOf(await stateAt(replica, former.Index + 1)), detail);
    return true;
  }
  // A removed device may have written between the last sync of who removed it and its removal: administrators leave that behind.
  if (doubt && next.begin?.Reason === "Compact") throw doubt;
  requireSame(next, replica, detail);
  return true;
}

/** Errors: ERR_FORK with the first difference. */
function requireSame(next: CatalogReplica, former: CatalogState, detail: Readonly<Record<string, unknown>>): void {
  const difference = differenceOf(next, former);
  if (difference === undefined) return;
  const { label, epoch, begin } = next;
  throw new MeshError("ERR_FORK", `${begin?.DeviceUdf} began epoch ${epoch} of ${label} with an entry ${difference.how}: ${difference.key}`, {
    detail,
    hint: "remove that device from the account, unless you know why it did so; nothing of the new epoch was taken over",
  });
}

/** True when every group of a copy from a frame on was closed by who is not believed there any more: this copy met the removal after it had taken them in. */
async function isLeftBehind(replica: CatalogReplica, from: number, judge: ApexJudge): Promise<boolean> {
  for await (const { index, isMeta, body } of replica.frames(from)) {
    if (!isMeta) continue;
    try {
      judge.apexKeys(decodeObject(SequenceApex, body).DeviceUdf, { Epoch: replica.epoch, Index: index });
      return false;
    } catch (error) {
      if (!isMeshError(error, "ERR_VERIFICATION")) throw error;
    }
  }
  return true;
}

/** What an epoch says of itself. */
async function checkBegun(
  next: CatalogReplica,
  known: { readonly isCarried: boolean; readonly before: Former | undefined; readonly floor: Head | undefined },
): Promise<void> {
  const { begin, label, epoch } = next;
  const { isCarried, before, floor } = known;
  const detail = { store: label, device: begin?.DeviceUdf };
  if (!begin || !isCarried) {
    // Somebody wrote to the former epoch after the end that the new one was begun from, or the service cut it short.
    throw new MeshError("ERR_FORK", `epoch ${epoch} of ${label} leaves out what the former one ends with`, { detail });
  }
  const keyEpoch = before?.replica.keyEpoch ?? 0;
  const rises = begin.Reason === "Rekey" ? begin.KeyEpoch > keyEpoch : begin.KeyEpoch === keyEpoch;
  const isKeyed = before ? rises : begin.KeyEpoch >= keyEpoch;
  if (!isKeyed || (begin.Former.Epoch ?? 0) !== epoch - 1) {
    throw new MeshError("ERR_VERIFICATION", `epoch ${epoch} of ${label} is begun with key ${begin.KeyEpoch} after key ${keyEpoch}`, { detail });
  }
  if (floor === undefined || (floor.Epoch ?? 0) !== epoch) return;
  const own = await next.treeDigestAt(floor.Index);
  if (!own || !equalBytes(own, floor.TreeDigest)) {
    throw new MeshError("ERR_FORK", `the service has another epoch ${epoch} of ${label} than the devices were told of`, { detail });
  }
}
