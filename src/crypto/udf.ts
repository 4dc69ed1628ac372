/**
 * Uniform Data Fingerprints: the text form and the values made of digests, MACs and random octets (udf-13 §3-5).
 * Elsewhere: key fingerprints (fingerprint.ts), checks of content (udf-check.ts), what people type (udf-entry.ts), URIs (udf-uri.ts),
 * names (sin.ts), shares (shamir.ts), seeds (seed.ts), message identifiers (identifier.ts).
 * Trap: text may end in bits that belong to no octet; keep `text`, never rebuild it from `data`.
 */
import { concat, equalBytes, utf8 } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { decodeBase32, encodeBase32 } from "../codec/base32.ts";
import { hmacSha3_512, hmacSha512, sha3_512, sha512 } from "./hash.ts";
import { hkdfSha3_512, hkdfSha512 } from "./kdf.ts";

/** Type octets (udf-13 §8.3). Digests may stand up to four higher: the compression level. */
export const udfType = {
  authenticator: 0,
  authenticatorSha3: 1,
  encryption: 32,
  encryptionSign: 33,
  digestSha3: 80,
  digestSha2: 96,
  nonce: 104,
  oid: 112,
  share: 144,
  seed: 200,
} as const;

/** Content type strings as the published values really contain them, whatever the text of the drafts says. */
export const udfContentType = {
  publicKey: "PKIXKey",
  encryption: "UDFEncryption",
  envelopeId: "application/mmm/envelopeid",
  responseId: "application/mmm/responseid",
} as const;

/** A parsed UDF. */
export interface Udf {
  /** Type octet. */
  readonly type: number;
  /** Whole octets after the type octet; an incomplete last one is dropped. */
  readonly data: Uint8Array;
  /** Canonical text: upper case, a dash after every fourth digit. */
  readonly text: string;
}

const maxTextLength = 1024;
const defaultBits = 140;
const maxDigestBits = 440;
/** Fewest data bits that two fingerprints must share to count as the same. */
const minEqualBits = 100;

function group(text: string): string {
  return text.replace(/.{4}(?=.)/g, "$&-");
}

/** Base32 text of octets cut to `bits`, in groups of four; for values that carry no type octet. */
export function presentOctets(octets: Uint8Array, bits: number): string {
  return group(encodeBase32(octets, bits));
}

/** Text of type octet || data. `bits` counts the type octet; never more than there are. */
export function presentUdf(type: number, data: Uint8Array, bits: number = defaultBits): string {
  return presentOctets(concat(Uint8Array.of(type), data), bits);
}

/** Text of a UDF of fixed length (E, N, O, S, Z, and A used as a key): nothing cut. */
export function presentWhole(type: number, data: Uint8Array): string {
  return presentUdf(type, data, 8 * (1 + data.length));
}

/**
 * Reads UDF text: any case, dashes and white space anywhere. Throws ERR_ENCODING on any other character (skipping one would shift
 * all bits after it), on text without a whole octet, and on text above 1024 characters.
 */
export function parseUdf(text: string): Udf {
  if (text.length > maxTextLength) throw new MeshError("ERR_ENCODING", `fingerprint of ${text.length} characters`);
  const compact = text.replace(/[-\s]/g, "");
  // Checked before the case is folded: some letters outside ASCII have upper cases inside.
  if (compact.length < 2 || !/^[A-Za-z2-7]+$/.test(compact))
    throw new MeshError("ERR_ENCODING", "text is not a fingerprint: letters and 2 to 7 only");
  const digits = compact.toUpperCase();
  const octets = decodeBase32(digits) ?? new Uint8Array();
  return { type: octets[0] ?? 0, data: octets.subarray(1), text: group(digits) };
}

/** True when two fingerprints name the same thing: one a prefix of the other, with at least 100 bits after the type octet. Throws ERR_ENCODING. */
export function udfEquals(a: string, b: string): boolean {
  const [x, y] = [parseUdf(a).text.replaceAll("-", ""), parseUdf(b).text.replaceAll("-", "")];
  const shared = Math.min(x.length, y.length);
  return shared * 5 >= 8 + minEqualBits && equalBytes(utf8(x.slice(0, shared)), utf8(y.slice(0, shared)));
}

