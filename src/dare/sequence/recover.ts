/**
 * Loading a sequence file: resume from the sidecar as far as the file confirms it, read the rest, and cut off what a torn write left
 * (dare-12 §4; the rules of recovery are ours). Damage that valid frames follow is reported and nothing is changed.
 */
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { readFully, reported, syncDirectory, writeFully } from "../../base/append-file.ts";
import { equalBytes } from "../../base/bytes.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { frameLength, maxFrameHead } from "../../codec/index.ts";
import { eitherMember } from "../signature.ts";
import type { ContainerType } from "./container-type.ts";
import { rulesOf } from "./container-type.ts";
import type { SequenceFrame } from "./frame.ts";
import { checkFrame, checkOctets, checkPayloadDigest, decodeFrame, payloadDigestOf, statedTreeDigest } from "./frame.ts";
import { maxFrameOctets, partsOf } from "./frame-octets.ts";
import type { IndexEntry, IndexFile } from "./index-file.ts";
import type { ByteSource, Survey } from "./survey.ts";
import { isAboutContent, surveySequence } from "./survey.ts";
import { frontierOf, TreeFrontier } from "./tree.ts";

/** The end of the valid frames: where the next one goes and what it refers to. */
export interface SequenceEnd {
  readonly length: number;
  readonly frontier: TreeFrontier;
}

const copyOctets = 0x100000;
const indexBatch = 1024;

/** The first `size` octets of a file. */
export function sourceOf(handle: FileHandle, size: number): ByteSource {
  return { size, read: (position, length) => readFully(handle, position, Math.max(0, Math.min(length, size - position))) };
}

/** Loads a sequence and brings its sidecar up to date. ERR_STORE_DAMAGED, and the errors of the file system. */
export async function loadSequence(options: {
  readonly path: string;
  readonly handle: FileHandle;
  readonly index: IndexFile;
  readonly log: Log;
  readonly containerType?: ContainerType | "any";
}): Promise<SequenceEnd> {
  const { path, handle, index, log, containerType = "Merkle" } = options;
  const { size } = await reported(() => handle.stat());
  const source = sourceOf(handle, size);
  const start = (await resume({ source, index, containerType })) ?? { length: 0, frontier: new TreeFrontier(0, [], { containerType }) };
  // A sidecar that agrees is left alone: the file may be on a disk that is only read.
  if (index.count > start.frontier.count) await index.truncate(start.frontier.count);
  const found = await indexFrames({ source, index, start });
  if (found.damage === "corrupt") throw damagedFile({ path, at: found.validLength, index: start.frontier.count, cause: found.reason });
  if (found.damage === "torn") {
    const kept = await cutTail({ path, handle, at: found.validLength, size });
    log.warn("sequence.torn", { path, at: found.validLength, octets: size - found.validLength, kept, reason: found.reason?.message });
  }
  return { length: found.validLength, frontier: start.frontier };
}

/** Checks every frame from `start` on and appends it to the sidecar; `start.frontier` moves along. */
export async function indexFrames(options: { readonly source: ByteSource; readonly index: IndexFile; readonly start: SequenceEnd }): Promise<Survey> {
  const { source, index, start } = options;
  const pending: IndexEntry[] = [];
  const found = await surveySequence(source, {
    from: start.length,
    accept: async (frame) => {
      const { treeDigest } = checkOctets(partsOf(frame.records), start.frontier);
      pending.push({ offset: frame.start, treeDigest });
      if (pending.length >= indexBatch) await index.append(pending.splice(0));
    },
  });
  await index.append(pending);
  return found;
}

/** The error for a file that is damaged before its end. */
export function damagedFile(options: { readonly path: string; readonly at?: number; readonly index: number; readonly cause: unknown }): MeshError {
  const { path, at, index, cause } = options;
  const place = at === undefined ? "" : ` at octet ${at}`;
  return new MeshError("ERR_STORE_DAMAGED", `frame ${index} of ${path}${place} is damaged`, { detail: { path, index, at }, cause });
}

/** Checks a frame against the sidecar's entry for it. ERR_ENCODING, ERR_VERIFICATION. */
export function confirmFrame(
  frame: SequenceFrame,
  expected: { readonly index: number; readonly treeDigest: Uint8Array; readonly containerType: ContainerType | undefined },
): SequenceFrame {
  const rules = rulesOf(expected.containerType ?? "Merkle");
  if (frame.index !== expected.index) throw verificationError(`frame ${expected.index}`);
  if (rules.payloadDigest) checkPayloadDigest(frame);
  else payloadDigestOf(frame);
  if (rules.treeDigest && !equalBytes(statedTreeDigest(frame), expected.treeDigest)) throw verificationError(`frame ${expected.index}`);
  return frame;
}

