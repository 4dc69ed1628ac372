/**
 * EdDSA from a scalar and a nonce prefix (RFC 8032 §5.1.6, §5.2.6), for the keys that libraries do not take: Ed448 seeds of 56
 * octets, and scalars without a seed (threshold-06 §5.1 leaves their prefix open). Ed25519 signs as Ed25519ctx with an empty context.
 */
import { concat, utf8 } from "../base/bytes.ts";
import { type Curve, littleEndian, modOrder, readLittleEndian } from "./curve.ts";
import { sha512, shake256Ed448 } from "./hash.ts";
import { hkdfSha512 } from "./kdf.ts";
import { multiplyBase } from "./point.ts";

type SigningCurve = Extract<Curve, "Ed25519" | "Ed448">;

/** dom2(0, "") and dom4(0, ""): flag zero, context of length zero. */
const domain: Readonly<Record<SigningCurve, Uint8Array>> = {
  Ed25519: concat(utf8("SigEd25519 no Ed25519 collisions"), Uint8Array.of(0, 0)),
  Ed448: concat(utf8("SigEd448"), Uint8Array.of(0, 0)),
};

/** H(dom || parts) as an integer mod L: the challenge and the nonce of a signature. */
function signatureHash(curve: SigningCurve, ...parts: readonly Uint8Array[]): bigint {
  const hash = curve === "Ed25519" ? sha512 : shake256Ed448;
  return modOrder(curve, readLittleEndian(hash(domain[curve], ...parts)));
}

/** Nonce prefix of a key that is a bare scalar: any secret function of it will do, no verifier sees which. */
export function scalarPrefix(curve: SigningCurve, scalar: Uint8Array): Uint8Array {
  return hkdfSha512({ ikm: scalar, info: "mesh eddsa prefix", length: curve === "Ed25519" ? 32 : 57 });
}

/** Signs. `fresh` octets, where given, make the nonce unrepeatable; the signature is R || S. */
export function signWith(input: {
  curve: SigningCurve;
  scalar: bigint;
  prefix: Uint8Array;
  publicOctets: Uint8Array;
  message: Uint8Array;
  fresh?: Uint8Array;
}): Uint8Array {
  const { curve, scalar, prefix, publicOctets, message, fresh = new Uint8Array() } = input;
  const nonce = signatureHash(curve, prefix, fresh, message);
  const R = multiplyBase(curve, nonce).toBytes();
  const k = signatureHash(curve, R, publicOctets, message);
  return concat(R, littleEndian(modOrder(curve, nonce + k * scalar), R.length));
}
