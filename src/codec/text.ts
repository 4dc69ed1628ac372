/**
 * The scalars of JSON text (RFC 8259 §6, §7), read from octets. Stricter than JSON.parse where that loses information:
 * lone surrogates and numbers beyond binary64 are refused, integers beyond 2^53 become bigint.
 */
import { fromUtf8 } from "../base/bytes.ts";
import type { Source } from "./source.ts";
import { refuse, refuseHere } from "./source.ts";

/** Integers in both encodings are below 2^4096, so that no conversion takes long. */
export const maxIntegerOctets = 512;
const maxNumberText = 1300;
const integerLimit = 1n << BigInt(8 * maxIntegerOctets);

const quote = 0x22;
const backslash = 0x5c;
const simpleEscapes: ReadonlyMap<number, number> = new Map([
  [quote, quote],
  [backslash, backslash],
  [0x2f, 0x2f],
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
]);

/** UTF-8 text of octets start..end; refuses what is not UTF-8. */
export function readUtf8(source: Source, octets: Uint8Array, at: number): string {
  try {
    return fromUtf8(octets);
  } catch {
    return refuse(source, "not UTF-8", at);
  }
}

/** Reads a string literal; the source stands on its opening quote. */
export function readString(source: Source): string {
  const { octets } = source;
  const start = source.at + 1;
  let end = start;
  let plain = true;
  for (;;) {
    const octet = octets[end];
    if (octet === undefined) return refuse(source, "string without end");
    if (octet === quote) break;
    if (octet === backslash) {
      plain = false;
      end += 1;
    } else if (octet < 0x20) {
      if (!source.lenient || (octet !== 0x0a && octet !== 0x0d)) refuse(source, "control character in a string", end);
      plain = false;
      end = skipIndent(octets, end);
      continue;
    }
    end += 1;
  }
  const text = readUtf8(source, plain ? octets.subarray(start, end) : withoutEscapes(source, start, end), start);
  source.at = end + 1;
  return text;
}

/** Place after a line break and the blanks that follow it. */
function skipIndent(octets: Uint8Array, at: number): number {
  let next = at + 1;
  while (octets[next] === 0x20 || octets[next] === 0x09) next += 1;
  return next;
}

/** Replaces escapes and drops wrapping; the result is never longer than its source. */
function withoutEscapes(source: Source, start: number, end: number): Uint8Array {
  const { octets } = source;
  const out = new Uint8Array(end - start);
  let length = 0;
  let at = start;
  while (at < end) {
    const octet = octets[at] ?? 0;
    if (octet === 0x0a || octet === 0x0d) {
      at = skipIndent(octets, at);
    } else if (octet !== backslash) {
      out[length++] = octet;
      at += 1;
    } else if (octets[at + 1] === 0x75) {
      const unit = readUnit(source, at, end);
      at += 6;
      let point = unit;
      if (unit >= 0xd800 && unit < 0xe000) {
        const low = unit < 0xdc00 && octets[at] === backslash && octets[at + 1] === 0x75 ? readUnit(source, at, end) : 0;
        if (low < 0xdc00 || low >= 0xe000) refuse(source, "lone surrogate", at - 6);
        point = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
      }
      length = putCodePoint(out, length, point);
    } else {
      const plain = simpleEscapes.get(octets[at + 1] ?? 0);
      if (plain === undefined) return refuse(source, "unknown escape", at);
      out[length++] = plain;
      at += 2;
    }
  }
  return out.subarray(0, length);
}

/** Reads the four digits of `\uXXXX` that begins at `at`. */
function readUnit(source: Source, at: number, end: number): number {
  let unit = 0;
  for (let i = at + 2; i < at + 6; i++) {
    const octet = i < end ? (source.octets[i] ?? 0) : 0;
    const letter = octet | 0x20;
    let digit: number;
    if (octet >= 0x30 && octet <= 0x39) digit = octet - 0x30;
    else if (letter >= 0x61 && letter <= 0x66) digit = letter - 0x57;
    else return refuse(source, "unknown escape", at);
    unit = unit * 16 + digit;
  }
  return unit;
}

function putCodePoint(out: Uint8Array, length: number, point: number): number {
  if (point < 0x80) {
    out[length] = point;
    return length + 1;
  }
  const tail = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  const lead = point < 0x800 ? 0xc0 : point < 0x10000 ? 0xe0 : 0xf0;
  out[length] = lead | (point >> (6 * tail));
  for (let i = 1; i <= tail; i++) out[length + i] = 0x80 | ((point >> (6 * (tail - i))) & 0x3f);
  return length + 1 + tail;
}

/** Reads a number; the source stands on its first octet. */
export function readNumber(source: Source): number | bigint {
  const { octets } = source;
  const start = source.at;
  let at = start;
  const isDigit = (): boolean => {
    const octet = octets[at];
    return octet !== undefined && octet >= 0x30 && octet <= 0x39;
  };
  const skipDigits = (): void => {
    source.at = at;
    if (!isDigit()) refuseHere(source, "a digit");
    while (isDigit()) at += 1;
  };
  if (octets[at] === 0x2d) at += 1;
  if (octets[at] === 0x30) at += 1;
  else skipDigits();
  let whole = true;
  if (octets[at] === 0x2e) {
    whole = false;
    at += 1;
    skipDigits();
  }
  if (octets[at] === 0x65 || octets[at] === 0x45) {
    whole = false;
    at += 1;
    if (octets[at] === 0x2b || octets[at] === 0x2d) at += 1;
    skipDigits();
  }
  if (at - start > maxNumberText) refuse(source, "number too long", start);
  source.at = at;
  const text = fromUtf8(octets.subarray(start, at));
  if (whole && text.length > 15) return toInteger(source, BigInt(text), start);
  const number = Number(text);
  if (!Number.isFinite(number)) refuse(source, "number beyond binary64", start);
  return number === 0 ? 0 : number;
}

/** A number where it is exact, else a bigint; refuses integers of 2^4096 and more. */
export function toInteger(source: Source, value: bigint, at: number): number | bigint {
  if (value >= integerLimit || value <= -integerLimit) refuse(source, "integer beyond 4096 bits", at);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const literals = [
  { text: "true", value: true },
  { text: "false", value: false },
  { text: "null", value: null },
] as const;

/** Reads true, false or null. */
export function readLiteral(source: Source): boolean | null {
  for (const { text, value } of literals) {
    let length = 0;
    while (length < text.length && source.octets[source.at + length] === text.charCodeAt(length)) length += 1;
    if (length === text.length) {
      source.at += length;
      return value;
    }
  }
  return refuseHere(source, "a value");
}