/** Type octet of a typed digest: the base raised by the level that its trailing zero bits earn (udf-13 §5.1.3). */
export function digestType(typedDigest: Uint8Array, base: typeof udfType.digestSha2 | typeof udfType.digestSha3): number {
  let zeros = 0;
  for (let i = typedDigest.length - 1; i >= 0; i--) {
    const octet = typedDigest[i] ?? 0;
    if (octet === 0) {
      zeros += 8;
    } else {
      zeros += 31 - Math.clz32(octet & -octet);
      break;
    }
  }
  return base + (zeros < 20 ? 0 : Math.min(4, Math.floor(zeros / 10) - 1));
}

/** What a fingerprint is made of: data, or its digest (SHA-2-512, with `sha3` SHA-3-512) where the data came in pieces. */
export type DigestedContent = { readonly data: Uint8Array } | { readonly digest: Uint8Array };

function digestOf(content: DigestedContent, sha3: boolean): Uint8Array {
  return "digest" in content ? content.digest : (sha3 ? sha3_512 : sha512)(content.data);
}

/** Type octet || typed digest (65 octets) of data under a content type: the binary form before it is cut. */
export function contentDigest(contentType: string, content: DigestedContent, sha3 = false): Uint8Array {
  const typed = (sha3 ? sha3_512 : sha512)(utf8(`${contentType}:`), digestOf(content, sha3));
  return concat(Uint8Array.of(digestType(typed, sha3 ? udfType.digestSha3 : udfType.digestSha2)), typed);
}

/** Content digest UDF (M, or K for SHA-3). `bits` defaults to 140, at most 440. */
export function contentDigestUdf(input: { contentType: string; bits?: number; sha3?: boolean } & DigestedContent): string {
  return presentOctets(contentDigest(input.contentType, input, input.sha3), Math.min(input.bits ?? defaultBits, maxDigestBits));
}

/** What an authenticator is made of. */
export type AuthenticatorInput = DigestedContent & {
  /** A UDF, taken as its canonical text. */
  readonly key: string;
  readonly contentType: string;
  /** Precision, 140 by default. */
  readonly bits?: number;
  /** Type 1, with SHA-3-512 in every place of SHA-2-512; no draft prints a value of it. */
  readonly sha3?: boolean;
};

/** Keyed commitment to data (udf-13 §5.2), type 0 or 1; never compressed. Throws ERR_ENCODING. */
export function authenticatorUdf(input: AuthenticatorInput): string {
  const { key, contentType, bits, sha3 = false } = input;
  const [hkdf, hmac] = sha3 ? ([hkdfSha3_512, hmacSha3_512] as const) : ([hkdfSha512, hmacSha512] as const);
  const okm = hkdf({ ikm: utf8(parseUdf(key).text), salt: utf8("KeyedUDFMaster"), info: "KeyedUDFExpand", length: 64 });
  const type = sha3 ? udfType.authenticatorSha3 : udfType.authenticator;
  return presentUdf(type, hmac(okm, utf8(`${contentType}:`), digestOf(input, sha3)), bits);
}

/** Text of a MAC value: type A, 140 bits. */
export function macUdf(mac: Uint8Array): string {
  return presentUdf(udfType.authenticator, mac);
}

/** Identifier of a symmetric key (recipient `kid`, PublicationId): the key goes in without an inner hash. Begins EBQ. */
export function symmetricKeyId(key: Uint8Array): string {
  const digest = sha512(utf8(`${udfContentType.encryption}:`), key);
  return presentUdf(udfType.encryption, concat(Uint8Array.of(digestType(digest, udfType.digestSha2)), digest));
}

/**
 * Identifier under which an EARL is published (udf-13 §6.2.2): digest of the key's text at twice its precision, in whole groups,
 * at most 440 bits. Another value than symmetricKeyId. Throws ERR_ENCODING.
 */
export function locator(keyText: string): string {
  const { text } = parseUdf(keyText);
  const keyBits = text.replaceAll("-", "").length * 5 - 8;
  return contentDigestUdf({ contentType: udfContentType.encryption, data: utf8(text), bits: Math.floor(keyBits / 10) * 20 });
}

/** Fresh nonce UDF (N, 140 bits): the form of every MessageId. */
export function newNonce(random: Random): string {
  return presentUdf(udfType.nonce, random.bytes(17));
}

/** Encryption UDF (E) of key octets, whole. */
export function encryptionUdf(key: Uint8Array): string {
  return presentWhole(udfType.encryption, key);
}

/** Fresh symmetric key as an E type UDF. */
export function newEncryptionKey(random: Random, octets: number): string {
  return encryptionUdf(random.bytes(octets));
}
