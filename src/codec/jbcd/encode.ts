/**
 * Value trees to JSON-B (jsonbcd-21 §4): shortest lengths, integers as magnitudes, names as strings, no separators. On request also
 * JSON-C (§5: text that comes again is given a code where it first stands) and JSON-D (§6: short floats, integers of 128 bits).
 * Decimal floats are not written: the draft does not say which of the two encodings of IEEE 754 they have.
 */
import { fromHex, uint64Bytes, uintBytes, utf8 } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { Datum } from "../datum.ts";
import { Encoded } from "../datum.ts";
import { defaultMaxDepth } from "../source.ts";
import { maxIntegerOctets } from "../text.ts";
import type { CodeTable } from "./code-table.ts";
import { codeTable } from "./code-table.ts";
import { shortFloat } from "./float.ts";
import type { CodeDictionary } from "./item.ts";
import { readDictionary } from "./item.ts";
import { tags } from "./tags.ts";

/**
 * Writes a value; undefined members are left out, encoded octets go out as they are.
 * ERR_ENCODING for NaN, infinities, lone surrogates, integers beyond 4096 bits and more than 64 levels.
 */
export function encodeJsonB(datum: Datum): Uint8Array {
  return encodeWith(datum, {});
}

/** What both sides know beforehand: codes by the text they stand for. Codes from 0 to 2^32 - 1. */
export type KnownCodes = ReadonlyMap<string, number>;

/** A dictionary that the reader has, and the number that is added to its codes. */
export interface InsertedDictionary {
  readonly dictionary: CodeDictionary;
  /** Default 0. */
  readonly offset?: number;
}

/** What a writer of JSON-C may rely on at its reader. */
export interface CodeOptions {
  /** Known without being said. */
  readonly codes?: KnownCodes;
  /** Referred to at the beginning, by its fingerprint. */
  readonly dictionary?: InsertedDictionary;
}

/** The octets of a dictionary: each text gets the number of its place as a code. */
export function encodeDictionary(texts: readonly string[]): Uint8Array {
  const out: Sink = { octets: new Uint8Array(256), length: 0, dialect: {} };
  texts.forEach((text, code) => {
    put(out, codeHead(tags.defineCode, code));
    writeString(out, text);
  });
  return out.octets.slice(0, out.length);
}

/**
 * Writes JSON-C: a member name or string that occurs more than once is defined as a code at its first place and used from then on.
 * Texts of `codes` are used without being defined: the reader needs the same table. Errors as encodeJsonB.
 */
export function encodeJsonC(datum: Datum, options: CodeOptions = {}): Uint8Array {
  return encodeWith(datum, { codes: tableOf(datum, options) }, options.dictionary);
}

/** Writes JSON-D: JSON-C, and numbers in the shortest form that keeps them exact. */
export function encodeJsonD(datum: Datum, options: CodeOptions = {}): Uint8Array {
  return encodeWith(datum, { codes: tableOf(datum, options), shortNumbers: true }, options.dictionary);
}

function tableOf(datum: Datum, { codes, dictionary }: CodeOptions): CodeTable {
  if (dictionary === undefined) return codeTable(datum, codes);
  const known = new Map(codes);
  for (const [code, value] of readDictionary(dictionary.dictionary.octets)) {
    if (typeof value === "string") known.set(value, (dictionary.offset ?? 0) + code);
  }
  return codeTable(datum, known);
}

function encodeWith(datum: Datum, dialect: Dialect, inserted?: InsertedDictionary): Uint8Array {
  const out: Sink = { octets: new Uint8Array(256), length: 0, dialect };
  if (inserted !== undefined) {
    const { fingerprint } = inserted.dictionary;
    if (fingerprint.length > 0xff) throw new MeshError("ERR_ENCODING", `fingerprint of ${fingerprint.length} octets`);
    put(out, Uint8Array.of(tags.insertDictionary), uintBytes(inserted.offset ?? 0, 4), Uint8Array.of(fingerprint.length), fingerprint);
  }
  write(out, datum, 0);
  return out.octets.slice(0, out.length);
}

/** Tag and length of an item, in the shortest of the four forms. */
export function itemHead(family: number, length: number): Uint8Array {
  const width = length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x100000000 ? 4 : 8;
  const field = width === 8 ? uint64Bytes(length) : uintBytes(length, width);
  const head = new Uint8Array(1 + width);
  head[0] = family + Math.log2(width);
  head.set(field, 1);
  return head;
}

interface Dialect {
  readonly codes?: CodeTable;
  readonly shortNumbers?: boolean;
}

interface Sink {
  octets: Uint8Array;
  length: number;
  readonly dialect: Dialect;
}

