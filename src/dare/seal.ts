/**
 * Makes DARE envelopes: signed, encrypted, both, or neither (dare-12 §3). Encrypted to public keys of any of the four curves, or to
 * symmetric keys in the form of published objects (udf-13 §6). Header `dig` comes first so that a reader can hash while it reads;
 * signatures go to the trailer.
 */
import { concat } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { encodeJson, encodeJsonB } from "../codec/index.ts";
import { sha512 } from "../crypto/hash.ts";
import type { PrivateKey, PublicKey } from "../crypto/key.ts";
import { cipherId, encryptBlock, encryptBody } from "./content.ts";
import type { ContentMeta } from "./content-meta.ts";
import { encodeContentMeta } from "./content-meta.ts";
import type { DareEnvelope } from "./envelope.ts";
import { newExchange } from "./exchange.ts";
import { DareHeader, DareTrailer } from "./header.ts";
import { saltLength } from "./key-schedule.ts";
import { digestId, signDigest } from "./signature.ts";

/** How to seal, and for whom. */
export interface SealingOptions {
  readonly envelopeId?: string;
  /** Readable by everyone, covered by nothing. */
  readonly contentMeta?: ContentMeta;
  /** Readable only by those who can decrypt; ERR_KEY without recipients. */
  readonly cloakedMeta?: ContentMeta;
  /** Further content beside the body, such as the header lines of a mail; encrypted when the body is. At most 255. */
  readonly annotations?: readonly Uint8Array[];
  /** Public keys that may open it. An empty list is refused: it would be an envelope for nobody. */
  readonly recipients?: readonly PublicKey[];
  /** Symmetric key that may open it (EARL). */
  readonly symmetricKey?: Uint8Array;
  /** Further symmetric keys that may open it. */
  readonly symmetricKeys?: readonly Uint8Array[];
  readonly signers?: readonly PrivateKey[];
  /** State the digest of the body although nobody signs it. */
  readonly digest?: boolean;
  readonly random: Random;
}

/** What to seal, how, and for whom. */
export interface SealOptions extends SealingOptions {
  readonly plaintext: Uint8Array;
}

/** Seals a payload. Without recipients and symmetric key the body is the plaintext. ERR_KEY for an empty or unfit recipient list. */
export function sealEnvelope(options: SealOptions): DareEnvelope {
  const { header, headerOctets, secrets } = sealHeader(options);
  const body = secrets ? encryptBody({ ...secrets, plaintext: options.plaintext }) : options.plaintext;
  if (!needsDigest(options)) return { header, headerOctets, body };
  return { header, headerOctets, body, ...sealTrailer({ digest: sha512(body), secrets, signers: options.signers ?? [] }) };
}

/** Secrets of one sealing. */
export interface SealSecrets {
  readonly baseSeed: Uint8Array;
  readonly salt: Uint8Array;
}

/** True when a trailer with the digest follows the body. */
export function needsDigest({ signers = [], digest = false }: SealingOptions): boolean {
  return signers.length > 0 || digest;
}

/** Everything that precedes the body, and the secrets that encrypt it, if it is encrypted. */
export function sealHeader(options: SealingOptions): {
  readonly header: DareHeader;
  readonly headerOctets: Uint8Array;
  readonly secrets: SealSecrets | undefined;
} {
  const { recipients, symmetricKey, symmetricKeys, random } = options;
  const isSealed = recipients !== undefined || symmetricKey !== undefined || symmetricKeys !== undefined;
  const exchange = isSealed ? newExchange({ recipients, symmetricKey, symmetricKeys, random }) : undefined;
  const secrets = exchange && { baseSeed: exchange.baseSeed, salt: random.bytes(saltLength) };
  const header: DareHeader = {
    EnvelopeId: options.envelopeId,
    ...(exchange && secrets ? { enc: cipherId, kid: exchange.kid, Salt: secrets.salt, recipients: exchange.recipients } : {}),
    dig: needsDigest(options) ? digestId : undefined,
    ...sealBlocks(options, secrets),
    ContentMetaData: options.contentMeta && encodeContentMeta(options.contentMeta),
  };
  return { header, headerOctets: encodeJson(DareHeader.encode(header)), secrets };
}

/** The trailer for a body with this digest. */
export function sealTrailer(options: {
  readonly digest: Uint8Array;
  readonly secrets: SealSecrets | undefined;
  readonly signers: readonly PrivateKey[];
}): { readonly trailer: DareTrailer; readonly trailerOctets: Uint8Array } {
  const { digest, secrets, signers } = options;
  const signatures = signers.length === 0 ? undefined : signers.map((signer) => signDigest({ digest, signer, secrets }));
  const trailer: DareTrailer = { signatures, PayloadDigest: digest };
  return { trailer, trailerOctets: encodeJson(DareTrailer.encode(trailer)) };
}

/** Enhanced data sequences. Prefixes count within one header, the cloaked block first: no two blocks share keys. */
function sealBlocks(options: SealingOptions, secrets: SealSecrets | undefined): Pick<DareHeader, "cloaked" | "annotations"> {
  const { cloakedMeta, annotations = [] } = options;
  if (cloakedMeta !== undefined && secrets === undefined) throw new MeshError("ERR_KEY", "cloaked metadata without recipients");
  if (annotations.length > 0xff) throw new MeshError("ERR_TOO_LARGE", `${annotations.length} annotations, the limit is 255`);
  let next = 0;
  const block = (plaintext: Uint8Array): Uint8Array => {
    const prefix = Uint8Array.of(next++);
    return secrets ? encryptBlock({ ...secrets, prefix, plaintext }) : concat(encodeJsonB(prefix), encodeJsonB(plaintext));
  };
  return {
    cloaked: cloakedMeta && block(encodeContentMeta(cloakedMeta)),
    annotations: annotations.length === 0 ? undefined : annotations.map(block),
  };
}
