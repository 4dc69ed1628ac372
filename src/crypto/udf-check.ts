/**
 * Checks of content against the fingerprint that names it (udf-13 §5, §6.2: post-processing of what a resolver returned), and keys
 * that commit to a signer (type 33). Digests must carry the compression level that they earn: a lower one names something else.
 */
import { verificationError } from "../base/errors.ts";
import { fullFingerprint } from "./fingerprint.ts";
import type { PublicKey } from "./public-key.ts";
import type { DigestedContent } from "./udf.ts";
import { authenticatorUdf, contentDigestUdf, parseUdf, presentWhole, udfEquals, udfType } from "./udf.ts";

const maxBits = 440;
/** Least octets of a fingerprint that a key of type 33 carries. */
const minSignerOctets = 16;

function inFamily(type: number, base: number): boolean {
  return type >= base && type <= base + 4;
}

/** Throws ERR_VERIFICATION unless `udf` (M or K, any precision from 100 bits) is the digest of the data. ERR_ENCODING when it is no fingerprint. */
export function verifyContentDigest(udf: string, content: { readonly contentType: string } & DigestedContent): void {
  const { type } = parseUdf(udf);
  const sha3 = inFamily(type, udfType.digestSha3);
  const known = sha3 || inFamily(type, udfType.digestSha2);
  if (!known || !udfEquals(udf, contentDigestUdf({ ...content, bits: maxBits, sha3 }))) throw verificationError("content of a fingerprint");
}

/** Throws ERR_VERIFICATION unless `udf` (A) is the authenticator of the data under the key. ERR_ENCODING when it is no fingerprint. */
export function verifyAuthenticator(udf: string, content: { readonly key: string; readonly contentType: string } & DigestedContent): void {
  const { type } = parseUdf(udf);
  const sha3 = type === udfType.authenticatorSha3;
  const known = sha3 || type === udfType.authenticator;
  if (!known || !udfEquals(udf, authenticatorUdf({ ...content, bits: maxBits, sha3 }))) throw verificationError("content of an authenticator");
}

/** Key (E, type 33) that commits to the Ed448 key whose signature the content has to bear; `octets` of its fingerprint, at least 16. */
export function signedEncryptionUdf(signer: PublicKey, octets: number = minSignerOctets): string {
  return presentWhole(udfType.encryptionSign, fullFingerprint(signer).slice(0, Math.max(minSignerOctets, octets)));
}

/** Throws ERR_VERIFICATION unless the key of type 33 commits to the signer. ERR_ENCODING when it is no fingerprint. */
export function verifyKeySigner(udf: string, signer: PublicKey): void {
  const { type, data } = parseUdf(udf);
  const known = type === udfType.encryptionSign && data.length >= minSignerOctets;
  if (!known || !udfEquals(udf, signedEncryptionUdf(signer, data.length))) throw verificationError("signer of a key");
}
