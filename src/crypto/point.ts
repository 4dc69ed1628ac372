/**
 * Points of the four curves and their octets (threshold-06 §5.2, RFC 7748, RFC 8032). X25519 and X448 points are carried on the
 * Edwards curves that are birational to them, so that one addition serves all; the two roots below fix the signs that the
 * published keys have (odd for 25519, even for 448). E448 is not the Ed448 of RFC 8032, which is only isogenous: never mix them.
 * BigInt arithmetic does not run in constant time: the plain agreement of clamped keys goes to Node instead (private-key.ts).
 */
import type { EdwardsPoint, EdwardsPointCons } from "@noble/curves/abstract/edwards.js";
import { E448, ed448 } from "@noble/curves/ed448.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { MeshError } from "../base/errors.ts";
import { type Curve, cofactor, littleEndian, modOrder, readLittleEndian } from "./curve.ts";

/** A point, in the Edwards model of its curve. */
export type Point = EdwardsPoint;

interface Montgomery {
  readonly A: bigint;
  /** x = root * u / v. */
  readonly root: bigint;
  /** y = (u + pole) / (u - pole). */
  readonly pole: 1n | -1n;
  /** Octets of u. */
  readonly length: 32 | 56;
  readonly Point: EdwardsPointCons;
}

const curve25519: Montgomery = {
  A: 486662n,
  root: 51042569399160536130206135233146329284152202253034631822681833788666877215207n,
  pole: -1n,
  length: 32,
  Point: ed25519.Point,
};

const curve448: Montgomery = {
  A: 156326n,
  root: 197888467295464439538354009753858038256835152591059802148199779196087404232002515713604263127793030747855424464185691766453844835192428n,
  pole: 1n,
  length: 56,
  Point: E448,
};

function montgomery(curve: Curve): Montgomery | undefined {
  return curve === "X25519" ? curve25519 : curve === "X448" ? curve448 : undefined;
}

function pointClass(curve: Curve): EdwardsPointCons {
  return montgomery(curve)?.Point ?? (curve === "Ed25519" ? ed25519.Point : ed448.Point);
}

function unfit(curve: Curve, why: string, cause?: unknown): MeshError {
  return new MeshError("ERR_KEY", `public key is not a point of ${curve}: ${why}`, { cause });
}

function decodeMontgomery(curve: Curve, { A, root, pole, length, Point }: Montgomery, octets: Uint8Array): Point {
  const { Fp } = Point;
  const sign = octets[length];
  if (sign !== undefined && (sign & 0x7f) !== 0) throw unfit(curve, "sign octet");
  const u = readLittleEndian(octets.subarray(0, length));
  if (u >= Fp.ORDER) throw unfit(curve, "coordinate too large");
  const square = Fp.mul(u, Fp.add(Fp.mul(u, Fp.add(u, A)), 1n));
  let v: bigint;
  try {
    v = Fp.sqrt(square);
  } catch (cause) {
    throw unfit(curve, "on the twist", cause);
  }
  if ((v & 1n) !== (sign === 0x80 ? 1n : 0n)) v = Fp.neg(v);
  // The maps have no value at points of order 2 and 4, which are refused in any case.
  const divisor = Fp.sub(u, pole);
  if (v === 0n || divisor === 0n) throw unfit(curve, "small order");
  const inverse = Fp.inv(Fp.mul(v, divisor));
  const y = Fp.mul(Fp.add(u, pole), Fp.mul(inverse, v));
  const x = Fp.mul(Fp.mul(root, u), Fp.mul(inverse, divisor));
  return Point.fromAffine({ x, y });
}

/** True for the identity and every point whose order divides the cofactor. */
function isSmallOrder(point: Point): boolean {
  return point.clearCofactor().is0();
}

/**
 * Point of public key octets: X forms plain (u) or extended (u, then 00 or 80 for the parity of v), Ed forms as RFC 8032.
 * Of a plain X form the even v is taken: good for agreements, whose result does not show it, and for nothing else.
 * Throws ERR_KEY for a wrong size, an integer not reduced, a point off the curve or of small order.
 */
export function decodePoint(curve: Curve, octets: Uint8Array): Point {
  const model = montgomery(curve);
  let point: Point;
  if (model) {
    if (octets.length !== model.length && octets.length !== model.length + 1) throw unfit(curve, `${octets.length} octets`);
    point = decodeMontgomery(curve, model, octets);
  } else {
    if (octets.length !== (curve === "Ed25519" ? 32 : 57)) throw unfit(curve, `${octets.length} octets`);
    try {
      point = pointClass(curve).fromBytes(octets);
    } catch (cause) {
      throw unfit(curve, "off the curve", cause);
    }
  }
  if (isSmallOrder(point)) throw unfit(curve, "small order");
  return point;
}

/** Octets of a point: extended for X forms (33 or 57), RFC 8032 for Ed forms. Throws ERR_KEY for points of small order. */
export function encodePoint(curve: Curve, point: Point): Uint8Array {
  if (isSmallOrder(point)) throw unfit(curve, "small order");
  const model = montgomery(curve);
  if (!model) return point.toBytes();
  const { Fp } = model.Point;
  const { x, y } = point.toAffine();
  const u = Fp.mul(Fp.mul(model.pole, Fp.add(y, 1n)), Fp.inv(Fp.sub(y, 1n)));
  const v = Fp.mul(Fp.mul(model.root, u), Fp.inv(x));
  const out = new Uint8Array(model.length + 1);
  out.set(littleEndian(u, model.length));
  out[model.length] = (v & 1n) === 1n ? 0x80 : 0;
  return out;
}

/** The plain encoding that agreements end in: u alone for X forms, RFC 8032 for Ed forms. */
export function agreementOctets(curve: Curve, extended: Uint8Array): Uint8Array {
  const model = montgomery(curve);
  return model ? new Uint8Array(extended.subarray(0, model.length)) : extended;
}

function multiply(curve: Curve, point: Point, scalar: bigint): Point {
  const reduced = modOrder(curve, scalar);
  if (reduced === 0n) throw new MeshError("ERR_KEY", "private scalar is a multiple of the group order");
  return point.multiply(reduced);
}

/** scalar times the base point. Throws ERR_KEY for multiples of L. */
export function multiplyBase(curve: Curve, scalar: bigint): Point {
  return multiply(curve, pointClass(curve).BASE, scalar);
}

/** scalar times a point that came from outside: a component of small order is removed, so it cannot probe the scalar mod the cofactor. */
export function multiplyPeer(curve: Curve, point: Point, scalar: bigint): Point {
  const { Fn } = pointClass(curve);
  return multiply(curve, point.clearCofactor(), scalar * Fn.inv(cofactor(curve)));
}
