/**
 * What a Repair may name of epochs in the place of which it stands (docs/extensions.md §5): heads computed from frames that the service has shown, whose
 * first group a device of the account closed under its own key. By what a service says of an end nobody is ever led back: it could name another's true one.
 */
import { equalBytes } from "../../base/bytes.ts";
import { isMeshError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import type { SequenceFrame } from "../../dare/index.ts";
import { checkFrame, frameOf, TreeFrontier, verifyEnvelope } from "../../dare/index.ts";
import type { ContainerStatus } from "../../protocol/index.ts";
import type { CatalogLabel, Head } from "../../schema/index.ts";
import { EpochBegin, epochMember } from "../../schema/index.ts";
import type { DeviceDirectory } from "../context/device-directory.ts";
import type { Writing } from "../context/write.ts";
import { checkApex } from "../store/apex-judge.ts";
import type { PagesOptions } from "./pages.ts";
import { pages } from "./pages.ts";

/** Epochs that are gone through, and frames of each: who has more than is named says so, and nothing of it is lost. */
const mostEpochs = 64;
const mostFrames = 65_536;

/** Where an apex stands, and who knows the devices. */
interface Signing {
  readonly label: CatalogLabel;
  readonly epoch: number;
  /** Tree digest of the frame before. */
  readonly covered: Uint8Array | undefined;
  readonly accountUdf: string;
  readonly directories: readonly DeviceDirectory[];
}

/** The device, connected or removed, whose key signed an apex of this very place; undefined when it is nobody's. */
export function signerOf(apex: SequenceFrame, { directories, accountUdf, ...place }: Signing): string | undefined {
  const keys = directories.flatMap(({ everyKey }) => everyKey);
  try {
    checkApex(apex, { ...place, judge: { accountUdf, apexKeys: () => keys } });
    const { udf } = verifyEnvelope(apex, keys);
    return directories.map((directory) => directory.ownerOf(udf)).find((owner) => owner !== undefined);
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return undefined;
  }
}

/**
 * Of each epoch from one on up to that in force, each of which goes on from the one before: the apex of its first group, by which a reader knows its
 * own copy again, and the end.
 */
export async function namedHeads(
  { client, address, feed, writer: { accountUdf } }: Writing,
  {
    label,
    from,
    status,
    directory,
  }: { readonly label: CatalogLabel; readonly from: number; readonly status: ContainerStatus; readonly directory: DeviceDirectory },
): Promise<readonly Head[]> {
  const heads: Head[] = [];
  let before: Walked | undefined;
  for (let epoch = from; epoch <= (status.Epoch ?? 0) && epoch < from + mostEpochs; epoch += 1) {
    const walked = await walk({ client, account: address }, label, epoch);
    if (!walked || (before && !goesOn(walked, before))) break;
    const { apex, digests } = walked;
    const covered = digests[apex.index - 1];
    if (signerOf(apex, { label, epoch, covered, accountUdf, directories: [directory, feed.directory] }) === undefined) break;
    for (const Index of new Set([apex.index, digests.length - 1])) {
      const TreeDigest = digests[Index];
      if (TreeDigest) heads.push({ Store: label, ...epochMember(epoch), Index, TreeDigest });
    }
    before = walked;
  }
  return heads;
}

/** An epoch as the service shows it. */
interface Walked {
  readonly first: SequenceFrame;
  /** Of the first group. */
  readonly apex: SequenceFrame;
  readonly digests: readonly Uint8Array[];
}

/** Undefined when the service does not keep it, or no group of it closes. */
async function walk(target: PagesOptions, label: CatalogLabel, epoch: number): Promise<Walked | undefined> {
  const frontier = new TreeFrontier();
  const digests: Uint8Array[] = [];
  let first: SequenceFrame | undefined;
  let apex: SequenceFrame | undefined;
  try {
    for await (const envelopes of pages(target, { store: label, epoch, from: () => frontier.count })) {
      for (const frame of envelopes.map(frameOf)) {
        checkFrame(frame, frontier);
        digests.push(frontier.last ?? new Uint8Array());
        first ??= frame;
        if (frame.isMeta && frame.index > 0) apex ??= frame;
      }
      if (frontier.count >= mostFrames) break;
    }
  } catch (error) {
    if (!isMeshError(error, "ERR_NOT_FOUND") && !isMeshError(error, "ERR_VERIFICATION")) throw error;
    if (isMeshError(error, "ERR_NOT_FOUND")) return undefined;
  }
  return first && apex && { first, apex, digests };
}

function goesOn({ first }: Walked, before: Walked): boolean {
  try {
    const { Former } = decodeObject(EpochBegin, first.body);
    const digest = before.digests[Former.Index];
    return digest !== undefined && equalBytes(digest, Former.TreeDigest);
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return false;
  }
}
