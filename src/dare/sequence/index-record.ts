/**
 * Index records (dare-12 §4; no example exists): frames about the sequence whose header lists where earlier frames begin. We write them
 * on request, for readers without our sidecar, and believe them only as far as the frame that is found confirms them.
 */
import { MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { Struct } from "../../codec/index.ts";
import { boolean, integer, list, optional, string, struct } from "../../codec/index.ts";
import type { SequenceFrame } from "./frame.ts";
import type { EncodedFrame } from "./frame-octets.ts";
import { frameId } from "./id-index.ts";
import { sealNext } from "./seal-frame.ts";
import type { SequenceFile } from "./sequence-file.ts";

/** Where one frame begins. */
export interface IndexPosition {
  readonly Index: number;
  /** File offset in the writer's copy. */
  readonly Position: number;
  readonly UniqueId?: string;
}
export const IndexPosition: Struct<IndexPosition> = struct<IndexPosition>("IndexPosition", {
  Index: integer,
  Position: integer,
  UniqueId: optional(string),
});

/** What an index record lists. */
export interface SequenceIndex {
  /** All earlier frames; otherwise those since the previous index record. */
  readonly Full?: boolean;
  readonly Positions?: readonly IndexPosition[];
}
export const SequenceIndex: Struct<SequenceIndex> = struct<SequenceIndex>("SequenceIndex", {
  Full: optional(boolean),
  Positions: optional(list(IndexPosition)),
});

/** Most frames that one record lists, so that it stays below the limit of a frame. */
export const maxPositions = 65536;

/** The list in a frame; undefined when the frame is no index record. ERR_SCHEMA. */
export function sequenceIndexOf(frame: SequenceFrame): SequenceIndex | undefined {
  const { SequenceIndex: value } = frame.header;
  return value === undefined ? undefined : SequenceIndex.decode(value, "DareHeader.SequenceIndex");
}

/**
 * Appends a record of the frames from an index on, all of them unless `from` says otherwise. Returns its frame index.
 * ERR_TOO_LARGE when they are more than one record may list.
 */
export async function appendIndexRecord(options: { readonly file: SequenceFile; readonly from?: number; readonly random: Random }): Promise<number> {
  const { file, from = 0, random } = options;
  if (file.count - from > maxPositions) throw new MeshError("ERR_TOO_LARGE", `${file.count - from} frames, an index record lists ${maxPositions}`);
  const positions: IndexPosition[] = [];
  let position = from < file.count ? await file.offsetOf(from) : file.byteLength;
  for await (const { frame, length } of file.framesWithLength({ from })) {
    const UniqueId = frameId(frame);
    positions.push({ Index: frame.index, Position: position, ...(UniqueId !== undefined && { UniqueId }) });
    position += length;
  }
  const frontier = file.frontier();
  const record = { Full: from === 0, Positions: positions };
  const frame: EncodedFrame = sealNext(frontier, {
    payload: new Uint8Array(),
    isMeta: true,
    sequenceIndex: SequenceIndex.encode(record),
    random,
  });
  await file.append([frame]);
  return file.count - 1;
}
