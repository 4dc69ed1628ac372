/**
 * Public keys: checked once when they enter, then trusted. Verification of signatures: Ed448 by Node with the empty context,
 * Ed25519 as Ed25519ctx with the EMPTY CONTEXT (dare-12 §5.2): the dom2 prefix is hashed, plain Ed25519 does not verify, and
 * Node cannot do it.
 */
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { ed25519ctx } from "@noble/curves/ed25519.js";
import { concat } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import { type Curve, isEdwards, scalarLength } from "./curve.ts";
import { keyUdf } from "./fingerprint.ts";
import { agreementOctets, decodePoint, encodePoint, type Point } from "./point.ts";

/** A public key; made by `publicKey` only. */
export interface PublicKey {
  readonly curve: Curve;
  /** X448 57 (extended) or 56 (plain), X25519 33 or 32, Ed25519 32, Ed448 57. */
  readonly octets: Uint8Array;
  /** Fingerprint, 140 bits: the `kid`. */
  readonly udf: string;
}

const points = new WeakMap<PublicKey, Point>();
const nodeKeys = new WeakMap<PublicKey, KeyObject>();

/** Checks and names a public key. Throws ERR_KEY for a wrong size, a point off the curve or of small order. */
export function publicKey(curve: Curve, octets: Uint8Array): PublicKey {
  const point = decodePoint(curve, octets);
  const copy = new Uint8Array(octets);
  const key: PublicKey = { curve, octets: copy, udf: keyUdf(curve, copy) };
  points.set(key, point);
  return key;
}

/** The public key of a point, in extended form. Throws ERR_KEY for points of small order. */
export function publicKeyOfPoint(curve: Curve, point: Point): PublicKey {
  const octets = encodePoint(curve, point);
  const key: PublicKey = { curve, octets, udf: keyUdf(curve, octets) };
  points.set(key, point);
  return key;
}

/** The point of a key, decoded at most once. */
export function pointOf(key: PublicKey): Point {
  let point = points.get(key);
  if (!point) {
    point = decodePoint(key.curve, key.octets);
    points.set(key, point);
  }
  return point;
}

/** True when the octets fix the point: always but for plain X forms, which lack the sign. */
export function isSigned(key: PublicKey): boolean {
  return isEdwards(key.curve) || key.octets.length > scalarLength(key.curve);
}

/** The key in its plain form: u alone for X curves (what RFC 7748 interfaces and short formats take), itself otherwise. */
export function plainKey(key: PublicKey): PublicKey {
  return isEdwards(key.curve) || !isSigned(key) ? key : publicKey(key.curve, agreementOctets(key.curve, key.octets));
}

/** RFC 8410 header of a SubjectPublicKeyInfo, for Node. */
const infoHeader: Readonly<Record<Curve, Uint8Array>> = {
  X25519: Uint8Array.of(0x30, 42, 0x30, 5, 6, 3, 0x2b, 0x65, 110, 3, 33, 0),
  X448: Uint8Array.of(0x30, 66, 0x30, 5, 6, 3, 0x2b, 0x65, 111, 3, 57, 0),
  Ed25519: Uint8Array.of(0x30, 42, 0x30, 5, 6, 3, 0x2b, 0x65, 112, 3, 33, 0),
  Ed448: Uint8Array.of(0x30, 67, 0x30, 5, 6, 3, 0x2b, 0x65, 113, 3, 58, 0),
};

/** The same key for Node's own interfaces. */
export function nodePublicKey(key: PublicKey): KeyObject {
  let made = nodeKeys.get(key);
  if (!made) {
    const der = concat(infoHeader[key.curve], agreementOctets(key.curve, key.octets));
    made = createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
    nodeKeys.set(key, made);
  }
  return made;
}

/** True when the signature is the key's over the message. Throws ERR_KEY for keys of curves that do not sign. */
export function verifySignature(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  switch (key.curve) {
    case "Ed25519":
      return signature.length === 64 && ed25519ctx.verify(signature, message, key.octets, { context: new Uint8Array(), zip215: false });
    case "Ed448":
      return signature.length === 114 && verify(null, message, nodePublicKey(key), signature);
    default:
      throw new MeshError("ERR_KEY", `${key.curve} keys do not sign`);
  }
}
