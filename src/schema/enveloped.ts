/** Objects inside DARE envelopes: making, checking and opening them with their type (schema-08 §1.4-1.5 of the examples). Signatures cover the received octets. */
import type { Random } from "../base/random.ts";
import type { Field, Struct } from "../codec/field.ts";
import { decodeObject, encodeObject, encodeObjectB } from "../codec/index.ts";
import type { AgreeingKey, PrivateKey, PublicKey } from "../crypto/index.ts";
import type { ContentMeta, DareEnvelope, SealOptions, Signer } from "../dare/index.ts";
import { envelope, openEnvelope, sealEnvelope, sealSigned, verifyEnvelope } from "../dare/index.ts";

/** An envelope that holds one tagged object of type T. The type is a promise until the envelope has been verified or opened. */
export type Enveloped<T> = DareEnvelope & { readonly holds?: (value: T) => T };

/** Field of an enveloped object. */
export function enveloped<T>(): Field<Enveloped<T>> {
  return envelope as Field<Enveloped<T>>;
}

/** How an object is put into its envelope. */
export interface EnvelopeObjectOptions<T> {
  readonly struct: Struct<T>;
  readonly value: T;
  readonly random: Random;
  readonly signers?: readonly PrivateKey[];
  readonly recipients?: readonly PublicKey[];
  /** Primary key of the object; also its UniqueId. */
  readonly envelopeId?: string;
  readonly created?: string;
  /** JSON-B payload and no content metadata, for what constrained devices read. */
  readonly compact?: boolean;
}

/** Puts an object into an envelope, signed and sealed as the options say. */
export function envelopeObject<T>(options: EnvelopeObjectOptions<T>): Enveloped<T> {
  const { signers } = options;
  return sealEnvelope({ ...sealing(options), ...(signers ? { signers } : {}) });
}

/** The same, signed by one signer that may be several parties. Errors: those of the signer. */
export async function signedObject<T>(options: Omit<EnvelopeObjectOptions<T>, "signers"> & { readonly signer: Signer }): Promise<Enveloped<T>> {
  return sealSigned(options.signer, sealing(options));
}

function sealing<T>(options: Omit<EnvelopeObjectOptions<T>, "signers">): Omit<SealOptions, "signers" | "digest"> {
  const { struct, value, random, recipients, envelopeId, created, compact = false } = options;
  const contentMeta: ContentMeta = {
    ...(envelopeId === undefined ? {} : { UniqueId: envelopeId }),
    MessageType: struct.tag,
    cty: "application/mmm/object",
    ...(created === undefined ? {} : { Created: created }),
  };
  return {
    plaintext: compact ? encodeObjectB(struct, value) : encodeObject(struct, value),
    ...(envelopeId === undefined ? {} : { envelopeId }),
    ...(compact ? {} : { contentMeta }),
    ...(recipients && recipients.length > 0 ? { recipients } : {}),
    random,
  };
}

/** An object with the key that signed it and the envelope it came in. */
export interface Verified<T> {
  readonly value: T;
  readonly signer: PublicKey;
  readonly envelope: Enveloped<T>;
}

/** Checks the signature of an unencrypted envelope under one of the trusted keys, then decodes. Errors: ERR_VERIFICATION, ERR_SCHEMA. */
export function verifyObject<T>(struct: Struct<T>, enveloped: DareEnvelope, trusted: readonly PublicKey[]): Verified<T> {
  const signer = verifyEnvelope(enveloped, trusted);
  return { value: decodeObject(struct, enveloped.body), signer, envelope: enveloped };
}

/** Opens a sealed envelope; with `trusted` its signature is demanded and checked first. Errors: ERR_VERIFICATION, ERR_SCHEMA. */
export function openObject<T>(struct: Struct<T>, enveloped: DareEnvelope, keys: readonly AgreeingKey[], trusted?: readonly PublicKey[]): T {
  if (trusted) verifyEnvelope(enveloped, trusted);
  return decodeObject(struct, openEnvelope(enveloped, { keys, sealed: true }));
}

/** Decodes an unencrypted envelope without any check: for looking at who it claims to be from, before verifying. */
export function peekObject<T>(struct: Struct<T>, enveloped: DareEnvelope): T {
  return decodeObject(struct, enveloped.body);
}
