/** Frames between their three places: the wire (envelopes), the file (records), and memory. The octets of header and trailer never change. */
import { stat } from "node:fs/promises";
import type { DareEnvelope, FrameOctets, SequenceFrame } from "../../dare/index.ts";
import { parseFrame, SequenceFile } from "../../dare/index.ts";

/** A frame of a downloaded envelope. Errors: ERR_SCHEMA when it has no Index. */
export function frameOf(envelope: DareEnvelope): SequenceFrame {
  return parseFrame({ headerOctets: envelope.headerOctets, body: envelope.body, trailerOctets: envelope.trailerOctets ?? new Uint8Array() });
}

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
