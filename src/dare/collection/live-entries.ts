/** What an archive or catalog holds now, found by one reading from front to back: for files that are only read, without an index beside them. */
import type { SequenceFrame } from "../sequence/frame.ts";
import { frameMeta } from "../sequence/frame-meta.ts";

/** An entry that is there. */
export interface LiveEntry {
  readonly id: string;
  /** Frame index of its newest version. */
  readonly index: number;
  /** Octets of the body as carried. */
  readonly length: number;
  readonly modified?: string;
}

/** Live entries in the order of their last change. Memory grows with their number, not with what they hold. */
export async function liveEntries(frames: AsyncIterable<SequenceFrame>): Promise<readonly LiveEntry[]> {
  const live = new Map<string, LiveEntry>();
  for await (const frame of frames) {
    const { header, index, isMeta, body } = frame;
    if (isMeta || index === 0) continue;
    const { UniqueId: id = header.EnvelopeId, Event, Modified: modified } = frameMeta(frame);
    if (id === undefined) continue;
    live.delete(id);
    if (Event !== "Delete") live.set(id, { id, index, length: body.length, ...(modified !== undefined && { modified }) });
  }
  return [...live.values()];
}
