/** `mesh-hub/udf`: Uniform Data Fingerprints of every type (udf-13): text, digests, authenticators, keys, shares, URIs, strong names. */
export { publicationId } from "../crypto/earl.ts";
export { fullFingerprint, oidUdf } from "../crypto/fingerprint.ts";
export { envelopeId, responseId } from "../crypto/identifier.ts";
export { keyOfOidUdf } from "../crypto/oid.ts";
export { deriveKey, newSeed, seedSpecifier } from "../crypto/seed.ts";
export * from "../crypto/shamir.ts";
export * from "../crypto/sin.ts";
export * from "../crypto/udf.ts";
export * from "../crypto/udf-check.ts";
export * from "../crypto/udf-entry.ts";
export * from "../crypto/udf-uri.ts";
