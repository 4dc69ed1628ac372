/**
 * Binary items of JSON-B (jsonbcd-21 §4), with the binary floats and integers of 128 bits of JSON-D, and the tag codes of JSON-C.
 * Left out because the draft leaves them undefined: dictionaries in the stream (CC-CE, whose list has no length and no end), and what the
 * decimal floats mean, which are refused by name or given as they came (raw-number.ts).
 */
import { readUint, readUint64, toHex } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { Source } from "../source.ts";
import { countItem, openSource, refuse, refuseHere } from "../source.ts";
import { maxIntegerOctets, readUtf8, toInteger } from "../text.ts";
import type { BinaryItems } from "../tree.ts";
import { fromBinary16, fromWideFloat } from "./float.ts";
import { isWideTag, RawNumber, type WideTag, wideFormats } from "./raw-number.ts";
import { lengthWidth, tagFamily, tags } from "./tags.ts";

/** What a code may stand for. Scalars only: codes inside coded lists would let a short input grow without bound. */
type Scalar = string | Uint8Array | number | bigint | boolean | null | RawNumber;

/** A list of tag code definitions (C4-C6) that both sides have, and the fingerprint that names it. The draft leaves open what is digested. */
export interface CodeDictionary {
  readonly fingerprint: Uint8Array;
  readonly octets: Uint8Array;
}

/** What a reader knows beforehand. */
export interface KnownToReader {
  /** Codes by the text they stand for. */
  readonly codes?: ReadonlyMap<string, number>;
  /** Dictionaries that the octets may refer to. */
  readonly dictionaries?: readonly CodeDictionary[];
  /** Give numbers of more than 64 bits and decimal ones as RawNumber, instead of converting what binary64 holds and refusing the rest. */
  readonly rawNumbers?: boolean;
}

interface Codes {
  readonly rawNumbers: boolean;
  readonly values: Map<number, Scalar>;
  readonly dictionaries: readonly CodeDictionary[];
  uses: number;
  /** Octets that codes stood for, which count like octets of input. */
  expanded: number;
}

/** A reader of binary items; codes defined in one stream hold until its end. */
export function binaryItems({ codes: known = new Map(), dictionaries = [], rawNumbers = false }: KnownToReader = {}): BinaryItems {
  const values = new Map<number, Scalar>(Array.from(known, ([text, code]) => [code, text]));
  const codes: Codes = { values, dictionaries, rawNumbers, uses: 0, expanded: 0 };
  return {
    codeUses: () => codes.uses,
    readValue: (source) => readCodedItem(source, codes),
    readName: (source) => readName(source, codes),
  };
}

function readName(source: Source, codes: Codes): string {
  for (;;) {
    const at = source.at;
    const tag = source.octets[at] ?? 0;
    if (tagFamily(tag) === tags.memberName) return readUtf8(source, readBlock(source), at);
    const item = readCodedItem(source, codes);
    if (typeof item === "string") return item;
    if (item !== undefined) refuse(source, "expected a member name", at);
    countItem(source);
  }
}

/** A scalar or what a code stands for; undefined when the item only defines a code. */
function readCodedItem(source: Source, codes: Codes): Scalar | undefined {
  const at = source.at;
  const tag = source.octets[at] ?? 0;
  if (tag === tags.insertDictionary) return insertDictionary(source, codes);
  const family = tagFamily(tag);
  const isCode = family === tags.useCode || family === tags.defineCode || family === tags.defineAndUseCode;
  if (!isCode) return readScalar(source, codes.rawNumbers);
  const width = lengthWidth(tag);
  if (width === 8) return refuse(source, `unassigned tag 0x${toHex(Uint8Array.of(tag))}`);
  codes.uses += 1;
  source.at += 1;
  const code = readUint(take(source, width), 0, width);
  if (family === tags.useCode) {
    const value = codes.values.get(code);
    if (value === undefined) return refuse(source, `code ${code} is not defined`, at);
    codes.expanded += typeof value === "string" || value instanceof Uint8Array ? value.length : 0;
    if (codes.expanded > source.maxOctets) throw new MeshError("ERR_TOO_LARGE", `codes stand for more than ${source.maxOctets} octets`);
    return value;
  }
  const value = readScalar(source, codes.rawNumbers);
  codes.values.set(code, value);
  return family === tags.defineCode ? undefined : value;
}

/** Defines the codes of a dictionary, each moved up by the offset. Every definition counts as a value, however often it is inserted. */
function insertDictionary(source: Source, codes: Codes): undefined {
  const at = source.at;
  codes.uses += 1;
  const offset = readUint(take(skipTag(source), 4), 0, 4);
  const fingerprint = take(source, take(source, 1)[0] ?? 0);
  const found = codes.dictionaries.find((known) => toHex(known.fingerprint) === toHex(fingerprint));
  if (found === undefined) return refuse(source, "dictionary that is not known", at);
  for (const [code, value] of readDictionary(found.octets)) {
    if (offset + code > 0xffff_ffff) return refuse(source, `code ${offset + code} of a dictionary`, at);
    countItem(source);
    codes.values.set(offset + code, value);
  }
}

/** The definitions of a dictionary. ERR_ENCODING for anything else in it, and for a code that is defined twice. */
export function readDictionary(octets: Uint8Array): ReadonlyMap<number, Scalar> {
  const source = openSource(octets);
  const values = new Map<number, Scalar>();
  while (source.at < octets.length) {
    const tag = source.octets[source.at] ?? 0;
    const width = lengthWidth(tag);
    if (tagFamily(tag) !== tags.defineCode || width === 8) return refuseHere(source, "the definition of a code");
    const code = readUint(take(skipTag(source), width), 0, width);
    if (values.has(code)) return refuse(source, `code ${code} is defined twice`);
    values.set(code, readScalar(source));
    countItem(source);
  }
  return values;
}

