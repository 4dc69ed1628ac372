/**
 * Whether a copy is so far behind that it goes on with the epoch in force alone. To compare, it would fetch the rest of its own epoch and all of those
 * between; when these are many more frames than what lives now, it takes over what lives, as where the service keeps the former epochs no more
 * (docs/extensions.md §5). Only a copy that is a beginning of what the service has goes this way; what says whose word counts is always gone through.
 */
import { equalBytes } from "../../base/bytes.ts";
import { isMeshError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import type { ContainerUpdate } from "../../protocol/index.ts";
import type { StoreLabel } from "../../schema/index.ts";
import { accessCatalog, deviceCatalog, EpochBegin, storeOf, writerOf } from "../../schema/index.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import type { PagesOptions } from "./pages.ts";

/** Who is behind. */
interface Behind extends PagesOptions {
  /** This device. */
  readonly deviceUdf: string;
}

/** Frames that are fetched for comparing in any case; beyond them half as many as live now. What an epoch costs besides its frames. Epochs that are looked at. */
const limits = { frames: 512, ofEpoch: 64, epochs: 64 } as const;

const goneThrough: readonly StoreLabel[] = [deviceCatalog.label, accessCatalog.label];

/** @returns true when the epoch in force is to be taken over without comparing. Errors: those of the service, ERR_SCHEMA. */
export async function isFarBehind(replica: CatalogReplica, inForce: number, options: Behind): Promise<boolean> {
  const { label, epoch, count } = replica;
  if (count === 0 || goneThrough.includes(storeOf(label)) || writerOf(label) === options.deviceUdf) return false;
  return (await hasMuchBetween({ label, epoch, count }, inForce, options)) && (await isBeginning(replica, options));
}

/** Adds up what lies between by the beginnings of the epochs, from the newest back, until it is too much. */
async function hasMuchBetween(
  { label, epoch, count }: Pick<CatalogReplica, "label" | "epoch" | "count">,
  inForce: number,
  options: Behind,
): Promise<boolean> {
  const newest = await firstOf(label, inForce, options);
  if (!newest) return false;
  const bound = Math.max(limits.frames, newest.count / 2);
  let between = 0;
  let begin: EpochBegin | undefined = newest.begin;
  for (let at = inForce, looked = 1; begin; looked += 1) {
    const former: number = begin.Former.Epoch ?? 0;
    if (former < epoch || former >= at) return false;
    between += begin.Former.Index + 1 + limits.ofEpoch - (former === epoch ? count : 0);
    if (between > bound || looked > limits.epochs) return true;
    if (former === epoch) return false;
    at = former;
    begin = (await firstOf(label, former, options))?.begin;
  }
  return false;
}

/** True when the service's epoch goes through the end of this copy, and the next one was begun from there or later. */
async function isBeginning(replica: CatalogReplica, options: Behind): Promise<boolean> {
  const { label, epoch, count, treeDigest } = replica;
  const next = await firstOf(label, epoch + 1, options);
  const former = next?.begin.Former;
  if (!treeDigest || !former || (former.Epoch ?? 0) !== epoch || former.Index < count - 1) return false;
  const end = (await partOf(label, { epoch, from: count - 1 }, options))?.Envelopes[0]?.trailer?.TreeDigest;
  return end !== undefined && equalBytes(end, treeDigest) && (former.Index > count - 1 || equalBytes(former.TreeDigest, treeDigest));
}

/** How an epoch begins, and how many frames it has, by the service's word; undefined when it does not keep it. */
async function firstOf(label: string, epoch: number, options: Behind): Promise<{ readonly begin: EpochBegin; readonly count: number } | undefined> {
  const part = await partOf(label, { epoch, from: 0 }, options);
  const first = part?.Envelopes[0];
  return part && first && { begin: decodeObject(EpochBegin, first.body), count: part.Index };
}

/** One frame. */
async function partOf(
  label: string,
  { epoch, from }: { readonly epoch: number; readonly from: number },
  { client, account }: Behind,
): Promise<ContainerUpdate | undefined> {
  const Select = [{ Container: label, Epoch: epoch, IndexMin: from, IndexMax: from + 1 }];
  try {
    return (await client.download({ Account: account, Select })).Updates.find(({ Container }) => Container === label);
  } catch (error) {
    if (isMeshError(error, "ERR_NOT_FOUND")) return undefined;
    throw error;
  }
}
