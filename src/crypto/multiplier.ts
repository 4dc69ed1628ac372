/**
 * Multiplication by secret scalars in Node's constant-time X25519 and X448 (threshold-06 §5.2, RFC 7748). Every residue s mod L but a
 * negligible few has a clamped k = s or -s mod L; Node gives u of k.E and of (k + h).E, and the difference h.E tells the sign. Clamped
 * multiples clear small-order components, so a peer cannot probe s mod h. What has no such k is done in BigInt, blinded: s is split
 * at random for each operation (threshold-06 §3.4), since BigInt does not run in constant time.
 */
import type { KeyObject } from "node:crypto";
import type { EdwardsPoint } from "@noble/curves/abstract/edwards.js";
import { ed448 } from "@noble/curves/ed448.js";
import { MeshError } from "../base/errors.ts";
import { type Random, systemRandom } from "../base/random.ts";
import { type Curve, cofactor, groupOrder, inverseModOrder, littleEndian, modOrder, randomScalar, readLittleEndian } from "./curve.ts";
import { fromCurve448, toCurve448 } from "./isogeny.ts";
import { curve448, curve25519, edwardsPoint, type Montgomery, montgomeryPoint, recoverPoint, recoverUv } from "./montgomery.ts";
import { importPrivate, importPublic, importPublicScalar, nativeAgreement, publicOctets } from "./node-key.ts";

/** A scalar, ready for use on one curve. Key objects are made when first wanted, then kept. */
export interface Multiplier {
  readonly curve: Curve;
  /** s mod L, not zero. */
  readonly scalar: bigint;
  readonly native: NativeScalar | undefined;
}

interface NativeScalar {
  readonly model: Montgomery;
  /** The scalar is no secret. */
  readonly isPublic: boolean;
  /** k is -s. */
  readonly isNegative: boolean;
  /** k, then k + h. */
  readonly keys: [KeyObject | undefined, KeyObject | undefined];
  /** k / h. */
  readonly m: bigint;
}

function modelOf(curve: Curve): Montgomery {
  return curve === "X448" || curve === "Ed448" ? curve448 : curve25519;
}

/** The points that a curve's keys are added on. */
export function edwardsModel(curve: Curve): Montgomery["Point"] {
  return curve === "Ed448" ? ed448.Point : modelOf(curve).Point;
}

/** What a scalar is divided by to become k / h: the cofactor, and the 4 that the isogenies of Ed448 multiply by. */
const inverseDivisor: Readonly<Record<Curve, bigint>> = {
  X25519: inverseModOrder("X25519", 8n),
  Ed25519: inverseModOrder("Ed25519", 8n),
  X448: inverseModOrder("X448", 4n),
  Ed448: inverseModOrder("Ed448", 16n),
};

function nativeScalar(curve: Curve, scalar: bigint, isPublic: boolean): NativeScalar | undefined {
  const model = modelOf(curve);
  const residue = modOrder(curve, scalar * inverseDivisor[curve]);
  // Clamping fixes the top bit of k and clears those of h.
  const low = 1n << (model.length === 32 ? 251n : 445n);
  const isNegative = residue < low;
  const m = isNegative ? groupOrder(curve) - residue : residue;
  return m >= low && m + 1n < 2n * low ? { model, isPublic, isNegative, keys: [undefined, undefined], m } : undefined;
}

/** Makes a secret scalar ready. Throws ERR_KEY for multiples of L. */
export function multiplier(curve: Curve, scalar: bigint): Multiplier {
  return ready(curve, scalar, false);
}

/** Makes a scalar ready that everybody knows, by a faster way. Throws ERR_KEY for multiples of L. */
export function publicMultiplier(curve: Curve, scalar: bigint): Multiplier {
  return ready(curve, scalar, true);
}

