/**
 * Reads sequences that are not ours to write: any of the five types, from a file, memory or any other octets, with headers as foreign
 * writers lay them out (dare-12 §4). Nothing is changed, and no sidecar is needed: frames are found by TreePosition or index records,
 * both of which are confirmed. Files that the reference implementation wrote from 2018 to 2023 are read in `legacy` mode
 * (legacy-frame.ts), found by counting from the beginning, and never reported as chained.
 */

import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { readFully, reported } from "../../base/append-file.ts";
import { MeshError } from "../../base/errors.ts";
import { appendAll } from "../../base/list.ts";
import { openRegular } from "../../base/regular-file.ts";
import { frameLength, frameLengthBackward, maxFrameHead, readFrame } from "../../codec/index.ts";
import { eitherMember } from "../signature.ts";
import type { ContainerType } from "./container-type.ts";
import { containerTypeOf, rulesOf } from "./container-type.ts";
import type { SequenceFrame } from "./frame.ts";
import { checkFrame, isRedacted, parseRecords, payloadDigestOf } from "./frame.ts";
import { maxFrameOctets } from "./frame-octets.ts";
import { checkLegacyFrame, legacyTypeOf, parseLegacyRecords } from "./legacy-frame.ts";
import type { ByteSource } from "./survey.ts";
import { readFrames, surveySequence } from "./survey.ts";
import { previousFrame, TreeFrontier } from "./tree.ts";

/** How to read. */
export interface SequenceReaderOptions {
  /**
   * Accept what the reference implementation wrote from 2018 to 2023: members in older places and names, frames without Index or digests,
   * digests that chain nothing, line breaks inside strings. Default false.
   */
  readonly legacy?: boolean;
}

/** A frame and where it stands. */
export interface PlacedFrame {
  readonly frame: SequenceFrame;
  readonly start: number;
  readonly end: number;
  /** Octets of the records that are there. */
  readonly records: readonly number[];
}

/** What was found in a whole sequence. */
export interface SequenceReport {
  readonly containerType: ContainerType;
  readonly frames: number;
  /**
   * `chained`: the last frame's digest commits to every payload. `unchained`: each payload digest stands alone, so frames may have been
   * removed or exchanged. `none`: not every frame states a digest.
   */
  readonly evidence: "chained" | "unchained" | "none";
  /** Indexes of frames whose body was erased. */
  readonly redacted: readonly number[];
  /** Rounds of the reference's digest, for each frame that states one, in legacy mode. */
  readonly legacyRounds?: readonly number[];
}

/** What there is up to the first damage. */
export interface SurveyReport {
  readonly frames: number;
  readonly validLength: number;
  readonly damage: "none" | "torn" | "corrupt";
}

/** Where frames begin, by index and the other way round. */
interface Places {
  readonly starts: readonly number[];
  readonly indexes: ReadonlyMap<number, number>;
}

/** A sequence that is only read. */
export class SequenceReader {
  readonly containerType: ContainerType;
  readonly #source: ByteSource;
  readonly #legacy: boolean;
  /** Where each frame begins, in legacy mode: frames need not say which they are. Found when first asked for. */
  #places: Places | undefined;

  private constructor(source: ByteSource, options: { readonly containerType: ContainerType; readonly legacy: boolean }) {
    this.#source = source;
    this.containerType = options.containerType;
    this.#legacy = options.legacy;
  }

  /** Reads frame 0. ERR_ENCODING or ERR_SCHEMA when the octets do not begin with one. */
  static async open(source: ByteSource | Uint8Array, options: SequenceReaderOptions = {}): Promise<SequenceReader> {
    const { legacy = false } = options;
    const octets = source instanceof Uint8Array ? memorySource(source) : source;
    const { frame } = await readPlaced(octets, 0, (records) => (legacy ? parseLegacyRecords(records, 0) : parseRecords(records)));
    const { DataEncoding = legacy ? "JSON" : "unknown", ContainerType: name } = frame.header.SequenceInfo ?? {};
    if (frame.index !== 0) throw new MeshError("ERR_CONFLICT", `sequence that begins with frame ${frame.index}`);
    if (DataEncoding !== "JSON") throw new MeshError("ERR_SCHEMA", `sequence in ${DataEncoding.slice(0, 32)}: expected JSON`);
    return new SequenceReader(octets, { containerType: legacy ? legacyTypeOf(frame) : containerTypeOf(name), legacy });
  }

