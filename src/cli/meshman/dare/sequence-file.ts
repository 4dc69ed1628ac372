/** Sequences that commands only read: no sidecar is made and nothing is mended. What the reference wrote from 2018 to 2023 is read on request. */
import { isMeshError, MeshError } from "../../../base/errors.ts";
import { runningDigest } from "../../../crypto/incremental.ts";
import type { PublicKey } from "../../../crypto/index.ts";
import type { SequenceFrame, SequenceReader } from "../../../dare/index.ts";
import { FrameOpener, judgeSignatures, withSequenceReader } from "../../../dare/index.ts";
import type { Content } from "../../term/content.ts";
import { Transfer } from "../../term/transfer.ts";
import type { Invocation } from "../surroundings.ts";
import type { Opening } from "./opening.ts";

/** A sequence at work: its frames, told and interrupted like other content, and a way to open them. */
export interface ReadSequence {
  readonly reader: SequenceReader;
  readonly opener: FrameOpener;
  frames(doing: string): AsyncGenerator<SequenceFrame, void, undefined>;
}

/** Runs a task with a sequence. Errors: ERR_USAGE for a pipe, ERR_ENCODING and ERR_SCHEMA for other files, those of the task. */
export async function withSequence<T>(
  call: Invocation,
  { content, opening, legacy = false }: { readonly content: Content; readonly opening?: Pick<Opening, "keysFor">; readonly legacy?: boolean },
  task: (sequence: ReadSequence) => Promise<T>,
): Promise<T> {
  const { path } = content;
  if (path === undefined) throw new MeshError("ERR_USAGE", "a sequence is read at several places, which a pipe has not", { hint: "give a file" });
  return withSequenceReader({ path, legacy }, async (reader) => {
    const read = async (index: number): Promise<SequenceFrame> => (await reader.read(index)).frame;
    const opener = new FrameOpener({ read, foreign: true, ...(opening && { keysFor: opening.keysFor }) });
    try {
      return await task({ reader, opener, frames: (doing) => told(call, { reader, doing, name: content.name }) });
    } finally {
      opener.wipe();
    }
  });
}

async function* told(
  { output, ports, signal }: Invocation,
  { reader, doing, name }: { readonly reader: SequenceReader; readonly doing: string; readonly name: string },
): AsyncGenerator<SequenceFrame, void, undefined> {
  const transfer = new Transfer({ output, clock: ports.clock, doing, name, total: reader.byteLength });
  try {
    for await (const { frame, start, end } of reader.frames()) {
      signal.throwIfAborted();
      transfer.moved(end - start);
      yield frame;
    }
  } finally {
    transfer.end();
  }
}

/** Who signed a frame: the kid of each signature, and whether it is of a known key. Errors: ERR_VERIFICATION when one of those does not hold. */
export function signaturesOf(frame: SequenceFrame, known: readonly PublicKey[]): readonly { readonly kid: string; readonly isVerified: boolean }[] {
  return judgeSignatures(frame, {
    known,
    digestFor: (id) => {
      const digest = runningDigest(id === "S256" ? "sha256" : "sha512");
      digest.update(frame.body);
      return digest.value();
    },
  });
}

/** True when the keys here do not open a frame because it is sealed to others. */
export function isClosed(error: unknown): boolean {
  return isMeshError(error, "ERR_KEY");
}