function ready(curve: Curve, scalar: bigint, isPublic: boolean): Multiplier {
  const reduced = modOrder(curve, scalar);
  if (reduced === 0n) throw new MeshError("ERR_KEY", "private scalar is a multiple of the group order");
  return { curve, scalar: reduced, native: nativeScalar(curve, reduced, isPublic) };
}

function nodeKey(native: NativeScalar, which: 0 | 1): KeyObject {
  let key = native.keys[which];
  if (!key) {
    const { ladder, length } = native.model;
    const octets = littleEndian((native.m + BigInt(which)) * (length === 32 ? 8n : 4n), length);
    key = (native.isPublic ? importPublicScalar : importPrivate)(ladder, octets);
    octets.fill(0);
    native.keys[which] = key;
  }
  return key;
}

/** k.E from u of k.E and of (k + h).E, where P = h.E; as a point of the curve that was asked for, and with the sign of s. */
function assemble({ curve }: Multiplier, native: NativeScalar, P: EdwardsPoint, read: (key: KeyObject) => Uint8Array): EdwardsPoint {
  const { model } = native;
  const [Q, S] = [readLittleEndian(read(nodeKey(native, 0))), readLittleEndian(read(nodeKey(native, 1)))];
  const { isNegative } = native;
  if (curve !== "Ed448") return recoverPoint(model, P, { Q, S, isNegative });
  const { u, v } = recoverUv(model, P, { Q, S });
  return fromCurve448({ u, v: isNegative ? model.Point.Fp.neg(v) : v });
}

const baseTimesCofactor = new Map<Montgomery, EdwardsPoint>();

function baseDifference(model: Montgomery): EdwardsPoint {
  let point = baseTimesCofactor.get(model);
  if (!point) {
    point = model.Point.BASE.clearCofactor();
    baseTimesCofactor.set(model, point);
  }
  return point;
}

/** s times the base point. */
export function timesBase(m: Multiplier): EdwardsPoint {
  if (m.native) return assemble(m, m.native, baseDifference(m.native.model), publicOctets);
  return timesBlinded(m, edwardsModel(m.curve).BASE);
}

/** s times a point, less any component of small order. `node` is Node's key of the point, where the caller has one. */
export function timesPoint(m: Multiplier, point: EdwardsPoint, node?: KeyObject): EdwardsPoint {
  const { native } = m;
  if (!native) return timesBlinded(m, point);
  const { model } = native;
  const onModel = m.curve === "Ed448" ? edwardsPoint(model, toCurve448(point)) : point;
  const peer = node ?? importPublic(model.ladder, littleEndian(montgomeryPoint(model, onModel).u, model.length));
  return assemble(m, native, onModel.clearCofactor(), (key) => nativeAgreement(key, peer));
}

/** u of s times the point of Node's key: one native operation. For X curves. */
export function agreeNative(m: Multiplier, peer: KeyObject): Uint8Array | undefined {
  return m.native && nativeAgreement(nodeKey(m.native, 0), peer);
}

/** s times a point in BigInt arithmetic, s split at random; clears components of small order as timesPoint does. */
export function timesBlinded({ curve, scalar }: Multiplier, point: EdwardsPoint, random: Random = systemRandom): EdwardsPoint {
  const clear = point.clearCofactor();
  const target = modOrder(curve, scalar * inverseModOrder(curve, cofactor(curve)));
  for (;;) {
    const first = randomScalar(curve, random);
    const second = modOrder(curve, target - first);
    if (second !== 0n) return clear.multiply(first).add(clear.multiply(second));
  }
}

/** (a + b * secret) mod L with the secret split at random, so that no product sees it whole. */
export function multiplyAdd(input: { curve: Curve; a: bigint; b: bigint; secret: bigint; random?: Random }): bigint {
  const { curve, a, b, secret, random = systemRandom } = input;
  const mask = randomScalar(curve, random);
  return modOrder(curve, a + modOrder(curve, b * modOrder(curve, secret - mask)) + modOrder(curve, b * mask));
}
