/**
 * Finds the envelopes in an example message and reports on each what can be checked: digest, signatures under keys that stand in the same
 * file, and the rule of its EnvelopeId. The order is that of the text, an envelope before those in its payload.
 */
import { equalBytes } from "../base/bytes.ts";
import { isMeshError, verificationError } from "../base/errors.ts";
import type { Datum, DatumObject } from "../codec/index.ts";
import { decodeBase64url, decodeJsonB, encodeJson, isObject, parseJson } from "../codec/index.ts";
import type { PublicKey } from "../crypto/index.ts";
import { curveOf, envelopeId, publicKey, sha512, verifySignature } from "../crypto/index.ts";
import type { DareEnvelope } from "../dare/index.ts";
import { decodeContentMeta, eitherMember, isEncrypted, parseEnvelope } from "../dare/index.ts";
import { decodeMeshObject, encodeMeshObject } from "../schema/index.ts";
import { differenceInSubstance } from "./revision.ts";

/** An envelope of an example, with the payload that was in it. */
export interface FoundEnvelope {
  readonly path: string;
  readonly envelope: DareEnvelope;
  /** Undefined when encrypted or empty. */
  readonly payload: Datum | undefined;
}

function isEnvelope(value: Datum): boolean {
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) return false;
  const [header, body, trailer] = value as readonly Datum[];
  return isObject(header) && (typeof body === "string" || body instanceof Uint8Array) && (trailer === undefined || isObject(trailer));
}

/**
 * The payload of an unencrypted envelope as JSON has it, line breaks in strings dropped; our schema has to read it and pass it on
 * unchanged, but for names that other revisions have for the same. Undefined for a body that is no object, such as text.
 */
export function payloadOf(envelope: DareEnvelope): Datum | undefined {
  if (isEncrypted(envelope.header) || envelope.body.length === 0) return undefined;
  const payload = attemptPayload(envelope.body);
  if (payload === undefined) return undefined;
  const passedOn = parseJson(encodeMeshObject(decodeMeshObject(envelope.body, { lenient: true })));
  const difference = differenceInSubstance(payload, passedOn);
  if (difference) throw verificationError(`object passed on: ${difference.path} ${difference.expected} became ${difference.came}, which`);
  return payload;
}

/** The value in octets, its octets as base64url text; undefined when they hold none. */
function attemptPayload(octets: Uint8Array): Datum | undefined {
  try {
    return parseJson(encodeJson(decodeJsonB(octets, { lenient: true })));
  } catch (error) {
    if (isMeshError(error, "ERR_ENCODING")) return undefined;
    throw error;
  }
}

