/**
 * Epochs at the service that nobody can believe, in the place of those that the account would go on in (docs/extensions.md §5, Repair): begun by who was
 * removed, as a service takes them that was put back, or under a name that is not that of who signed. Frame 0 names a device in clear and any device can
 * write any name there: whose apex closes the first group is who begins the epoch.
 */
import { equalBytes } from "../../base/bytes.ts";
import { isMeshError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { SequenceFrame } from "../../dare/index.ts";
import { checkFrame, frameOf, statedTreeDigest, TreeFrontier } from "../../dare/index.ts";
import type { ContainerStatus } from "../../protocol/index.ts";
import type { CatalogLabel, Position } from "../../schema/index.ts";
import { EpochBegin, SequenceApex } from "../../schema/index.ts";
import type { DeviceDirectory } from "../context/device-directory.ts";
import type { Writing } from "../context/write.ts";
import { checkApex } from "../store/apex-judge.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { floorOf, replicaOf } from "../store/stores.ts";
import { signerOf } from "./named-heads.ts";
import type { PagesOptions } from "./pages.ts";
import { pages } from "./pages.ts";

/** A store of which the service is in a later epoch than this device, and what is known of devices. */
export interface Suspect {
  readonly label: CatalogLabel;
  readonly status: ContainerStatus;
  /** By the history that was put aside, if one was. */
  readonly directory: DeviceDirectory;
  /** MMM_Device could be brought up to date: who is not known then is nobody's device. */
  readonly isKnowing: boolean;
}

/** Epochs that are looked at, and frames of a first group: no writer closes larger ones. */
const mostEpochs = 64;
const mostFrames = 4096;

/** The first epoch on the way that cannot be believed. */
interface Usurped {
  readonly epoch: number;
  /** A removed device began it, or one that has lost the right. Else the service alone can have made it out of a true one: by leaving out, or by another bit. */
  readonly isProven: boolean;
}

/** Where the service is in a later epoch than this device can follow to: the first on the way that who may did not begin. */
export async function usurpedFrom(writing: Writing, { label, status, directory, isKnowing }: Suspect): Promise<Usurped | undefined> {
  const { client, address, stores } = writing;
  const inForce = status.Epoch ?? 0;
  const own = (): CatalogReplica => replicaOf(stores, label) as CatalogReplica;
  if (own().count === 0 || own().epoch >= inForce) return undefined;
  await followAsFar(writing, label);
  const replica = own();
  if (replica.epoch >= inForce) return undefined;
  const target = { client, account: address };
  const judging = { label, directory, isKnowing: label === "MMM_Device" ? await isAtEnd(target, replica) : isKnowing };
  // Of an epoch that the account's devices were told of there is a true one.
  const told = Math.max(...[floorOf(stores, label), directory.pin(label)].map((head) => head?.Epoch ?? 0));
  for (let epoch = Math.max(1, replica.epoch); epoch <= inForce && epoch < replica.epoch + mostEpochs; epoch += 1) {
    const group = await firstGroup(target, label, epoch);
    if (group === undefined || (epoch === replica.epoch && (await isOf(replica, group)))) continue;
    const standing = standingOf(writing, { ...judging, epoch, group });
    if (standing !== "may") return { epoch, isProven: standing === "over" && epoch > told };
  }
  return undefined;
}

/** Brings a copy as far as what the service has of its store can be believed. */
async function followAsFar({ sync, ports }: Writing, label: CatalogLabel): Promise<void> {
  try {
    await sync([label]);
  } catch (error) {
    if (!isMeshError(error)) throw error;
    ports.log.warn("store.doubted", { store: label, code: error.code, reason: error.message });
  }
}

/** True when a copy has all that the service has of its epoch: nobody was connected whom it has not met. */
async function isAtEnd({ client, account }: PagesOptions, { label, epoch, count }: CatalogReplica): Promise<boolean> {
  try {
    const { Updates } = await client.download({ Account: account, Select: [{ Container: label, Epoch: epoch, IndexMin: count }] });
    return Updates.every(({ Container, Envelopes }) => Container !== label || Envelopes.length === 0);
  } catch (error) {
    if (isMeshError(error, "ERR_NOT_FOUND")) return false;
    throw error;
  }
}

/** How an epoch begins: its frame 0, and the apex that is to close the first group; undefined when it does not close. */
interface FirstGroup {
  readonly first: SequenceFrame | undefined;
  readonly apex?: SequenceFrame;
  /** It has more frames than any writer closes at once. */
  readonly isEndless?: boolean;
  /** Tree digest of the frame before the apex. */
  readonly covered?: Uint8Array | undefined;
}

/** Undefined where the service does not keep the epoch. */
async function firstGroup(target: PagesOptions, label: CatalogLabel, epoch: number): Promise<FirstGroup | undefined> {
  const frontier = new TreeFrontier();
  let first: SequenceFrame | undefined;
  try {
    for await (const envelopes of pages(target, { store: label, epoch, from: () => frontier.count })) {
      for (const frame of envelopes.map(frameOf)) {
        const covered = frontier.last;
        checkFrame(frame, frontier);
        first ??= frame;
        if (frame.isMeta) return { first, apex: frame, covered };
        if (frontier.count > mostFrames) return { first, isEndless: true };
      }
    }
  } catch (error) {
    if (isMeshError(error, "ERR_NOT_FOUND")) return undefined;
    throw error;
  }
  return { first };
}

async function isOf(replica: CatalogReplica, { first }: FirstGroup): Promise<boolean> {
  const own = await replica.treeDigestAt(0);
  return own !== undefined && first !== undefined && equalBytes(own, statedTreeDigest(first));
}

/** "over": of a device that may not any more. */
type Standing = "may" | "over" | "unclear";

/** What is asked of one epoch. */
interface Beginning extends Omit<Suspect, "status"> {
  readonly epoch: number;
  readonly group: FirstGroup;
}

/** Whether the device that signed had the right to, there: one that was removed later had it. What it carried over is compared by whoever goes on. */
function standingOf(writing: Writing, beginning: Beginning): Standing {
  const {
    feed,
    writer: { accountUdf },
  } = writing;
  const { label, epoch, group, directory, isKnowing } = beginning;
  const { first, apex, covered } = group;
  let isUnheard = false;
  try {
    const { Reason: reason } = decodeObject(EpochBegin, first?.body ?? new Uint8Array());
    const apexKeys = (udf: string, at: Position): readonly PublicKey[] => {
      // Whom this device has not heard of may have been connected in what it has not seen.
      isUnheard = !isKnowing && !directory.knows(udf) && !feed.directory.knows(udf);
      return (directory.knows(udf) ? directory : feed.directory).beginKeys(udf, label, { at, reason });
    };
    checkApex(apex, { label, epoch, covered, judge: { accountUdf, apexKeys } });
    return "may";
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return isUnheard ? "may" : isOfRemoved(writing, beginning) ? "over" : "unclear";
  }
}

/** True when who signed it, or whom it names, has the right no more: a service that holds names against who brings them took it from that device. */
function isOfRemoved({ feed, writer: { accountUdf } }: Writing, { label, epoch, group, directory }: Beginning): boolean {
  const { apex, covered } = group;
  const signer = apex && signerOf(apex, { label, epoch, covered, accountUdf, directories: [directory, feed.directory] });
  return [signer, namedIn(group)].some((udf) => udf !== undefined && (directory.isOver(udf, label) || feed.directory.isOver(udf, label)));
}

function namedIn({ first, apex, isEndless }: FirstGroup): string | undefined {
  try {
    if (apex) return decodeObject(SequenceApex, apex.body).DeviceUdf;
    return first && isEndless ? decodeObject(EpochBegin, first.body).DeviceUdf : undefined;
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return undefined;
  }
}
