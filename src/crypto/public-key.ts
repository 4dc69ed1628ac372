/**
 * Public keys: checked once when they enter, then trusted. Verification of signatures: Ed448 by Node with the empty context,
 * Ed25519 as Ed25519ctx with the EMPTY CONTEXT (dare-12 §5.2): the dom2 prefix is hashed, plain Ed25519 does not verify, and
 * Node cannot do it (ed25519-verify.ts).
 */
import { type KeyObject, verify } from "node:crypto";
import { toHex } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import { type Curve, isEdwards, scalarLength } from "./curve.ts";
import { verifyEd25519 } from "./ed25519-verify.ts";
import { keyUdf } from "./fingerprint.ts";
import { sha512 } from "./hash.ts";
import { importPublic } from "./node-key.ts";
import { agreementOctets, coordinateOctets, decodePoint, encodePoint, type Point } from "./point.ts";

/** A public key; made in this file only. */
export interface PublicKey {
  readonly curve: Curve;
  /** X448 57 (extended) or 56 (plain), X25519 33 or 32, Ed25519 32, Ed448 57. */
  readonly octets: Uint8Array;
  /** Fingerprint, 140 bits: the `kid`. */
  readonly udf: string;
}

/** What is known of a key beside its octets. */
interface Checked {
  readonly point: Point;
  readonly udf: string;
  node?: KeyObject;
}

const checked = new WeakMap<PublicKey, Checked>();
/** Keys come back, message after message: the last ones are not decoded again. Oldest first. */
const recent = new Map<string, Checked>();
const maxRecent = 512;

function check(curve: Curve, octets: Uint8Array): Checked {
  const id = `${curve} ${toHex(octets)}`;
  const known = recent.get(id);
  const made = known ?? { point: decodePoint(curve, octets), udf: keyUdf(curve, octets) };
  if (known) recent.delete(id);
  recent.set(id, made);
  const [oldest] = recent.keys();
  if (recent.size > maxRecent && oldest !== undefined) recent.delete(oldest);
  return made;
}

/** Checks and names a public key. Throws ERR_KEY for a wrong size, a point off the curve or of small order. */
export function publicKey(curve: Curve, octets: Uint8Array): PublicKey {
  const made = check(curve, octets);
  const key: PublicKey = { curve, octets: new Uint8Array(octets), udf: made.udf };
  checked.set(key, made);
  return key;
}

/** The public key of a point, in extended form. Throws ERR_KEY for points of small order. */
export function publicKeyOfPoint(curve: Curve, point: Point): PublicKey {
  const octets = encodePoint(curve, point);
  const key: PublicKey = { curve, octets, udf: keyUdf(curve, octets) };
  checked.set(key, { point, udf: key.udf });
  return key;
}

/**
 * A key whose octets were checked before, when they came: its point is decoded when somebody wants it, and what `publicKey` throws is thrown then.
 */
export function knownPublicKey(curve: Curve, octets: Uint8Array): PublicKey {
  return { curve, octets: new Uint8Array(octets), udf: keyUdf(curve, octets) };
}

/** Keys for agreements alone, as Node has them. */
const forAgreement = new WeakMap<PublicKey, KeyObject>();

/**
 * A key of an X curve that somebody made for one agreement, and that nothing else is done with. Its point is not decoded until somebody asks for it: X25519 and
 * X448 take any u (RFC 7748 §7), and of small order it is refused by the agreement, whose result is zero. Keys of other curves are checked as by
 * publicKey. Throws ERR_KEY for a wrong size, an integer not reduced, a sign octet that is none.
 */
export function agreementKey(curve: Curve, octets: Uint8Array): PublicKey {
  if (isEdwards(curve)) return publicKey(curve, octets);
  const u = coordinateOctets(curve, octets);
  const key: PublicKey = {
    curve,
    octets: new Uint8Array(octets),
    get udf() {
      return checkedOf(key).udf;
    },
  };
  forAgreement.set(key, importPublic(curve, u));
  return key;
}

function checkedOf(key: PublicKey): Checked {
  let made = checked.get(key);
  if (!made) {
    made = check(key.curve, key.octets);
    checked.set(key, made);
  }
  return made;
}

/** The point of a key, decoded at most once. */
export function pointOf(key: PublicKey): Point {
  return checkedOf(key).point;
}

/** True when the octets fix the point: always but for plain X forms, which lack the sign. */
export function isSigned(key: PublicKey): boolean {
  return isEdwards(key.curve) || key.octets.length > scalarLength(key.curve);
}

/** The key in its plain form: u alone for X curves (what RFC 7748 interfaces and short formats take), itself otherwise. */
export function plainKey(key: PublicKey): PublicKey {
  if (isEdwards(key.curve) || !isSigned(key)) return key;
  const point = pointOf(key);
  const isOdd = key.octets.at(-1) !== 0;
  const octets = agreementOctets(key.curve, key.octets);
  const plain: PublicKey = { curve: key.curve, octets, udf: keyUdf(key.curve, octets) };
  // As decoding has it: of a plain form the even v is taken.
  checked.set(plain, { point: isOdd ? point.negate() : point, udf: plain.udf });
  return plain;
}

/** The same key for Node's own interfaces. */
export function nodePublicKey(key: PublicKey): KeyObject {
  const known = forAgreement.get(key);
  if (known) return known;
  const made = checkedOf(key);
  made.node ??= importPublic(key.curve, agreementOctets(key.curve, key.octets));
  return made.node;
}

/** Node's key for agreements, of keys that Node agrees with: those of X curves. */
export function agreementNode(key: PublicKey): KeyObject | undefined {
  return isEdwards(key.curve) ? undefined : nodePublicKey(key);
}

/** Signatures that hold, by key, message and signature, oldest first: the same profile and the same connection are looked at in many places. */
const found = new Set<string>();
const maxFound = 512;

/** True when the signature is the key's over the message. Throws ERR_KEY for keys of curves that do not sign. */
export function verifySignature(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  // Key and signature have the lengths of their curve, or nothing is found: so the octets can be read in one way only.
  const id = `${key.curve} ${signature.length} ${toHex(sha512(key.octets, signature, message))}`;
  if (found.has(id)) return true;
  if (!verified(key, message, signature)) return false;
  found.add(id);
  const [oldest] = found;
  if (found.size > maxFound && oldest !== undefined) found.delete(oldest);
  return true;
}

function verified(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  switch (key.curve) {
    case "Ed25519":
      return verifyEd25519({ point: pointOf(key), publicOctets: key.octets, message, signature });
    case "Ed448":
      return signature.length === 114 && verify(null, message, nodePublicKey(key), signature);
    default:
      throw new MeshError("ERR_KEY", `${key.curve} keys do not sign`);
  }
}
