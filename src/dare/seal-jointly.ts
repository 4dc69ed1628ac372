/** Sealing for a signer that is several parties: they see the whole body before they sign it, and the envelope is there when they have. dare-12 §5 */
import { verificationError } from "../base/errors.ts";
import { encodeJson } from "../codec/index.ts";
import { sha512 } from "../crypto/hash.ts";
import type { PrivateKey, PublicKey } from "../crypto/key.ts";
import { verifySignature } from "../crypto/key.ts";
import { encryptBody } from "./content.ts";
import type { DareEnvelope } from "./envelope.ts";
import { DareTrailer } from "./header.ts";
import type { SealOptions } from "./seal.ts";
import { sealEnvelope, sealHeader } from "./seal.ts";
import { signatureEntry, signDigest } from "./signature.ts";

/** A key whose signatures are made by several parties together. */
export interface JointSigner {
  /** The whole key. */
  readonly public: PublicKey;
  /** Signature over the SHA-512 of a body. */
  signBody(body: Uint8Array): Promise<Uint8Array>;
}

/** Whoever signs: one key, or several parties as one. */
export type Signer = PrivateKey | JointSigner;

/** What is sealed, and who signs it besides. */
export interface SealSignedOptions extends Omit<SealOptions, "signers" | "digest"> {
  readonly beside?: PrivateKey;
}

/** As sealEnvelope, signed by one signer, and by a key beside it. Errors: ERR_VERIFICATION when the signature that came of it is none; those of the signer. */
export async function sealSigned(signer: Signer, { beside, ...options }: SealSignedOptions): Promise<DareEnvelope> {
  const others = beside ? [beside] : [];
  if (!("signBody" in signer)) return sealEnvelope({ ...options, signers: [...others, signer] });
  const { header, headerOctets, secrets } = sealHeader({ ...options, digest: true });
  const body = secrets ? encryptBody({ ...secrets, plaintext: options.plaintext }) : options.plaintext;
  const signature = await signer.signBody(body);
  const digest = sha512(body);
  if (!verifySignature(signer.public, digest, signature)) throw verificationError("the signature that several have made");
  const signatures = [
    ...others.map((key) => signDigest({ digest, signer: key, secrets })),
    signatureEntry({ signature, key: signer.public, secrets }),
  ];
  const trailer: DareTrailer = { signatures, PayloadDigest: digest };
  return { header, headerOctets, body, trailer, trailerOctets: encodeJson(DareTrailer.encode(trailer)) };
}
