/**
 * HMAC (RFC 2104) over short input from Node's one-shot digests: in a quarter of the time of a MAC object, which the collector has to
 * free as well. For frames of sequences, where four keys and a MAC are due for a few hundred octets. Results pass through text, which
 * cannot be wiped: nothing that outlives a frame's keys is derived with it.
 */
import crypto from "node:crypto";
import { encodeBase64url } from "../codec/index.ts";
import { hmacSha256, hmacSha512 } from "./hash.ts";

/** Longest message that is copied; beyond it the digest is what takes the time. */
const longest = 4096;

/** Both paddings of the key stand before what is digested: key ^ ipad || message, key ^ opad || inner digest. */
interface Shape {
  readonly name: "sha256" | "sha512";
  readonly blockLength: number;
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

const sha256Shape = shapeOf({ name: "sha256", blockLength: 64, digestLength: 32 });
const sha512Shape = shapeOf({ name: "sha512", blockLength: 128, digestLength: 64 });

function shapeOf(options: { readonly name: "sha256" | "sha512"; readonly blockLength: number; readonly digestLength: number }): Shape {
  const { name, blockLength, digestLength } = options;
  return { name, blockLength, inner: new Uint8Array(blockLength + longest), outer: new Uint8Array(blockLength + digestLength) };
}

/** HMAC-SHA-2-256: 32 octets. */
export function shortHmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  const text = digestText(sha256Shape, { key, parts: [message], encoding: "latin1" });
  return text === undefined ? hmacSha256(key, message) : fromLatin1(text, new Uint8Array(32), 0);
}

/** HMAC-SHA-2-512 of the parts joined, for results that are public: as base64url text. */
export function shortHmacSha512Text(key: Uint8Array, ...parts: readonly Uint8Array[]): string {
  return digestText(sha512Shape, { key, parts, encoding: "base64url" }) ?? encodeBase64url(hmacSha512(key, ...parts));
}

/** Undefined where the fast path does not apply. */
function digestText(
  shape: Shape,
  options: { readonly key: Uint8Array; readonly parts: readonly Uint8Array[]; readonly encoding: "latin1" | "base64url" },
): string | undefined {
  const { name, blockLength, inner, outer } = shape;
  const { key, parts, encoding } = options;
  let end = blockLength;
  for (const part of parts) end += part.length;
  // Absent before Node 20.12.
  if (crypto.hash === undefined || key.length > blockLength || end > inner.length) return undefined;
  inner.fill(0x36, 0, blockLength);
  outer.fill(0x5c, 0, blockLength);
  for (let i = 0; i < key.length; i++) {
    const octet = key[i] ?? 0;
    inner[i] = octet ^ 0x36;
    outer[i] = octet ^ 0x5c;
  }
  let at = blockLength;
  for (const part of parts) {
    inner.set(part, at);
    at += part.length;
  }
  try {
    fromLatin1(crypto.hash(name, inner.subarray(0, end), "latin1" as "binary"), outer, blockLength);
    return crypto.hash(name, outer, encoding as "binary");
  } finally {
    inner.fill(0, 0, end);
    outer.fill(0);
  }
}

/** One octet for each character. */
function fromLatin1(text: string, out: Uint8Array, at: number): Uint8Array {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
  return out;
}