function readScalar(source: Source, rawNumbers = false): Scalar {
  const at = source.at;
  const tag = source.octets[at];
  if (tag === undefined || tag < 0x80) return refuseHere(source, "a binary scalar");
  switch (tagFamily(tag)) {
    case tags.stringTerminal:
      return readUtf8(source, readBlock(source), at);
    case tags.stringChunk:
      return readUtf8(source, readChunks(source, tags.stringChunk), at);
    case tags.dataTerminal:
      return readBlock(source).slice();
    case tags.dataChunk:
      return readChunks(source, tags.dataChunk);
    case tags.positive:
      return readInteger(source, take(skipTag(source), lengthWidth(tag)), false, at);
    case tags.negative:
      return readInteger(source, take(skipTag(source), lengthWidth(tag)), true, at);
  }
  switch (tag) {
    case tags.binary16:
    case tags.binary32:
    case tags.binary64:
      return readFloat(source, tag);
    case tags.positive128:
      return readInteger(source, take(skipTag(source), 16), false, at);
    case tags.negative128:
      return readInteger(source, take(skipTag(source), 16), true, at);
    case tags.positiveBignum:
    case tags.positiveBignumOther:
      return readInteger(source, readBignum(source), false, at);
    case tags.negativeBignum:
    case tags.negativeBignumOther:
      return readInteger(source, readBignum(source), true, at);
    case tags.true:
    case tags.false:
      skipTag(source);
      return tag === tags.true;
    case tags.null:
      skipTag(source);
      return null;
    default:
      return isWideTag(tag) ? readWide(source, tag, rawNumbers) : refuse(source, `unassigned tag 0x${toHex(Uint8Array.of(tag))}`);
  }
}

function skipTag(source: Source): Source {
  source.at += 1;
  return source;
}

/** A view on the next octets; the declared length is checked before anything is allocated. */
function take(source: Source, length: number): Uint8Array {
  const end = source.at + length;
  if (end > source.octets.length) return refuse(source, `${length} octets declared, ${source.octets.length - source.at} left`);
  const view = source.octets.subarray(source.at, end);
  source.at = end;
  return view;
}

/** A view on the content of an item with tag and length. */
function readBlock(source: Source): Uint8Array {
  const width = lengthWidth(source.octets[source.at] ?? 0);
  const field = take(skipTag(source), width);
  return take(source, width === 8 ? Number(readUint64(field, 0)) : readUint(field, 0, width));
}

function readBignum(source: Source): Uint8Array {
  const length = readUint(take(skipTag(source), 2), 0, 2);
  if (length > maxIntegerOctets) refuse(source, `integer beyond ${maxIntegerOctets} octets`);
  return take(source, length);
}

/** Joins chunks up to the terminal item of the same class. Measured first, so that memory is that of the content. */
function readChunks(source: Source, chunk: number): Uint8Array {
  const start = source.at;
  let length = 0;
  for (let last = false; !last; ) {
    last = isLastChunk(source, chunk);
    length += readBlock(source).length;
  }
  const out = new Uint8Array(length);
  const end = source.at;
  source.at = start;
  for (let offset = 0; source.at < end; ) {
    const block = readBlock(source);
    out.set(block, offset);
    offset += block.length;
  }
  return out;
}

/** True at the terminal item of a run of chunks, false at a chunk of it. */
function isLastChunk(source: Source, chunk: number): boolean {
  const tag = source.octets[source.at];
  if (tag === undefined) return refuseHere(source, "the next chunk");
  const family = tagFamily(tag);
  if (family === chunk) return false;
  const terminal = chunk === tags.stringChunk ? tags.stringTerminal : tags.dataTerminal;
  return family === terminal ? true : refuseHere(source, "a chunk of the same class");
}

/** The octets are a magnitude, never two's complement. */
function readInteger(source: Source, octets: Uint8Array, negative: boolean, at: number): number | bigint {
  const magnitude = octets.length === 0 ? 0n : BigInt(`0x${toHex(octets)}`);
  return toInteger(source, negative ? -magnitude : magnitude, at);
}

const floatLengths: ReadonlyMap<number, number> = new Map([
  [tags.binary16, 2],
  [tags.binary32, 4],
  [tags.binary64, 8],
]);

function readFloat(source: Source, tag: number): number {
  const at = source.at;
  const octets = take(skipTag(source), floatLengths.get(tag) ?? 8);
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const value = octets.length === 2 ? fromBinary16(view.getUint16(0)) : octets.length === 4 ? view.getFloat32(0) : view.getFloat64(0);
  if (!Number.isFinite(value)) refuse(source, "number that binary64 does not know", at);
  return value === 0 ? 0 : value;
}

/** A number of a format that binary64 may not hold: as it came where that is asked for, else converted where that is exact. */
function readWide(source: Source, tag: WideTag, rawNumbers: boolean): number | RawNumber {
  const at = source.at;
  const { name, width } = wideFormats[tag];
  const octets = take(skipTag(source), width);
  if (rawNumbers) return new RawNumber(tag, source.octets.slice(at, source.at));
  const value = tag === tags.binary128 || tag === tags.extended80 ? fromWideFloat(octets) : Number.NaN;
  const shown = `${name} number (tag 0x${toHex(Uint8Array.of(tag))}, ${width} octets)`;
  if (!Number.isFinite(value)) refuse(source, `${shown}, which binary64 does not hold; it can be read as it came`, at);
  return value === 0 ? 0 : value;
}
