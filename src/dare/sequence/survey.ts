/**
 * Reading a sequence file front to back, and judging its damage (dare-12 §4; recovery is left open by the draft, and framing has no
 * checksum). What ends a file after its last valid frame is a torn write; damage that further valid frames follow is corruption and
 * never repaired here. Reads only.
 */
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { Frame } from "../../codec/index.ts";
import { frameLength, frameLengthBackward, maxFrameHead, readFrame } from "../../codec/index.ts";
import type { SequenceFrame } from "./frame.ts";
import { payloadDigestOf } from "./frame.ts";
import { maxFrameOctets } from "./frame-octets.ts";
import { parseLegacyRecords } from "./legacy-frame.ts";

/** Octets that can be read at any place. */
export interface ByteSource {
  readonly size: number;
  /** Octets at a position; fewer only at the end. */
  read(position: number, length: number): Promise<Uint8Array>;
}

/** What a survey found. */
export interface Survey {
  /** Where the valid frames end. */
  readonly validLength: number;
  /** `torn`: the rest is an unfinished write. `corrupt`: valid frames follow the damage. */
  readonly damage: "none" | "torn" | "corrupt";
  /** What is wrong at validLength. */
  readonly reason?: MeshError;
}

const chunkOctets = 0x40000;

/** Frames from one position to another, in order, each in octets of its own. ERR_ENCODING where one is damaged. */
export async function* readFrames(source: ByteSource, from: number, to: number): AsyncGenerator<Frame, void, undefined> {
  let chunk: Uint8Array = new Uint8Array();
  let base = from;
  const window = async (at: number, length: number): Promise<Uint8Array> => {
    const wanted = Math.min(length, to - at);
    if (at + wanted > base + chunk.length) {
      chunk = await source.read(at, Math.min(Math.max(wanted, chunkOctets), to - at));
      base = at;
    }
    return chunk.subarray(at - base, at - base + wanted);
  };
  for (let at = from; at < to; ) {
    const total = frameLength(await window(at, maxFrameHead), at);
    if (total > maxFrameOctets || total > to - at) throw new MeshError("ERR_ENCODING", `octet ${at}: frame of ${total} octets, ${to - at} left`);
    const { records } = readFrame((await window(at, total)).slice(), 0);
    yield { start: at, end: at + total, records };
    at += total;
  }
}

/** As readFrames, but as many at once as one read gave, and as views on it: for those who look and keep nothing. */
export async function* readFrameRuns(source: ByteSource, from: number, to: number): AsyncGenerator<readonly Frame[], void, undefined> {
  let wanted = chunkOctets;
  for (let at = from; at < to; ) {
    const length = Math.min(wanted, to - at);
    const chunk = await source.read(at, length);
    if (chunk.length < length) throw new MeshError("ERR_ENCODING", `octet ${at}: ${length - chunk.length} octets are gone`);
    const run: Frame[] = [];
    let used = 0;
    wanted = chunkOctets;
    while (used < chunk.length) {
      const left = chunk.length - used;
      const isCut = left < maxFrameHead && at + chunk.length < to;
      const total = isCut ? chunkOctets : frameLength(chunk.subarray(used, used + maxFrameHead), at + used);
      if (total > maxFrameOctets || total > to - at - used) {
        if (!isCut) throw new MeshError("ERR_ENCODING", `octet ${at + used}: frame of ${total} octets, ${to - at - used} left`);
      }
      if (isCut || total > left) {
        wanted = Math.max(chunkOctets, total);
        break;
      }
      const frame = readFrame(chunk, used);
      run.push(frame);
      used = frame.end;
    }
    if (run.length > 0) yield run;
    at += used;
  }
}

/** How to judge frames. */
export interface SurveyOptions {
  readonly from?: number;
  /** Throws a MeshError for a frame that is not what it should be. */
  readonly accept: (frame: Frame) => void | Promise<void>;
}

/** Reads frames from a position to the end. */
export async function surveySequence(source: ByteSource, options: SurveyOptions): Promise<Survey> {
  let validLength = options.from ?? 0;
  try {
    for await (const frame of readFrames(source, validLength, source.size)) {
      await options.accept(frame);
      validLength = frame.end;
    }
    return { validLength, damage: "none" };
  } catch (error) {
    if (!isAboutContent(error)) throw error;
    return {
      validLength,
      damage: (await isWhole(source, validLength)) || (await isFollowed(source, validLength)) ? "corrupt" : "torn",
      reason: error,
    };
  }
}

