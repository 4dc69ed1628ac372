/**
 * The four curves: sizes, group orders, scalars. X25519 and Ed25519 share one group, X448 and Ed448 another (threshold-06 §5).
 * Points are in point.ts; nothing here touches the wire but the 32- or 56-octet little-endian scalar.
 */
import { invert } from "@noble/curves/abstract/modular.js";
import { MeshError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { sha512, shake256Ed448 } from "./hash.ts";

/** Names of the curves, as `crv` writes them. */
export const curves = ["X25519", "X448", "Ed25519", "Ed448"] as const;

/** One of the curves. */
export type Curve = (typeof curves)[number];

const order25519 = 2n ** 252n + 27742317777372353535851937790883648493n;
const order448 = 2n ** 446n - 13818066809895115352007386748515426880336692474882178609894547503885n;

/** True for curves of the 25519 family. */
function is25519(curve: Curve): boolean {
  return curve === "X25519" || curve === "Ed25519";
}

/** True for curves whose keys sign. */
export function isEdwards(curve: Curve): boolean {
  return curve === "Ed25519" || curve === "Ed448";
}

/** The `crv` of a key as a Curve. Throws ERR_KEY. */
export function curveOf(name: string): Curve {
  const found = curves.find((curve) => curve === name);
  if (!found) throw new MeshError("ERR_KEY", `unknown curve ${JSON.stringify(name.slice(0, 32))}`);
  return found;
}

/** L, the order of the prime subgroup. */
export function groupOrder(curve: Curve): bigint {
  return is25519(curve) ? order25519 : order448;
}

/** The cofactor: 8 or 4. */
export function cofactor(curve: Curve): bigint {
  return is25519(curve) ? 8n : 4n;
}

/** Octets of a seed and of a scalar: 32 or 56. An Ed448 seed of the Mesh has 56, not the 57 of RFC 8032. */
export function scalarLength(curve: Curve): 32 | 56 {
  return is25519(curve) ? 32 : 56;
}

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.length);
}

// Scalars are secrets: they do not pass through text, which stays in memory as long as the collector likes.

/** Integer of little-endian octets. */
export function readLittleEndian(octets: Uint8Array): bigint {
  const view = viewOf(octets);
  let at = octets.length;
  let value = 0n;
  while (at % 8 !== 0) {
    at -= 1;
    value = (value << 8n) | BigInt(view.getUint8(at));
  }
  while (at > 0) {
    at -= 8;
    value = (value << 64n) | view.getBigUint64(at, true);
  }
  return value;
}

/** Little-endian octets of an integer that is not negative; cut to `length`. */
export function littleEndian(value: bigint, length: number): Uint8Array {
  const octets = new Uint8Array(length);
  const view = viewOf(octets);
  let rest = value;
  let at = 0;
  for (; at + 8 <= length; at += 8) {
    view.setBigUint64(at, BigInt.asUintN(64, rest), true);
    rest >>= 64n;
  }
  for (; at < length; at++) {
    view.setUint8(at, Number(rest & 0xffn));
    rest >>= 8n;
  }
  return octets;
}

/** Least non-negative residue mod L. */
export function modOrder(curve: Curve, value: bigint): bigint {
  const order = groupOrder(curve);
  const rest = value % order;
  return rest < 0n ? rest + order : rest;
}

/** Inverse mod L of a public value; not for secrets, its time depends on them. Throws ERR_KEY for multiples of L. */
export function inverseModOrder(curve: Curve, value: bigint): bigint {
  const residue = modOrder(curve, value);
  if (residue === 0n) throw new MeshError("ERR_KEY", "zero has no inverse");
  return invert(residue, groupOrder(curve));
}

/** 32 or 56 octets of a scalar below L. */
export function scalarOctets(curve: Curve, scalar: bigint): Uint8Array {
  return littleEndian(scalar, scalarLength(curve));
}

/** Scalar of 32 or 56 octets, as it is. Throws ERR_KEY unless 0 < scalar < L. */
export function parseScalar(curve: Curve, octets: Uint8Array): bigint {
  const scalar = octets.length === scalarLength(curve) ? readLittleEndian(octets) : 0n;
  if (scalar === 0n || scalar >= groupOrder(curve)) throw new MeshError("ERR_KEY", `private scalar is not one of ${curve}`);
  return scalar;
}

/** Uniform scalar, not zero: twice the octets are drawn, so that the reduction leaves no bias. */
export function randomScalar(curve: Curve, random: Random): bigint {
  for (;;) {
    const scalar = modOrder(curve, readLittleEndian(random.bytes(2 * scalarLength(curve))));
    if (scalar !== 0n) return scalar;
  }
}

function clamp25519(octets: Uint8Array): bigint {
  const k = new Uint8Array(octets.subarray(0, 32));
  k[0] = (k[0] ?? 0) & 0xf8;
  k[31] = ((k[31] ?? 0) & 0x7f) | 0x40;
  return readLittleEndian(k);
}

function clamp448(octets: Uint8Array): bigint {
  const k = new Uint8Array(octets.subarray(0, 56));
  k[0] = (k[0] ?? 0) & 0xfc;
  k[55] = (k[55] ?? 0) | 0x80;
  return readLittleEndian(k);
}

/** Secret scalar of a seed, clamped and not reduced, with the nonce prefix when the curve signs (RFC 7748 §5, RFC 8032 §5.1.5, §5.2.5). */
export function expandSeed(curve: Curve, seed: Uint8Array): { readonly scalar: bigint; readonly prefix: Uint8Array } {
  switch (curve) {
    case "X25519":
      return { scalar: clamp25519(seed), prefix: new Uint8Array() };
    case "X448":
      return { scalar: clamp448(seed), prefix: new Uint8Array() };
    case "Ed25519": {
      const h = sha512(seed);
      return { scalar: clamp25519(h), prefix: h.slice(32) };
    }
    case "Ed448": {
      // 56 octets are hashed as 56: padding them to the 57 of RFC 8032 gives another key.
      const h = shake256Ed448(seed);
      return { scalar: clamp448(h), prefix: h.slice(57) };
    }
  }
}
