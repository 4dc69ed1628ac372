/** Frames between their three places: the wire (envelopes), the file (records), and memory. The octets of header and trailer never change. */
import { stat } from "node:fs/promises";
import type { DareEnvelope, FrameOctets } from "../../dare/index.ts";
import { parseFrame, SequenceFile } from "../../dare/index.ts";

/** The envelope of a frame, for the wire. */
export function envelopeOf(frame: FrameOctets): DareEnvelope {
  return parseFrame(frame);
}

/** Opens a sequence file anew when another process has appended to it; undefined when it has not grown. */
export async function reopenWhenGrown(file: SequenceFile): Promise<SequenceFile | undefined> {
  const { size } = await stat(file.path);
  if (size === file.byteLength) return undefined;
  await file.close();
  return SequenceFile.open({ path: file.path });
}
