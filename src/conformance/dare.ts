/** dare.json: key schedule, envelopes opened and verified, envelopes made, identifiers. Sequences are in dare-sequence.ts. */
import { verify } from "node:crypto";
import { equalBytes, fromUtf8, toHex } from "../base/bytes.ts";
import { MeshError, verificationError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { Datum, DatumObject } from "../codec/index.ts";
import { decodeBase64url, encodeBase64url, isObject, parseJson } from "../codec/index.ts";
import type { PrivateKey, PublicKey } from "../crypto/index.ts";
import { curveOf, envelopeId, hkdfSha512, parseUdf, privateKeyFromExport, publicKey, sha512, symmetricKeyId } from "../crypto/index.ts";
import { nodePublicKey } from "../crypto/public-key.ts";
import type { DareEnvelope, DareRecipient } from "../dare/index.ts";
import {
  blockParts,
  contentKeys,
  DareRecipient as DareRecipientStruct,
  decodeContentMeta,
  decryptBlock,
  eitherMember,
  encodeEnvelope,
  exchangedSeed,
  macKey,
  openEnvelope,
  parseEnvelope,
  publicKeyOf,
  sealEnvelope,
  unwrapBaseSeed,
  verifyEnvelope,
  witnessValue,
} from "../dare/index.ts";
import { sequenceChecks } from "./dare-sequence.ts";
import { envelopeShape } from "./envelope-shape.ts";
import type { Checks, Members, Vector } from "./vector.ts";
import { isRefused, made, stated } from "./vector.ts";

/** The private key of a member {crv, Private}. */
export function privateOf(input: Members, name: string): PrivateKey {
  const key = input.members(name);
  return privateKeyFromExport({ crv: key.text("crv"), Private: key.base64("Private") });
}

function publicOf(input: Members, name: string): PublicKey {
  const key = input.members(name);
  return publicKey(curveOf(key.text("crv")), key.base64("Public"));
}

/**
 * Early revisions name keys by fingerprints of a form that was given up. No signature or digest covers `kid`: where nobody is named by the
 * fingerprint of the one key that the vector gives, that fingerprint is put in its place.
 */
function envelopeOf(vector: Vector, key: PublicKey | undefined): DareEnvelope {
  const envelope = parseEnvelope(vector.entry.members("input").json("envelope"));
  if (key === undefined) return envelope;
  const named = <T extends { readonly kid?: string }>(entries: readonly T[] | undefined) =>
    entries?.some(({ kid }) => kid === key.udf) ? entries : entries?.map((entry) => ({ ...entry, kid: key.udf }));
  const { header, trailer } = envelope;
  return {
    ...envelope,
    header: { ...header, recipients: named(header.recipients), signatures: named(header.signatures) },
    ...(trailer && { trailer: { ...trailer, signatures: named(trailer.signatures) } }),
  };
}

/** What a recipient's part of a key exchange gives; the other info string must not fit. */
function unwrap(recipient: DareRecipient | undefined, input: Members): { agreement: Uint8Array; kek: Uint8Array; baseSeed: Uint8Array } {
  if (recipient?.wmk === undefined) throw new MeshError("ERR_SCHEMA", "envelope: expected a recipient");
  const agreement = recipient.epk
    ? privateOf(input, "recipientPrivate").agree(publicKeyOf(recipient.epk))
    : parseUdf(input.text("symmetricKeyUdf")).data;
  const info = input.word("kekInfo", "", "master");
  return { agreement, kek: hkdfSha512({ ikm: agreement, info, length: 32 }), baseSeed: unwrapBaseSeed(agreement, recipient.wmk, info) };
}

/** Gives prepared octets, in order, the salt last: the only way to make a published envelope again. A salt may be longer than ours. */
function scripted(...parts: readonly Uint8Array[]): Random {
  const queue = [...parts];
  return {
    bytes: (length) => {
      const next = queue.shift();
      if (next === undefined || (queue.length > 0 ? next.length !== length : next.length < 1))
        throw new MeshError("ERR_SCHEMA", `vector has no ${length} octets to draw`);
      return next.slice();
    },
  };
}

/** Stands where a vector leaves the recipient's fingerprint open. */
const placeholderKid = "MAAA-TEST";

function withKidOf(expected: Datum, envelope: Datum): Datum {
  const [[wanted], [header, ...rest]] = [expected, envelope] as unknown as [readonly Datum[], readonly Datum[]];
  const kidIn = (value: Datum | undefined): DatumObject | undefined => {
    const recipients = isObject(value) ? value.recipients : undefined;
    const first = Array.isArray(recipients) ? (recipients as readonly Datum[])[0] : undefined;
    return isObject(first) ? first : undefined;
  };
  const [wantedEntry, entry] = [kidIn(wanted), kidIn(header)];
  if (wantedEntry?.kid !== placeholderKid || entry === undefined || !isObject(header)) return envelope;
  return [{ ...header, recipients: [{ ...entry, kid: placeholderKid, epk: withSignOf(wantedEntry.epk, entry.epk) }] }, ...rest];
}

/** The ephemeral key with the sign octet that the vector has: it plays no part in the agreement, and not every writer computes it. */
function withSignOf(wanted: Datum | undefined, epk: Datum | undefined): Datum {
  const [stated, ours] = [ecdhIn(wanted), ecdhIn(epk)];
  if (stated === undefined || ours === undefined) return epk ?? null;
  const [theirs, own] = [stated, ours].map(({ Public }) => decodeBase64url(String(Public)) ?? new Uint8Array());
  const isExtended = String(ours.crv).startsWith("X") && (own?.length === 57 || own?.length === 33);
  if (!theirs || !own || !isExtended || !equalBytes(theirs.subarray(0, -1), own.subarray(0, -1))) return epk ?? null;
  return [0, 0x80].includes(theirs.at(-1) ?? 1) ? { PublicKeyECDH: { ...ours, Public: stated.Public } } : (epk ?? null);
}

function ecdhIn(value: Datum | undefined): DatumObject | undefined {
  return isObject(value) && isObject(value.PublicKeyECDH) ? value.PublicKeyECDH : undefined;
}

const schedule: Checks = {
  "key-unwrap": (vector) => {
    const input = vector.entry.members("input");
    const recipient = DareRecipientStruct.decode(parseJson(input.json("recipient")), "recipient");
    const { agreement, kek, baseSeed } = unwrap(recipient, input);
    return made(vector, { agreement: toHex(agreement), kek: toHex(kek), baseSeed: toHex(baseSeed) });
  },
  "payload-keys": (vector) => {
    const input = vector.entry.members("input");
    const [seed, salt] = [input.hex("baseSeed"), input.hex("salt")];
    const { key, iv } = contentKeys(seed, salt);
    return made(vector, { key: toHex(key), iv: toHex(iv), mac: toHex(macKey(seed, salt)) });
  },
  "eds-plain": (vector) => made(vector, { parts: blockParts(vector.entry.members("input").base64("eds")).map(toHex) }),
  "symmetric-key-id": (vector) => {
    const input = vector.entry.members("input");
    return made(vector, { kid: symmetricKeyId(input.has("key") ? input.hex("key") : parseUdf(input.text("udf")).data) });
  },
  "envelope-id": (vector) => made(vector, { envelopeId: envelopeId(vector.entry.members("input").text("messageId")) }),
  "content-meta": (vector) => {
    const meta = decodeContentMeta(vector.entry.members("input").base64("ContentMetaData"));
    return made(vector, { contentMeta: meta as unknown as DatumObject });
  },
};

const envelopes: Checks = {
  "envelope-decrypt": (vector) => {
    const input = vector.entry.members("input");
    const key = input.has("recipientPrivate") ? privateOf(input, "recipientPrivate") : undefined;
    const envelope = envelopeOf(vector, key?.public);
    const { agreement, kek, baseSeed } = unwrap(envelope.header.recipients?.[0], input);
    const salt = envelope.header.Salt ?? new Uint8Array();
    const keys = contentKeys(baseSeed, salt);
    const plaintext = openEnvelope(envelope, key ? { keys: [key], sealed: true } : { symmetricKey: agreement, sealed: true });
    const blocks = (): Datum => {
      const header = input.list("envelope")[0];
      const list = isObject(header) ? (header.annotations ?? header.Annotations) : undefined;
      return (Array.isArray(list) ? (list as readonly Datum[]) : []).map((text) => {
        const eds = decodeBase64url(String(text)) ?? new Uint8Array();
        return { saltPrefix: toHex(blockParts(eds)[0] ?? eds), text: fromUtf8(decryptBlock({ baseSeed, salt, eds })) };
      });
    };
    return made(
      vector,
      stated(vector.entry.datum("expected"), {
        agreement: () => toHex(agreement),
        kek: () => toHex(kek),
        baseSeed: () => toHex(baseSeed),
        payloadKey: () => toHex(keys.key),
        payloadIv: () => toHex(keys.iv),
        plaintext: () => fromUtf8(plaintext),
        plaintextSha512: () => toHex(sha512(plaintext)),
        headerKidIsThisSeed: () => envelope.header.kid === symmetricKeyId(baseSeed),
        annotations: blocks,
      }),
    );
  },
  "envelope-verify": (vector) => {
    const input = vector.entry.members("input");
    const key = input.has("signerPublic") ? publicOf(input, "signerPublic") : privateOf(input, "signerPrivate").public;
    if (input.has("signerKid") && input.text("signerKid") !== key.udf) throw verificationError("fingerprint of the signer");
    const envelope = envelopeOf(vector, key);
    const digest = sha512(envelope.body);
    const first = eitherMember(envelope, "signatures")?.[0]?.signature ?? new Uint8Array();
    return made(
      vector,
      stated(vector.entry.datum("expected"), {
        scheme: () => (key.curve === "Ed25519" ? "Ed25519ctx-empty" : key.curve),
        valid: () => isVerified(envelope, key),
        payloadDigestMatches: () => equalBytes(eitherMember(envelope, "PayloadDigest") ?? new Uint8Array(), digest),
        payloadDigest: () => encodeBase64url(digest),
        // What a library for plain Ed25519 says of a signature with the dom2 prefix.
        plainEd25519: () => verify(null, digest, nodePublicKey(key), first),
      }),
    );
  },
  witness: (vector) => {
    const input = vector.entry.members("input");
    const key = privateOf(input, "recipientPrivate");
    const envelope = envelopeOf(vector, key.public);
    const baseSeed = exchangedSeed(envelope.header, { keys: [key] });
    const signature = eitherMember(envelope, "signatures")?.[0]?.signature ?? new Uint8Array();
    const salt = envelope.header.Salt ?? new Uint8Array();
    return made(vector, { witness: encodeBase64url(witnessValue({ baseSeed, salt, signature })) });
  },
  "envelope-encrypt": (vector) => {
    const input = vector.entry.members("input");
    const expected = vector.entry.members("expected");
    const [recipient, ephemeral] = [privateOf(input, "recipientPrivate"), privateOf(input, "ephemeralPrivate")];
    const random = scripted(input.hex("baseSeed"), input.members("ephemeralPrivate").base64("Private"), input.hex("salt"));
    const envelope = sealEnvelope({ plaintext: input.utf8("plaintext"), recipients: [publicOf(input, "recipientPublic")], random });
    // The public key may be given with another sign than its private half has, so the name is left out of the way back.
    const recipients = envelope.header.recipients?.map((entry) => ({ ...entry, kid: undefined }));
    const opened = openEnvelope({ ...envelope, header: { ...envelope.header, recipients } }, { keys: [recipient], sealed: true });
    if (fromUtf8(opened) !== input.text("plaintext")) throw verificationError("round trip");
    return made(vector, {
      agreement: toHex(recipient.agree(ephemeral.public)),
      envelope: withKidOf(expected.datum("envelope"), parseJson(encodeEnvelope(envelope))),
    });
  },
  "envelope-binary": (vector) => {
    const octets = vector.entry.members("input").base64("file");
    const envelope = parseEnvelope(octets, { lenient: true });
    const recipients = (envelope.header.recipients ?? []).map(({ kid }) => kid ?? null);
    const expected = vector.entry.members("expected");
    return made(
      vector,
      stated(expected.value, {
        shape: () => envelopeShape({ octets, envelope, stated: expected.datum("shape") }),
        bodyLength: () => envelope.body.length,
        enc: () => envelope.header.enc ?? null,
        recipients: () => (typeof expected.datum("recipients") === "number" ? recipients.length : recipients),
      }),
    );
  },
};

function isVerified(envelope: DareEnvelope, key: PublicKey): boolean {
  return !isRefused(() => verifyEnvelope(envelope, [key]));
}

/** Kinds of dare.json. */
export const dareChecks: Checks = { ...schedule, ...envelopes, ...sequenceChecks };
