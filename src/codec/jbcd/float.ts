/**
 * Floats of JSON-D (jsonbcd-21 §6): binary16 and binary32 both ways, binary128 and the extended 80 bits read where binary64 holds the
 * value exactly. The decimal floats are not converted: the draft does not say which of the two encodings of IEEE 754 they have.
 */
import { readUint64 } from "../../base/bytes.ts";
import { tags } from "./tags.ts";

/** Tag and octets of a number in 16 or 32 bits; undefined when neither holds it exactly. */
export function shortFloat(value: number): Uint8Array | undefined {
  const out = new Uint8Array(5);
  const view = new DataView(out.buffer);
  const half = toBinary16(value);
  if (half !== undefined) {
    out[0] = tags.binary16;
    view.setUint16(1, half);
    return out.subarray(0, 3);
  }
  view.setFloat32(1, value);
  out[0] = tags.binary32;
  return view.getFloat32(1) === value ? out : undefined;
}

/** IEEE 754 binary16, which Node 20 has no view for. */
export function fromBinary16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function toBinary16(value: number): number | undefined {
  const size = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  if (size > 65504) return undefined;
  if (size < 2 ** -14) {
    const fraction = size * 2 ** 24;
    return Number.isInteger(fraction) ? sign | fraction : undefined;
  }
  const exponent = Math.floor(Math.log2(size));
  const fraction = size * 2 ** (10 - exponent) - 1024;
  return Number.isInteger(fraction) && fraction >= 0 && fraction < 1024 ? sign | ((exponent + 15) << 10) | fraction : undefined;
}

/** IEEE 754 binary128 (16 octets) or the extended format of 80 bits (10 octets); NaN when binary64 cannot hold it exactly. */
export function fromWideFloat(octets: Uint8Array): number {
  const head = ((octets[0] ?? 0) << 8) | (octets[1] ?? 0);
  const exponent = head & 0x7fff;
  const isExtended = octets.length === 10;
  const bits = isExtended ? 63 : 112;
  const fraction = isExtended ? readUint64(octets, 2) : (BigInt(head48(octets)) << 64n) | readUint64(octets, 8);
  // The extended format writes the leading one; an exponent of all ones is infinite or no number.
  const significand = isExtended || exponent === 0 ? fraction : fraction | (1n << 112n);
  if (exponent === 0x7fff) return Number.NaN;
  if (significand === 0n) return 0;
  let power = Math.max(exponent, 1) - 16383 - bits;
  let odd = significand;
  for (; odd % 2n === 0n; odd /= 2n) power++;
  if (odd >= 1n << 53n || power < -1074) return Number.NaN;
  const value = Number(odd) * 2 ** power;
  return head & 0x8000 ? -value : value;
}

function head48(octets: Uint8Array): number {
  let value = 0;
  for (const octet of octets.subarray(2, 8)) value = value * 256 + octet;
  return value;
}
