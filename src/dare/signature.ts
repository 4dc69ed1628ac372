/**
 * Digests and signatures of bodies (dare-12 §5): the message that is signed is the digest of the body as carried. Header, metadata
 * and recipients are not covered. Ed25519 here is Ed25519ctx with an empty context; `alg` names the digest.
 */
import { equalBytes } from "../base/bytes.ts";
import { verificationError } from "../base/errors.ts";
import { sha256, sha512 } from "../crypto/hash.ts";
import type { DigestName } from "../crypto/incremental.ts";
import type { PrivateKey, PublicKey } from "../crypto/key.ts";
import { verifySignature } from "../crypto/key.ts";
import type { DareEnvelope } from "./envelope.ts";
import type { DareSignature, DareTrailer } from "./header.ts";
import { witnessValue } from "./key-schedule.ts";

/** Digest identifier that we write. */
export const digestId = "S512";
/** Bound on the signatures looked at. */
const maxSignatures = 64;

/** What stands around a body. */
export type HeaderAndTrailer = Pick<DareEnvelope, "header" | "trailer">;

/** A member that may stand in the header or the trailer; the header wins. */
export function eitherMember<K extends keyof DareTrailer>(envelope: HeaderAndTrailer, name: K): DareTrailer[K] {
  return envelope.header[name] ?? envelope.trailer?.[name];
}

/** Signs the digest of a body; `secrets` are given when the body is encrypted, for the witness. */
export function signDigest(options: {
  readonly digest: Uint8Array;
  readonly signer: PrivateKey;
  readonly secrets?: { readonly baseSeed: Uint8Array; readonly salt: Uint8Array };
}): DareSignature {
  const { digest, signer, secrets } = options;
  return signatureEntry({ signature: signer.sign(digest), key: signer.public, secrets });
}

/** A signature as it stands in a trailer. */
export function signatureEntry(options: {
  readonly signature: Uint8Array;
  readonly key: PublicKey;
  readonly secrets?: { readonly baseSeed: Uint8Array; readonly salt: Uint8Array };
}): DareSignature {
  const { signature, key, secrets } = options;
  return { alg: digestId, kid: key.udf, signature, ...(secrets === undefined ? {} : { witness: witnessValue({ ...secrets, signature }) }) };
}

/**
 * Verifies an envelope or frame against keys the caller trusts: the digest over the body as received, and at least one signature.
 * Returns the key that signed. ERR_VERIFICATION in every other case, also when nothing is signed.
 */
export function verifyEnvelope(envelope: DareEnvelope, trusted: readonly PublicKey[]): PublicKey {
  const digests = new Map<DigestName, Uint8Array>();
  return verifyDigests(envelope, {
    trusted,
    digestFor: (id) => {
      const name = digestNameOf(id);
      const digest = digests.get(name) ?? (name === "sha512" ? sha512 : sha256)(envelope.body);
      digests.set(name, digest);
      return digest;
    },
  });
}

/** As verifyEnvelope, for a body whose digests come from elsewhere: one that was streamed or is stored apart. ERR_VERIFICATION. */
export function verifyDigests(
  envelope: HeaderAndTrailer,
  options: { readonly trusted: readonly PublicKey[]; readonly digestFor: (id: string | undefined) => Uint8Array },
): PublicKey {
  const { trusted, digestFor } = options;
  checkStatedDigest(envelope, digestFor);
  for (const entry of (eitherMember(envelope, "signatures") ?? []).slice(0, maxSignatures)) {
    const key = trusted.find((candidate) => candidate.udf === entry.kid);
    if (key === undefined || entry.signature === undefined) continue;
    if (verifySignature(key, digestFor(entry.alg ?? entry.dig ?? envelope.header.dig), entry.signature)) return key;
  }
  throw verificationError("envelope");
}

/**
 * Every signature around a body, by the key that it names. Those of known keys have to hold; the others prove nothing. ERR_VERIFICATION
 * for one that does not hold, or for more than are looked at.
 */
export function judgeSignatures(
  envelope: HeaderAndTrailer,
  options: { readonly known: readonly PublicKey[]; readonly digestFor: (id: string | undefined) => Uint8Array },
): readonly { readonly kid: string; readonly isVerified: boolean }[] {
  const { known, digestFor } = options;
  const signatures = eitherMember(envelope, "signatures") ?? [];
  if (signatures.length > maxSignatures) throw verificationError("envelope");
  return signatures.map(({ kid = "", alg, dig, signature }) => {
    const key = known.find(({ udf }) => udf === kid);
    if (key === undefined) return { kid, isVerified: false };
    const isFit = signature !== undefined && verifySignature(key, digestFor(alg ?? dig ?? envelope.header.dig), signature);
    if (!isFit) throw verificationError("envelope");
    return { kid, isVerified: true };
  });
}

/** Compares the digest of the body with the one that is stated, if any is. True when one is. ERR_VERIFICATION. */
export function checkStatedDigest(envelope: HeaderAndTrailer, digestFor: (id: string | undefined) => Uint8Array): boolean {
  const stated = eitherMember(envelope, "PayloadDigest");
  if (stated !== undefined && !equalBytes(stated, digestFor(envelope.header.dig))) throw verificationError("envelope");
  return stated !== undefined;
}

/** Checks the witness of every signature beside an encrypted body (dare-12 §5: a recipient must). ERR_VERIFICATION. */
export function checkWitnesses(envelope: HeaderAndTrailer, secrets: { readonly baseSeed: Uint8Array; readonly salt: Uint8Array }): void {
  const signatures = eitherMember(envelope, "signatures") ?? [];
  if (signatures.length > maxSignatures) throw verificationError("envelope");
  for (const { signature, witness } of signatures) {
    if (signature === undefined || witness === undefined) throw verificationError("envelope");
    if (!equalBytes(witness, witnessValue({ ...secrets, signature }))) throw verificationError("envelope");
  }
}

/** Digest that an identifier names; SHA2 is the name of SHA-2-512 in dare-07 and dare-08. ERR_VERIFICATION for any other. */
export function digestNameOf(id: string | undefined): DigestName {
  switch (id) {
    case undefined:
    case "S512":
    case "SHA2":
      return "sha512";
    case "S256":
      return "sha256";
    default:
      throw verificationError("envelope");
  }
}
