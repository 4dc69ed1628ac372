/**
 * Fingerprints of public keys (udf-13 §4.2, schema-08 `Udf` and `kid`). The DER is not RFC 8410: the AlgorithmIdentifier has NULL
 * parameters and the BIT STRING contains an OCTET STRING; without either the published values do not come out.
 */
import { concat } from "../base/bytes.ts";
import type { Curve } from "./curve.ts";
import { contentDigest, contentDigestUdf, presentWhole, udfContentType, udfType } from "./udf.ts";

/** Last arc of the object identifier 1.3.101.x. */
const arc: Readonly<Record<Curve, number>> = { X25519: 110, X448: 111, Ed25519: 112, Ed448: 113 };

/** DER of a public key, as it goes into its fingerprint. */
export function keyInfo(curve: Curve, octets: Uint8Array): Uint8Array {
  // An extended X25519 key is the same key: its fingerprint is that of u alone. For X448 the sign octet belongs to the fingerprint.
  const key = curve === "X25519" ? octets.subarray(0, 32) : octets;
  const n = key.length;
  return concat(Uint8Array.of(0x30, n + 14, 0x30, 7, 6, 3, 0x2b, 0x65, arc[curve], 5, 0, 3, n + 3, 0, 4, n), key);
}

/** Fingerprint text: SHA-2-512, 140 bits. */
export function keyUdf(curve: Curve, octets: Uint8Array): string {
  return contentDigestUdf({ contentType: udfContentType.publicKey, data: keyInfo(curve, octets) });
}

/** F of the formulas: type octet and digest, cut to 64 octets. */
export function fullFingerprint(key: { readonly curve: Curve; readonly octets: Uint8Array }): Uint8Array {
  return contentDigest(udfContentType.publicKey, { data: keyInfo(key.curve, key.octets) }).subarray(0, 64);
}

/** OID UDF (O): the DER itself, whole. */
export function oidUdf(key: { readonly curve: Curve; readonly octets: Uint8Array }): string {
  return presentWhole(udfType.oid, keyInfo(key.curve, key.octets));
}