/** All envelopes in a value, and in their payloads. */
export function findEnvelopes(value: Datum, path: string): FoundEnvelope[] {
  if (isEnvelope(value)) {
    const envelope = parseEnvelope(encodeJson(value), { lenient: true });
    const payload = payloadOf(envelope);
    return [{ path, envelope, payload }, ...(payload === undefined ? [] : findEnvelopes(payload, `${path}>payload`))];
  }
  if (Array.isArray(value)) return (value as readonly Datum[]).flatMap((entry, i) => findEnvelopes(entry, `${path}[${i}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => findEnvelopes(member ?? null, path === "" ? name : `${path}.${name}`));
}

/** Public keys in a value, by fingerprint; what is not a key of ours is passed over. */
export function keysIn(value: Datum, keys: Map<string, PublicKey> = new Map()): Map<string, PublicKey> {
  if (Array.isArray(value)) for (const entry of value as readonly Datum[]) keysIn(entry, keys);
  if (!isObject(value)) return keys;
  const { crv, Public } = value;
  if (typeof crv === "string" && typeof Public === "string") {
    try {
      const key = publicKey(curveOf(crv), decodeBase64url(Public) ?? new Uint8Array());
      keys.set(key.udf, key);
    } catch (error) {
      if (!isMeshError(error)) throw error;
    }
  }
  for (const member of Object.values(value)) keysIn(member ?? null, keys);
  return keys;
}

/** The object in a payload, without its tag. */
export function objectIn(payload: Datum | undefined): DatumObject {
  const body = isObject(payload) ? Object.values(payload)[0] : undefined;
  return isObject(body) ? body : {};
}

/** ProfileSignature.Udf of a profile. */
export function profileUdf(payload: Datum | undefined): Datum {
  const key = objectIn(payload).ProfileSignature;
  return isObject(key) ? (key.Udf ?? null) : null;
}

/** True, false, or null when there is no digest to compare. */
export function digestMatches(envelope: DareEnvelope): boolean | null {
  const stated = eitherMember(envelope, "PayloadDigest");
  return stated === undefined ? null : equalBytes(stated, sha512(envelope.body));
}

/** MessageId of a message; of an encrypted one what stands in its metadata. */
function messageIdOf(envelope: DareEnvelope, payload: Datum | undefined): string | undefined {
  if (payload === undefined) return decodeContentMeta(envelope.header.ContentMetaData).UniqueId;
  const { MessageId } = objectIn(payload);
  return typeof MessageId === "string" ? MessageId : undefined;
}

/** Rules that an EnvelopeId may follow (schema-08 §2). */
export type EnvelopeIdRule = "profile-udf" | "message-envelope-id" | "publication-envelope-id" | "none";

/** The rule that the EnvelopeId follows; a claim that is kept for polling is found by its PublicationId. */
export function envelopeIdRule(envelope: DareEnvelope, payload: Datum | undefined): EnvelopeIdRule {
  const id = envelope.header.EnvelopeId;
  if (id === undefined) return "none";
  if (id === profileUdf(payload)) return "profile-udf";
  const messageId = messageIdOf(envelope, payload);
  if (messageId !== undefined && envelopeId(messageId) === id) return "message-envelope-id";
  const { PublicationId } = objectIn(payload);
  return typeof PublicationId === "string" && envelopeId(PublicationId) === id ? "publication-envelope-id" : "none";
}

/** Report on one envelope, in the terms of protocol.json. */
export function reportOf({ path, envelope, payload }: FoundEnvelope, keys: ReadonlyMap<string, PublicKey>): DatumObject {
  const meta = decodeContentMeta(envelope.header.ContentMetaData);
  const digest = digestMatches(envelope);
  const signatures = eitherMember(envelope, "signatures");
  const object = objectIn(payload);
  const rule = envelopeIdRule(envelope, payload);
  // Until schema-06 the member was spelled otherwise, and the files say nothing of it.
  const isOlder = envelope.header.EnvelopeId === undefined && "EnvelopeID" in envelope.header;
  return {
    path,
    MessageType: meta.MessageType ?? null,
    UniqueId: meta.UniqueId ?? null,
    EnvelopeId: envelope.header.EnvelopeId ?? null,
    encrypted: isEncrypted(envelope.header),
    checks: {
      payloadDigest: digest ?? undefined,
      signatures: signatures?.map(({ kid, signature }) => {
        const key = keys.get(kid ?? "");
        const valid = key === undefined ? null : verifySignature(key, sha512(envelope.body), signature ?? new Uint8Array());
        return { kid: kid ?? null, valid };
      }),
      envelopeIdIsProfileUdf: object.ProfileSignature === undefined || isOlder ? undefined : rule === "profile-udf",
      envelopeIdFromMessageId: messageIdOf(envelope, payload) === undefined || isOlder ? undefined : rule === "message-envelope-id",
    },
    payload: payload === undefined ? undefined : named(payload, `${path}>payload`),
  };
}

/** A payload with the envelopes in it replaced by their paths. */
function named(value: Datum, path: string): Datum {
  if (isEnvelope(value)) return { $envelope: path };
  if (Array.isArray(value)) return (value as readonly Datum[]).map((entry, i) => named(entry, `${path}[${i}]`));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, named(member ?? null, `${path}.${name}`)]));
}
