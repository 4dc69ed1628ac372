/** Writes the part of DER (ITU-T X.690) that certificates are made of. */
import { concat, utf8 } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";

/** A value under a tag of one octet. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concat(...parts);
  return concat(Uint8Array.of(tag), lengthOf(content.length), content);
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  if (length < 0x100) return Uint8Array.of(0x81, length);
  if (length < 0x10000) return Uint8Array.of(0x82, length >> 8, length & 0xff);
  throw new MeshError("ERR_TOO_LARGE", `a value of ${length} octets in a certificate`);
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => tlv(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Uint8Array => tlv(0x31, ...parts);
export const octetString = (octets: Uint8Array): Uint8Array => tlv(0x04, octets);
export const utf8String = (text: string): Uint8Array => tlv(0x0c, utf8(text));
export const boolean = (value: boolean): Uint8Array => tlv(0x01, Uint8Array.of(value ? 0xff : 0));
/** Bits of whole octets; `unused` at the end. */
export const bitString = (octets: Uint8Array, unused = 0): Uint8Array => tlv(0x03, Uint8Array.of(unused), octets);
/** A value in a context of its own, with its tag inside. */
export const explicit = (number: number, ...parts: readonly Uint8Array[]): Uint8Array => tlv(0xa0 | number, ...parts);
/** A value whose tag is replaced. */
export const implicit = (number: number, octets: Uint8Array): Uint8Array => tlv(0x80 | number, octets);

/** A number that is not negative, from its octets. */
export function integer(octets: Uint8Array): Uint8Array {
  let start = 0;
  while (start < octets.length - 1 && octets[start] === 0) start++;
  const bare = octets.subarray(start);
  return tlv(0x02, (bare[0] ?? 0) >= 0x80 ? concat(Uint8Array.of(0), bare) : bare);
}

/** An object identifier, as in "2.5.29.19". */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const octets = [first * 40 + second, ...rest.flatMap(base128)];
  return tlv(0x06, Uint8Array.from(octets));
}

function base128(number: number): number[] {
  const digits = [number & 0x7f];
  for (let left = Math.floor(number / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

/** Milliseconds since 1970, to the second: UTCTime before 2050, GeneralizedTime from then on (RFC 5280 §4.1.2.5). */
export function time(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "");
  return digits < "2050" ? tlv(0x17, utf8(digits.slice(2))) : tlv(0x18, utf8(digits));
}
