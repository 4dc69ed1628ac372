/**
 * Frames of a sequence file found by its sidecar: two small reads for any index, and nothing of the sidecar is believed that the frame does
 * not confirm.
 */
import type { FileHandle } from "node:fs/promises";
import { readFully } from "../../base/append-file.ts";
import { MeshError } from "../../base/errors.ts";
import { eitherMember } from "../signature.ts";
import type { SequenceFrame } from "./frame.ts";
import { decodeFrame } from "./frame.ts";
import { maxFrameOctets } from "./frame-octets.ts";
import type { IndexFile } from "./index-file.ts";
import type { SequenceEnd } from "./recover.ts";
import { confirmFrame } from "./recover.ts";
import { frontierOf, TreeFrontier } from "./tree.ts";

/** A frame and where it stands. */
export interface IndexedFrame {
  readonly frame: SequenceFrame;
  readonly offset: number;
  /** Offset of the next frame. */
  readonly endOffset: number;
  readonly treeDigest: Uint8Array;
}

/** Reads the frame of an index that is not beyond the end. ERR_ENCODING, ERR_SCHEMA, ERR_VERIFICATION when sidecar and file disagree. */
export async function readAt(options: {
  readonly handle: FileHandle;
  readonly sidecar: IndexFile;
  readonly end: SequenceEnd;
  readonly index: number;
}): Promise<IndexedFrame> {
  const { handle, sidecar, index } = options;
  const { length, frontier } = options.end;
  const [entry, next] = await sidecar.entries(index, index + 2);
  const offset = entry?.offset ?? length;
  const endOffset = index + 1 < frontier.count ? (next?.offset ?? offset) : length;
  if (entry === undefined || endOffset <= offset || endOffset > length || endOffset - offset > maxFrameOctets) {
    throw new MeshError("ERR_ENCODING", `index entry ${index} is not in order`);
  }
  const frame = decodeFrame(await readFully(handle, offset, endOffset - offset));
  confirmFrame(frame, { index, treeDigest: entry.treeDigest, containerType: frontier.containerType });
  return { frame, offset, endOffset, treeDigest: entry.treeDigest };
}

/** Where a file would end after `count` of its frames. Errors as `read`. */
export async function endAfter(options: {
  readonly count: number;
  readonly end: SequenceEnd;
  readonly read: (index: number) => Promise<IndexedFrame>;
}): Promise<SequenceEnd> {
  const { count, end, read } = options;
  const { containerType } = end.frontier;
  const digests: [number, Uint8Array][] = [];
  for (const index of frontierOf(count)) digests.push([index, (await read(index)).treeDigest]);
  const last = count === 0 ? undefined : await read(count - 1);
  const chain = last && containerType === "Chain" ? eitherMember(last.frame, "ChainDigest") : undefined;
  const frontier = new TreeFrontier(count, digests, { containerType: containerType ?? "any", ...(chain && { chain }) });
  return { length: last?.endOffset ?? 0, frontier };
}
