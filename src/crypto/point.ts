/**
 * Points of the four curves and their octets (threshold-06 §5.2, RFC 7748, RFC 8032). X25519 and X448 points are carried on the Edwards
 * models of their curves (montgomery.ts), so that one addition serves all.
 */
import type { EdwardsPoint } from "@noble/curves/abstract/edwards.js";
import { MeshError } from "../base/errors.ts";
import { type Curve, littleEndian, readLittleEndian } from "./curve.ts";
import { curve448, curve25519, edwardsPoint, type Montgomery, montgomeryPoint } from "./montgomery.ts";
import { edwardsModel } from "./multiplier.ts";

/** A point, in the Edwards model of its curve. */
export type Point = EdwardsPoint;

function montgomery(curve: Curve): Montgomery | undefined {
  return curve === "X25519" ? curve25519 : curve === "X448" ? curve448 : undefined;
}

function unfit(curve: Curve, why: string, cause?: unknown): MeshError {
  return new MeshError("ERR_KEY", `public key is not a point of ${curve}: ${why}`, { cause });
}

/** u of a key of an X curve, as it may be written. */
function coordinate(curve: Curve, { length, Point: { Fp } }: Montgomery, octets: Uint8Array): bigint {
  if (octets.length !== length && octets.length !== length + 1) throw unfit(curve, `${octets.length} octets`);
  if (((octets[length] ?? 0) & 0x7f) !== 0) throw unfit(curve, "sign octet");
  const u = readLittleEndian(octets.subarray(0, length));
  if (u >= Fp.ORDER) throw unfit(curve, "coordinate too large");
  return u;
}

/** Octets of u. Throws ERR_KEY for a key of another size, an integer not reduced, a sign octet that is none; whether there is such a point is not looked at. */
export function coordinateOctets(curve: Curve, octets: Uint8Array): Uint8Array {
  const model = montgomery(curve);
  if (!model) throw unfit(curve, "it has no such coordinate");
  coordinate(curve, model, octets);
  return agreementOctets(curve, octets);
}

function decodeMontgomery(curve: Curve, model: Montgomery, octets: Uint8Array): Point {
  const { A, pole, length } = model;
  const { Fp } = model.Point;
  const u = coordinate(curve, model, octets);
  const sign = octets[length];
  const square = Fp.mul(u, Fp.add(Fp.mul(u, Fp.add(u, A)), 1n));
  let v: bigint;
  try {
    v = Fp.sqrt(square);
  } catch (cause) {
    throw unfit(curve, "on the twist", cause);
  }
  if ((v & 1n) !== (sign === 0x80 ? 1n : 0n)) v = Fp.neg(v);
  // The maps have no value at points of order 2 and 4, which are refused in any case.
  if (v === 0n || Fp.sub(u, pole) === 0n) throw unfit(curve, "small order");
  return edwardsPoint(model, { u, v });
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
    point = decodeMontgomery(curve, model, octets);
  } else {
    if (octets.length !== (curve === "Ed25519" ? 32 : 57)) throw unfit(curve, `${octets.length} octets`);
    try {
      point = edwardsModel(curve).fromBytes(octets);
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
  const { u, v } = montgomeryPoint(model, point);
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