const contentCodes: ReadonlySet<string> = new Set(["ERR_ENCODING", "ERR_SCHEMA", "ERR_TOO_LARGE", "ERR_VERIFICATION", "ERR_CONFLICT"]);

/** True for an error about what was read, not about reading it. */
export function isAboutContent(error: unknown): error is MeshError {
  return isMeshError(error) && contentCodes.has(error.code);
}

/** True when a valid frame stands anywhere after the damaged one at `at`. */
async function isFollowed(source: ByteSource, at: number): Promise<boolean> {
  const from = (await extentOf(source, at)) ?? at + 1;
  if (from >= source.size) return false;
  const tail = await source.read(Math.max(from, source.size - maxFrameHead), maxFrameHead);
  const last = source.size - (attempt(tail, frameLengthBackward) ?? 0);
  if (last >= from && (await isFrame(source, last))) return true;
  for (let base = from; base < source.size; base += chunkOctets) {
    const chunk = await source.read(base, chunkOctets + 0x20000);
    for (let i = 0; i < Math.min(chunk.length, chunkOctets); i++) {
      if (((chunk[i] ?? 0) & 0xfc) === 0xf4 && mayBeFrame(chunk, i) && (await isFrame(source, base + i))) return true;
    }
  }
  return false;
}

/** Rules out nearly all octets that only look like a tag, without reading more: the tag stands at the end of a frame again. */
function mayBeFrame(chunk: Uint8Array, at: number): boolean {
  const total = attempt(chunk.subarray(at, at + maxFrameHead), frameLength);
  if (total === undefined || total > maxFrameOctets) return false;
  return at + total > chunk.length || chunk[at + total - 1] === chunk[at];
}

/**
 * End of a damaged frame whose length and records agree, which a torn write leaves so and a changed length does not. What lies inside
 * is then its own content: a body, chosen by a stranger, that holds valid frames must not pass for frames that follow.
 */
async function extentOf(source: ByteSource, at: number): Promise<number | undefined> {
  const head = await source.read(at, maxFrameHead);
  const total = attempt(head, frameLength);
  if (total === undefined || total > maxFrameOctets) return undefined;
  const headLength = 1 + 2 ** ((head[0] ?? 0) & 3);
  const contentEnd = at + total - headLength;
  let place = at + headLength;
  for (let record = 0; record < 3 && place < contentEnd; record++) {
    const field = await source.read(place, maxFrameHead);
    const tag = field[0];
    if (tag === undefined) return at + total;
    if ((tag & 0xfc) !== 0xf0) return undefined;
    // A record's head is that of a frame with another tag; its length has no copy at the end.
    const width = 1 + 2 ** (tag & 3);
    if (field.length < width) return at + total;
    field[0] = tag + 4;
    place += (attempt(field, frameLength) ?? Number.POSITIVE_INFINITY) - width;
    if (place >= source.size && place <= contentEnd) return at + total;
  }
  return place === contentEnd ? at + total : undefined;
}

async function isFrame(source: ByteSource, at: number): Promise<boolean> {
  return (await frameAt(source, at)) !== undefined;
}

/** True for a frame that was written to its end, its body too, and is refused for what it says: a torn write leaves none. */
async function isWhole(source: ByteSource, at: number): Promise<boolean> {
  const frame = await frameAt(source, at);
  return frame !== undefined && attempt(frame, payloadDigestOf) !== undefined;
}

/** A frame in the layout of any revision: those of others are not taken for damage, which could be cut off. */
async function frameAt(source: ByteSource, at: number): Promise<SequenceFrame | undefined> {
  const total = attempt(await source.read(at, maxFrameHead), frameLength);
  if (total === undefined || total > maxFrameOctets || total > source.size - at) return undefined;
  return attempt(await source.read(at, total), (octets) => parseLegacyRecords(readFrame(octets, 0).records, 0));
}

/** Result of reading something, or undefined when it is not what it should be. */
function attempt<S, T>(subject: S, read: (subject: S) => T): T | undefined {
  try {
    return read(subject);
  } catch (error) {
    if (isMeshError(error)) return undefined;
    throw error;
  }
}
