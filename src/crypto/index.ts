/** The public face of the room: digests, KDF, ciphers, keys, fingerprints, seeds, shares, codes. The only importer of @noble. */

export { type BlindedAgreement, blindAgreement } from "./blinded-agreement.ts";
export type { SignatureForm } from "./challenge.ts";
export {
  aesCbcDecrypt,
  aesCbcEncrypt,
  aesGcmOpen,
  aesGcmSeal,
  chachaPolyOpen,
  chachaPolySeal,
  unwrapKey,
  wrapKey,
} from "./cipher.ts";
export { commitKey, hailKey, linkKey } from "./commit.ts";
export { type ConnectUri, formatConnectUri, parseConnectUri, unwrapConnectUri } from "./connect-uri.ts";
export { type DealInput, deal, sumScalars } from "./deal.ts";
export * from "./earl.ts";
export { hmacSha3_512, hmacSha256, hmacSha512, labelledMac, sha3_512, sha256, sha512 } from "./hash.ts";
export { envelopeId, responseId } from "./identifier.ts";
export { type HkdfInput, hkdfSha3_512, hkdfSha256, hkdfSha512 } from "./kdf.ts";
export * from "./key.ts";
export { keyOfOidUdf } from "./oid.ts";
export { combineAgreements, partialAgreement, type SplitShare, splitShare } from "./partial-agreement.ts";
export { clientDataOf, type PasskeyUse, passkeyFingerprint, usePasskey } from "./passkey.ts";
export { newPin, pinAnswer, pinId, pinWitness, saltedPin } from "./pin.ts";
export { deriveKey, newSeed, seedOutput, seedSpecifier } from "./seed.ts";
export * from "./shamir.ts";
export * from "./sin.ts";
export * from "./threshold/index.ts";
export {
  type AuthenticatorInput,
  authenticatorUdf,
  contentDigest,
  contentDigestUdf,
  digestType,
  encryptionUdf,
  locator,
  macUdf,
  newEncryptionKey,
  newNonce,
  parseUdf,
  presentOctets,
  presentUdf,
  presentWhole,
  symmetricKeyId,
  type Udf,
  udfContentType,
  udfEquals,
  udfType,
} from "./udf.ts";
export * from "./udf-check.ts";
export * from "./udf-entry.ts";
export * from "./udf-uri.ts";
export { connectionWitness } from "./witness.ts";
export {
  type CertifiedKey,
  certificateFingerprint,
  certificateOctets,
  isIssuedBy,
  issueServer,
  makeAuthority,
  readCertificate,
} from "./x509/certificate.ts";
