/**
 * Erases the body of a frame in its place (dare-12 §5: Malt). The frame keeps its length, so that no other frame moves: its header is
 * padded with blanks. Body, Salt, cloaked metadata, annotations, wrapped keys and Mac go; payload digest, tree digest and signatures
 * stay as evidence of what was there. A journal beside the file carries a redaction through a crash.
 */
import type { FileHandle } from "node:fs/promises";
import { open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { reported, syncDirectory, writeFully } from "../../base/append-file.ts";
import { readFileIfExists } from "../../base/atomic-file.ts";
import { concat, equalBytes, readUint64, uint64Bytes, utf8 } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { encodeJson } from "../../codec/index.ts";
import { publicSha512 } from "../../crypto/incremental.ts";
import { DareHeader, DareTrailer } from "../header.ts";
import type { SequenceFrame } from "./frame.ts";
import { checkPayloadDigest } from "./frame.ts";
import { encodeFrame } from "./frame-octets.ts";

const magic = utf8("mmm/sequence/red");

/**
 * The frame without its body, in as many octets. ERR_TOO_LARGE when there is no room for that (frames in clear with a body of a few
 * octets), ERR_VERIFICATION when the frame states no digest that could stay.
 */
export function redactFrame(frame: SequenceFrame): Uint8Array {
  checkPayloadDigest(frame);
  const { Salt } = frame.header;
  // The hash of the salt; nothing was salted in a frame in clear.
  const malt = Salt === undefined ? new Uint8Array() : publicSha512(Salt).subarray(0, 32);
  const gone = { Salt: undefined, cloaked: undefined, annotations: undefined, recipients: undefined, Mac: undefined };
  const headerOctets = encodeJson(DareHeader.encode({ ...frame.header, ...gone, Malt: malt }));
  const trailerOctets = frame.trailer === undefined ? frame.trailerOctets : encodeJson(DareTrailer.encode({ ...frame.trailer, Mac: undefined }));
  const total = encodeFrame(frame).length;
  for (let blanks = 0; ; blanks++) {
    // One octet more of header can be two of frame, where the length needs a wider field: then the trailer takes a blank as well.
    for (const behind of [0, 1]) {
      const body = new Uint8Array();
      const made = encodeFrame({ headerOctets: padded(headerOctets, blanks), body, trailerOctets: padded(trailerOctets, behind) });
      if (made.length === total) return made;
      if (made.length > total + 8) throw new MeshError("ERR_TOO_LARGE", `frame ${frame.index} has no room for the evidence of its body`);
      if (behind === 0 && made.length < total - 12) blanks += total - 12 - made.length;
    }
  }
}

function padded(octets: Uint8Array, blanks: number): Uint8Array {
  return blanks === 0 ? octets : concat(octets, new Uint8Array(blanks).fill(0x20));
}

/** Overwrites octets of a file durably, or not at all: what is in the journal is done again after a crash. */
export async function overwrite(options: {
  readonly path: string;
  readonly handle: FileHandle;
  readonly at: number;
  readonly octets: Uint8Array;
}): Promise<void> {
  const { path, at, octets } = options;
  const journal = await reported(() => open(journalOf(path), "w", 0o600));
  try {
    await writeFully(journal, concat(magic, uint64Bytes(at), publicSha512(octets), octets), 0);
    await reported(() => journal.sync());
  } finally {
    await journal.close();
  }
  await syncDirectory(dirname(path));
  await apply(options);
}

/** Completes a redaction that a crash interrupted; a journal that was not written to its end is deleted, for then nothing was changed. */
export async function finishOverwrite(path: string, handle: FileHandle): Promise<void> {
  const journal = await readFileIfExists(journalOf(path));
  if (journal === undefined) return;
  const start = magic.length + 8 + 64;
  const octets = journal.subarray(start);
  const isWhole =
    journal.length > start &&
    equalBytes(journal.subarray(0, magic.length), magic) &&
    equalBytes(publicSha512(octets), journal.subarray(magic.length + 8, start));
  if (isWhole) {
    const at = Number(readUint64(journal, magic.length));
    const { size } = await reported(() => handle.stat());
    if (at + octets.length <= size) return apply({ path, handle, at, octets });
  }
  await reported(() => rm(journalOf(path), { force: true }));
}

async function apply(options: {
  readonly path: string;
  readonly handle: FileHandle;
  readonly at: number;
  readonly octets: Uint8Array;
}): Promise<void> {
  const { path, handle, at, octets } = options;
  await writeFully(handle, octets, at);
  await reported(() => handle.sync());
  await reported(() => rm(journalOf(path), { force: true }));
}

function journalOf(path: string): string {
  return `${path}.redact`;
}