  /** Octets in all. */
  get byteLength(): number {
    return this.#source.size;
  }

  /** Frames in order, payload digests checked. ERR_ENCODING, ERR_SCHEMA, ERR_VERIFICATION, ERR_CONFLICT where the Index is not the next. */
  async *frames(): AsyncGenerator<PlacedFrame, void, undefined> {
    let next = 0;
    for await (const { start, end, records } of readFrames(this.#source, 0, this.#source.size)) {
      const frame = this.#parse(records, next);
      if (frame.index !== next++) throw new MeshError("ERR_CONFLICT", `frame of index ${frame.index} in the place of ${next - 1}`);
      payloadDigestOf(frame);
      yield { frame, start, end, records: records.map((record) => record.length) };
    }
  }

  /** Frames from the last to the first, each found by the length at its end. Errors as frames. */
  async *framesBackward(): AsyncGenerator<PlacedFrame, void, undefined> {
    let expected: number | undefined;
    for (let end = this.#source.size; end > 0; ) {
      const placed = await this.#before(end);
      if (expected !== undefined && placed.frame.index !== expected) {
        throw new MeshError("ERR_CONFLICT", `frame of index ${placed.frame.index} in the place of ${expected}`);
      }
      payloadDigestOf(placed.frame);
      yield placed;
      expected = placed.frame.index - 1;
      end = placed.start;
    }
    if (expected !== undefined && expected !== -1) throw new MeshError("ERR_CONFLICT", `sequence without frame ${expected}`);
  }

  /** The last frame, read from the end. Errors as frames. */
  last(): Promise<PlacedFrame> {
    return this.#before(this.#source.size);
  }

  /**
   * The frame of an index: by TreePosition about log2(n) frames are read, else all those after it. ERR_NOT_FOUND beyond the end.
   */
  async read(index: number): Promise<PlacedFrame> {
    let placed = await this.last();
    if (!Number.isInteger(index) || index < 0 || index > placed.frame.index) throw new MeshError("ERR_NOT_FOUND", `no frame ${index}`);
    if (this.#legacy) placed = await this.#before((await this.#findPlaces()).starts[index + 1] ?? this.#source.size);
    if (placed.frame.index < index) throw new MeshError("ERR_CONFLICT", `frame of index ${placed.frame.index} in the place of ${index}`);
    while (placed.frame.index > index) {
      const jump = previousFrame(placed.frame.index);
      const position = placed.frame.header.SequenceInfo?.TreePosition;
      const useful = jump >= index && position !== undefined && position >= 0 && position < placed.start;
      const found = useful ? await this.#at(position, jump) : undefined;
      const expected = placed.frame.index - 1;
      placed = found ?? (await this.#before(placed.start));
      // Positions are those of the writer's copy: one that leads elsewhere is not used.
      if (found === undefined && placed.frame.index !== expected) throw new MeshError("ERR_CONFLICT", `sequence without frame ${expected}`);
    }
    payloadDigestOf(placed.frame);
    return placed;
  }

  /** Reads everything and checks what the type states. ERR_ENCODING, ERR_SCHEMA, ERR_CONFLICT, ERR_VERIFICATION. */
  async verify(): Promise<SequenceReport> {
    const rules = rulesOf(this.containerType);
    const frontier = new TreeFrontier(0, [], { containerType: this.containerType });
    const rounds: number[] = [];
    const redacted: number[] = [];
    let frames = 0;
    let isProven = rules.payloadDigest || this.#legacy;
    for await (const { frame } of this.frames()) {
      if (this.#legacy) appendAll(rounds, checkLegacyFrame(frame));
      else checkFrame(frame, frontier);
      if (eitherMember(frame, "PayloadDigest") === undefined) isProven = false;
      if (isRedacted(frame)) redacted.push(frame.index);
      frames++;
    }
    const chains = (rules.chainDigest || rules.treeDigest) && !this.#legacy;
    const evidence = chains ? "chained" : isProven ? "unchained" : "none";
    return { containerType: this.containerType, frames, evidence, redacted, ...(this.#legacy && { legacyRounds: rounds }) };
  }

  /** Reads as far as frames are valid, and judges what follows: a torn write, or damage before further frames. */
  async survey(): Promise<SurveyReport> {
    let frames = 0;
    const { validLength, damage } = await surveySequence(this.#source, {
      accept: ({ records }) => {
        const frame = this.#parse(records, frames);
        if (frame.index !== frames) throw new MeshError("ERR_CONFLICT", `frame of index ${frame.index} in the place of ${frames}`);
        payloadDigestOf(frame);
        frames++;
      },
    });
    return { frames, validLength, damage };
  }

  #parse(records: readonly Uint8Array[], place: number): SequenceFrame {
    return this.#legacy ? parseLegacyRecords(records, place) : parseRecords(records);
  }

  async #findPlaces(): Promise<Places> {
    if (this.#places === undefined) {
      const starts: number[] = [];
      for await (const { start } of readFrames(this.#source, 0, this.#source.size)) starts.push(start);
      this.#places = { starts, indexes: new Map(starts.map((start, index) => [start, index])) };
    }
    return this.#places;
  }

  async #before(end: number): Promise<PlacedFrame> {
    const tail = await this.#source.read(Math.max(0, end - maxFrameHead), Math.min(end, maxFrameHead));
    const total = frameLengthBackward(tail, end);
    if (total > end) throw new MeshError("ERR_ENCODING", `octet ${end}: frame of ${total} octets, ${end} before its end`);
    const start = end - total;
    const place = this.#legacy ? (await this.#findPlaces()).indexes.get(start) : 0;
    if (place === undefined) throw new MeshError("ERR_ENCODING", `octet ${start}: no frame begins here`);
    const placed = await readPlaced(this.#source, start, (records) => this.#parse(records, place));
    if (placed.end !== end) throw new MeshError("ERR_ENCODING", `octet ${end}: the two ends of the frame differ`);
    return placed;
  }

  async #at(position: number, index: number): Promise<PlacedFrame | undefined> {
    try {
      const placed = await readPlaced(this.#source, position, (records) => this.#parse(records, index));
      return placed.frame.index === index ? placed : undefined;
    } catch (error) {
      if (error instanceof MeshError) return undefined;
      throw error;
    }
  }
}

/** Opens a file for a task and closes it again. ERR_NOT_FOUND and the errors of the task. */
export async function withSequenceReader<T>(
  options: SequenceReaderOptions & { readonly path: string },
  task: (reader: SequenceReader) => Promise<T>,
): Promise<T> {
  const handle = await openToRead(options.path);
  try {
    const { size } = await reported(() => handle.stat());
    const read = (position: number, length: number) => readFully(handle, position, Math.max(0, Math.min(length, size - position)));
    return await task(await SequenceReader.open({ size, read }, options));
  } finally {
    await handle.close();
  }
}

async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await openRegular(path, constants.O_RDONLY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new MeshError("ERR_NOT_FOUND", `no file ${path}`, { cause: error });
    return reported(() => Promise.reject(error));
  }
}

function memorySource(octets: Uint8Array): ByteSource {
  return { size: octets.length, read: async (position, length) => octets.slice(position, position + length) };
}

type Parse = (records: readonly Uint8Array[]) => SequenceFrame;

async function readPlaced(source: ByteSource, at: number, parse: Parse): Promise<PlacedFrame> {
  const total = frameLength(await source.read(at, maxFrameHead), at);
  if (total > maxFrameOctets || total > source.size - at) {
    throw new MeshError("ERR_ENCODING", `octet ${at}: frame of ${total} octets, ${source.size - at} left`);
  }
  const { records } = readFrame(await source.read(at, total), 0);
  return { frame: parse(records), start: at, end: at + total, records: records.map((record) => record.length) };
}