/**
 * The latest end that both sidecar and file agree on: the last indexed frame, or the one before it when the last one is torn.
 * Frames that later ones refer to are read from the file, so that a digest that frames state is not taken from the sidecar alone.
 */
async function resume(options: Resuming): Promise<SequenceEnd | undefined> {
  const { source, index } = options;
  const within = await countWithin(index, source.size);
  for (const last of [within - 1, within - 2]) {
    if (last < 0) continue;
    try {
      return await confirmEnd({ ...options, last });
    } catch (error) {
      if (!isAboutContent(error)) throw error;
    }
  }
  return undefined;
}

interface Resuming {
  readonly source: ByteSource;
  readonly index: IndexFile;
  readonly containerType: ContainerType | "any";
}

async function confirmEnd(options: Resuming & { readonly last: number }): Promise<SequenceEnd> {
  const { source, index, last } = options;
  if (last === 0) return confirmFirst(options);
  const first = await confirmFirst(options);
  const containerType = first.frontier.containerType;
  const digests: [number, Uint8Array][] = [];
  for (const referred of frontierOf(last)) {
    const { treeDigest } = await readIndexed({ source, index, place: referred, containerType });
    digests.push([referred, treeDigest]);
  }
  const chain = containerType === "Chain" ? await chainAt({ source, index, place: last - 1, containerType }) : undefined;
  const frontier = new TreeFrontier(last, digests, { containerType: containerType ?? "any", ...(chain && { chain }) });
  const { frame, end } = await readIndexed({ source, index, place: last, containerType });
  checkFrame(frame, frontier);
  return { length: end, frontier };
}

/** Frame 0 says which type the rest is of. */
async function confirmFirst({ source, index, containerType }: Resuming): Promise<SequenceEnd> {
  const frontier = new TreeFrontier(0, [], { containerType });
  const { frame, end } = await readIndexed({ source, index, place: 0, containerType: undefined });
  checkFrame(frame, frontier);
  return { length: end, frontier };
}

interface Indexed {
  readonly source: ByteSource;
  readonly index: IndexFile;
  readonly place: number;
  readonly containerType: ContainerType | undefined;
}

async function chainAt(options: Indexed): Promise<Uint8Array> {
  const { frame } = await readIndexed(options);
  const chain = eitherMember(frame, "ChainDigest");
  if (chain?.length !== 64) throw verificationError(`frame ${options.place}`);
  return chain;
}

async function readIndexed({ source, index, place, containerType }: Indexed): Promise<{
  readonly frame: SequenceFrame;
  readonly treeDigest: Uint8Array;
  readonly end: number;
}> {
  const [entry] = await index.entries(place, place + 1);
  if (entry === undefined || entry.offset >= source.size) throw verificationError(`index entry ${place}`);
  const total = frameLength(await source.read(entry.offset, maxFrameHead), entry.offset);
  if (total > maxFrameOctets) throw verificationError(`index entry ${place}`);
  const frame = decodeFrame(await source.read(entry.offset, total));
  // Frame 0 is read before its type is known; checkFrame does the rest.
  if (containerType !== undefined) confirmFrame(frame, { index: place, treeDigest: entry.treeDigest, containerType });
  return { frame, treeDigest: entry.treeDigest, end: entry.offset + total };
}

/** Number of entries that point into the file, by bisection: offsets rise. */
async function countWithin(index: IndexFile, size: number): Promise<number> {
  let low = 0;
  let high = index.count;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [entry] = await index.entries(middle, middle + 1);
    if (entry !== undefined && entry.offset < size) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Copies what follows `at` into a file of its own, then cuts it off. Returns the path of the copy. */
async function cutTail(options: { readonly path: string; readonly handle: FileHandle; readonly at: number; readonly size: number }): Promise<string> {
  const { path, handle, at, size } = options;
  const { copy, kept } = await createAside(path);
  try {
    for (let position = at; position < size; position += copyOctets) {
      await writeFully(copy, await readFully(handle, position, Math.min(copyOctets, size - position)), position - at);
    }
    await reported(() => copy.sync());
  } finally {
    await copy.close();
  }
  await syncDirectory(dirname(path));
  await reported(() => handle.truncate(at));
  await reported(() => handle.sync());
  return kept;
}

async function createAside(path: string): Promise<{ readonly copy: FileHandle; readonly kept: string }> {
  for (let n = 1; ; n++) {
    const kept = `${path}.torn-${n}`;
    try {
      return { copy: await open(kept, "wx", 0o600), kept };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") return reported(() => Promise.reject(error));
    }
  }
}