function put(out: Sink, ...parts: readonly Uint8Array[]): void {
  for (const part of parts) {
    const end = out.length + part.length;
    if (end > out.octets.length) {
      const larger = new Uint8Array(Math.max(end, 2 * out.octets.length));
      larger.set(out.octets.subarray(0, out.length));
      out.octets = larger;
    }
    out.octets.set(part, out.length);
    out.length = end;
  }
}

const text = { openArray: utf8("["), closeArray: utf8("]"), openObject: utf8("{"), closeObject: utf8("}"), comma: utf8(",") };

function write(out: Sink, datum: Datum, depth: number): void {
  if (datum === null) put(out, Uint8Array.of(tags.null));
  else if (typeof datum === "boolean") put(out, Uint8Array.of(datum ? tags.true : tags.false));
  else if (typeof datum === "string") writeString(out, datum);
  else if (typeof datum === "bigint") writeInteger(out, datum);
  else if (typeof datum === "number") writeNumber(out, datum);
  else if (datum instanceof Uint8Array) put(out, itemHead(tags.dataTerminal, datum.length), datum);
  else if (datum instanceof Encoded) put(out, datum.octets);
  else if (depth >= defaultMaxDepth) throw new MeshError("ERR_ENCODING", `nested deeper than ${defaultMaxDepth}`);
  else if (Array.isArray(datum)) {
    put(out, text.openArray);
    const elements = datum as readonly Datum[];
    elements.forEach((element, i) => {
      write(out, element, depth + 1);
      if (i + 1 < elements.length) writeSeparator(out, element);
    });
    put(out, text.closeArray);
  } else {
    put(out, text.openObject);
    let previous: Datum | undefined;
    for (const [name, member] of Object.entries(datum)) {
      if (member === undefined) continue;
      writeSeparator(out, previous);
      writeString(out, name);
      write(out, member, depth + 1);
      previous = member;
    }
    put(out, text.closeObject);
  }
}

/** Only a scalar in JSON text needs the comma, and only encoded octets can hold one. */
function writeSeparator(out: Sink, previous: Datum | undefined): void {
  if (!(previous instanceof Encoded)) return;
  const first = previous.octets[0] ?? 0;
  if (first < 0x80 && first !== 0x5b && first !== 0x7b) put(out, text.comma);
}

function writeString(out: Sink, value: string): void {
  if (/\p{Surrogate}/u.test(value)) throw new MeshError("ERR_ENCODING", "text with a lone surrogate");
  const octets = utf8(value);
  const coded = out.dialect.codes?.take(value);
  if (coded) put(out, codeHead(coded.isDefined ? tags.useCode : tags.defineAndUseCode, coded.code));
  if (!coded?.isDefined) put(out, itemHead(tags.stringTerminal, octets.length), octets);
}

function codeHead(family: number, code: number): Uint8Array {
  const width = code < 0x100 ? 1 : code < 0x10000 ? 2 : 4;
  const head = new Uint8Array(1 + width);
  head[0] = family + Math.log2(width);
  head.set(uintBytes(code, width), 1);
  return head;
}

function writeNumber(out: Sink, value: number): void {
  if (Number.isSafeInteger(value)) {
    writeInteger(out, BigInt(value));
    return;
  }
  if (!Number.isFinite(value)) throw new MeshError("ERR_ENCODING", `number ${value}`);
  const short = out.dialect.shortNumbers ? shortFloat(value) : undefined;
  if (short !== undefined) {
    put(out, short);
    return;
  }
  const octets = new Uint8Array(9);
  octets[0] = tags.binary64;
  new DataView(octets.buffer).setFloat64(1, value);
  put(out, octets);
}

function writeInteger(out: Sink, value: bigint): void {
  const magnitude = value < 0n ? -value : value;
  if (magnitude < 1n << 64n) {
    const width = magnitude < 0x100n ? 1 : magnitude < 0x10000n ? 2 : magnitude < 0x100000000n ? 4 : 8;
    const tag = (value < 0n ? tags.negative : tags.positive) + Math.log2(width);
    put(out, Uint8Array.of(tag), uint64Bytes(magnitude).subarray(8 - width));
    return;
  }
  if (out.dialect.shortNumbers && magnitude < 1n << 128n) {
    const tag = value < 0n ? tags.negative128 : tags.positive128;
    put(out, Uint8Array.of(tag), uint64Bytes(magnitude >> 64n), uint64Bytes(magnitude & 0xffff_ffff_ffff_ffffn));
    return;
  }
  const digits = magnitude.toString(16);
  const octets = fromHex(digits.length % 2 === 0 ? digits : `0${digits}`) ?? new Uint8Array();
  if (octets.length > maxIntegerOctets) throw new MeshError("ERR_ENCODING", `integer of ${octets.length} octets`);
  put(out, Uint8Array.of(value < 0n ? tags.negativeBignum : tags.positiveBignum), uintBytes(octets.length, 2), octets);
}
