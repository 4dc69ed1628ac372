/**
 * Gives a service back whole epochs that it has lost, as one has that was put back by days (docs/extensions.md §5, Repair): first its own history is
 * kept, since others may have written there since; then the same octets of every lost epoch are staged again and come in force. Whoever has seen these
 * epochs knows them. Who has not goes on with the repair that follows, which unites both histories.
 */
import { makeDirectory } from "../../base/directory.ts";
import { MeshError } from "../../base/errors.ts";
import { newNonce } from "../../crypto/index.ts";
import type { ContainerStatus, StageSwitch } from "../../protocol/index.ts";
import type { CatalogLabel } from "../../schema/index.ts";
import { epochMember } from "../../schema/index.ts";
import type { DeviceDirectoryFeed } from "../context/device-directory-feed.ts";
import type { Writing } from "../context/write.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { behindFolder, copyPath, putInPlace } from "../store/copy-path.ts";
import { replicaOf } from "../store/stores.ts";
import type { Aside } from "./adopt.ts";
import { fetchBelieved } from "./adopt.ts";
import { stageCopy } from "./stage.ts";

/** Where the service ends in a store of which this device has a later epoch. */
interface Lost {
  readonly label: CatalogLabel;
  readonly end: ContainerStatus;
}

/**
 * Looks which epochs the service has lost, and gives them back. @param labels MMM_Device first
 * Errors: ERR_ROLLBACK when this device has no copy of one of them; ERR_CONFLICT; ERR_NOT_AUTHORIZED; those of the service and the disk.
 */
export async function giveBack(writing: Writing, labels: readonly CatalogLabel[], aside: Aside): Promise<void> {
  const { client, address, stores, feed } = writing;
  const { ContainerStatus: there } = await client.status({ Account: address, Catalogs: labels, Spools: [] });
  let lost: readonly Lost[] = labels.flatMap((label): readonly Lost[] => {
    const end = there.find(({ Container }) => Container === label);
    return end && end.Index > 0 && (end.Epoch ?? 0) < (replicaOf(stores, label) as CatalogReplica).epoch ? [{ label, end }] : [];
  });
  for (const { label, end } of lost) await requireCopies(writing, label, end);
  let known = feed;
  for (const one of lost) known = await keepTheirs(writing, one, { aside, known });
  while (lost.length > 0) lost = await giveNext(writing, lost);
}

/** Errors: ERR_ROLLBACK. */
async function requireCopies({ stores }: Writing, label: CatalogLabel, { Epoch: there = 0 }: ContainerStatus): Promise<void> {
  const { epoch: own } = replicaOf(stores, label) as CatalogReplica;
  for (let epoch = there + 1; epoch < own; epoch += 1) {
    const copy = await stores.open(label, { folder: stores.folder, epoch });
    const { count } = copy;
    await copy.close();
    if (count > 0) continue;
    throw new MeshError("ERR_ROLLBACK", `the service shows epoch ${there} of ${label}, and this device has no copy of epoch ${epoch} any more`, {
      detail: { store: label },
      hint: "repair on an administration device that has one; else the service's operator has to put in a newer copy",
    });
  }
}

/** Keeps what the service has, as far as it can be believed. @returns who is known there */
async function keepTheirs(
  writing: Writing,
  { label, end: { Epoch: epoch = 0, Index: count } }: Lost,
  { aside, known }: { readonly aside: Aside; readonly known: DeviceDirectoryFeed },
): Promise<DeviceDirectoryFeed> {
  const { stores, feed, ports } = writing;
  const own = await stores.open(label, { folder: stores.folder, epoch });
  try {
    const devices = label === "MMM_Device" ? feed.beside(own) : known;
    const { folder, isWhole } = await fetchBelieved(writing, { label, own, aside, judge: devices.judgeOf(label) });
    if (!isWhole) ports.log.warn("store.left_behind", { store: label, epoch, frames: count });
    const behind = behindFolder(stores.folder);
    await makeDirectory(behind);
    await putInPlace(copyPath(folder, { store: label, epoch }), behind);
    return devices;
  } finally {
    await own.close();
  }
}

/** Gives back the next epoch of each store, all of them in one Transact. @returns what is still to be given back */
async function giveNext({ client, address, stores, ports }: Writing, lost: readonly Lost[]): Promise<readonly Lost[]> {
  const stage = newNonce(ports.random);
  const switches: StageSwitch[] = [];
  const left: Lost[] = [];
  // What MMM_Device says of the others holds when they are there.
  for (const { label, end } of [...lost].reverse()) {
    const epoch = (end.Epoch ?? 0) + 1;
    const inForce = replicaOf(stores, label) as CatalogReplica;
    const copy = epoch === inForce.epoch ? inForce : await stores.open(label, { folder: stores.folder, epoch });
    try {
      const { count: Index, treeDigest: Digest } = copy;
      await stageCopy(copy, { client, account: address, stage, isGivenBack: true });
      if (!Digest) continue;
      switches.push({ Container: label, Stage: stage, Former: end, Epoch: epoch, Index, Digest });
      if (epoch < inForce.epoch) left.unshift({ label, end: { Container: label, ...epochMember(epoch), Index, Digest } });
    } finally {
      if (copy !== inForce) await copy.close();
    }
  }
  await client.transact({ Account: address, RequestId: newNonce(ports.random), Switch: switches });
  return left;
}
