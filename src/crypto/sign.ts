/**
 * EdDSA from a scalar and a nonce prefix (RFC 8032 §5.1.6, §5.2.6), for the keys that libraries do not take: Ed448 seeds of 56
 * octets, and scalars without a seed (threshold-06 §5.1 leaves their prefix open). Ed25519 signs as Ed25519ctx with an empty context.
 */
import { concat } from "../base/bytes.ts";
import { type SigningCurve, signatureHash } from "./challenge.ts";
import { littleEndian } from "./curve.ts";
import { hkdfSha512 } from "./kdf.ts";
import { multiplier, multiplyAdd, timesBase } from "./multiplier.ts";

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
  const nonce = signatureHash({ curve, parts: [prefix, fresh, message] });
  const R = timesBase(multiplier(curve, nonce)).toBytes();
  const k = signatureHash({ curve, parts: [R, publicOctets, message] });
  return concat(R, littleEndian(multiplyAdd({ curve, a: nonce, b: k, secret: scalar }), R.length));
}
