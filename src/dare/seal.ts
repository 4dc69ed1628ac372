/**
 * Makes DARE envelopes: signed, encrypted, both, or neither (dare-12 §3). Encrypted to public keys, or to a symmetric key in the
 * form of published objects (udf-13 §6). Header `dig` comes first so that a reader can hash while it reads; signatures go to the trailer.
 */
import type { Random } from "../base/random.ts";
import { encodeJson } from "../codec/index.ts";
import { sha512 } from "../crypto/hash.ts";
import type { PrivateKey, PublicKey } from "../crypto/key.ts";
import { cipherId, encryptBody } from "./content.ts";
import type { ContentMeta } from "./content-meta.ts";
import { encodeContentMeta } from "./content-meta.ts";
import type { DareEnvelope } from "./envelope.ts";
import { newExchange } from "./exchange.ts";
import { DareHeader, DareTrailer } from "./header.ts";
import { saltLength } from "./key-schedule.ts";
import { digestId, signDigest } from "./signature.ts";

/** What to seal, how, and for whom. */
export interface SealOptions {
  readonly plaintext: Uint8Array;
  readonly envelopeId?: string;
  readonly contentMeta?: ContentMeta;
  /** Public keys that may open it. An empty list is refused: it would be an envelope for nobody. */
  readonly recipients?: readonly PublicKey[];
  /** Symmetric key that may open it (EARL). */
  readonly symmetricKey?: Uint8Array;
  readonly signers?: readonly PrivateKey[];
  readonly random: Random;
}

/** Seals a payload. Without recipients and symmetric key the body is the plaintext. ERR_KEY for an empty or unfit recipient list. */
export function sealEnvelope(options: SealOptions): DareEnvelope {
  const { plaintext, recipients, symmetricKey, signers = [], random } = options;
  const exchange = recipients === undefined && symmetricKey === undefined ? undefined : newExchange({ recipients, symmetricKey, random });
  const secrets = exchange && { baseSeed: exchange.baseSeed, salt: random.bytes(saltLength) };
  const body = secrets ? encryptBody({ ...secrets, plaintext }) : plaintext;
  const header: DareHeader = {
    EnvelopeId: options.envelopeId,
    ...(exchange && secrets ? { enc: cipherId, kid: exchange.kid, Salt: secrets.salt, recipients: exchange.recipients } : {}),
    dig: signers.length > 0 ? digestId : undefined,
    ContentMetaData: options.contentMeta && encodeContentMeta(options.contentMeta),
  };
  const headerOctets = encodeJson(DareHeader.encode(header));
  if (signers.length === 0) return { header, headerOctets, body };
  const digest = sha512(body);
  const trailer: DareTrailer = { signatures: signers.map((signer) => signDigest({ digest, signer, secrets })), PayloadDigest: digest };
  return { header, headerOctets, body, trailer, trailerOctets: encodeJson(DareTrailer.encode(trailer)) };
}
