/**
 * Opens DARE envelopes (dare-12 §3, §5). CBC is malleable, so whoever cares who sent a payload uses openVerified, which never
 * decrypts before it has verified. Every failure is the same error: no padding oracle, no hint which key or check failed.
 */
import { wipe } from "../base/bytes.ts";
import { MeshError, verificationError } from "../base/errors.ts";
import type { PublicKey } from "../crypto/key.ts";
import { blockParts, decryptBlock, decryptBody, isEncrypted, saltOf } from "./content.ts";
import type { ContentMeta } from "./content-meta.ts";
import { decodeContentMeta } from "./content-meta.ts";
import type { DareEnvelope } from "./envelope.ts";
import type { OpeningKeys } from "./exchange.ts";
import { exchangedSeed } from "./exchange.ts";
import type { DareHeader } from "./header.ts";
import { checkWitnesses, verifyEnvelope } from "./signature.ts";

/** Keys to open with; `sealed` refuses a body that is not encrypted. */
export interface OpenOptions extends OpeningKeys {
  readonly sealed?: boolean;
}

/**
 * Payload of an envelope; the body itself when it is not encrypted. Witnesses of signatures are checked, signatures are not
 * (verifyEnvelope does that). ERR_VERIFICATION.
 */
export function openEnvelope(envelope: DareEnvelope, options: OpenOptions = {}): Uint8Array {
  if (!isEncrypted(envelope.header)) {
    if (options.sealed) throw verificationError("envelope");
    return envelope.body;
  }
  return uniformly("envelope", () => {
    const salt = saltOf(envelope.header);
    const baseSeed = exchangedSeed(envelope.header, options);
    try {
      checkWitnesses(envelope, { baseSeed, salt });
      return decryptBody({ baseSeed, salt, body: envelope.body });
    } finally {
      wipe(baseSeed);
    }
  });
}

/** All that an envelope holds for its reader. */
export interface EnvelopeContent {
  readonly plaintext: Uint8Array;
  /** Hints only: nothing covers them. Empty when absent. */
  readonly contentMeta: ContentMeta;
  /** What was said under encryption; absent when nothing was. */
  readonly cloakedMeta?: ContentMeta;
  readonly annotations: readonly Uint8Array[];
}

/** Opens an envelope with its annotations and metadata. Signatures are not checked: verifyEnvelope first. ERR_VERIFICATION. */
export function readEnvelope(envelope: DareEnvelope, options: OpenOptions = {}): EnvelopeContent {
  const plaintext = openEnvelope(envelope, options);
  return { plaintext, ...openBlocks(envelope.header, options) };
}

/** Metadata and annotations of a header. ERR_VERIFICATION. */
export function openBlocks(header: DareHeader, options: OpeningKeys): Omit<EnvelopeContent, "plaintext"> {
  return uniformly("envelope", () => {
    const contentMeta = decodeContentMeta(header.ContentMetaData);
    const { cloaked, annotations = [] } = header;
    if (!isEncrypted(header)) return { contentMeta, annotations: annotations.map((eds) => blockParts(eds)[1] ?? new Uint8Array()) };
    if (cloaked === undefined && annotations.length === 0) return { contentMeta, annotations: [] };
    const secrets = { baseSeed: exchangedSeed(header, options), salt: saltOf(header) };
    try {
      return {
        contentMeta,
        ...(cloaked && { cloakedMeta: decodeContentMeta(decryptBlock({ ...secrets, eds: cloaked })) }),
        annotations: annotations.map((eds) => decryptBlock({ ...secrets, eds })),
      };
    } finally {
      wipe(secrets.baseSeed);
    }
  });
}

/** Verifies, then opens: payload and the key that signed. ERR_VERIFICATION, also when the signer is none of `signedBy`. */
export function openVerified(options: { readonly envelope: DareEnvelope; readonly signedBy: readonly PublicKey[] } & OpenOptions): {
  readonly plaintext: Uint8Array;
  readonly signer: PublicKey;
} {
  const signer = verifyEnvelope(options.envelope, options.signedBy);
  return { plaintext: openEnvelope(options.envelope, options), signer };
}

/** Runs a check and gives every expected failure the same face. */
export function uniformly<T>(what: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    if (error instanceof MeshError) throw verificationError(what);
    throw error;
  }
}
