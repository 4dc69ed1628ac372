/**
 * Digests and MACs of the suite (cryptography-08 §3): SHA-2-256, SHA-2-512, SHA-3-512, SHAKE256, HMAC, all from Node.
 * KMAC is left out: no format of ours uses it.
 */
import { createHash, createHmac } from "node:crypto";
import { concat, uintBytes, utf8 } from "../base/bytes.ts";

function digest(name: string, parts: readonly Uint8Array[], outputLength?: number): Uint8Array {
  const hash = createHash(name, outputLength === undefined ? undefined : { outputLength });
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

function mac(name: string, key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac(name, key);
  for (const part of parts) hmac.update(part);
  return new Uint8Array(hmac.digest());
}

/** SHA-2-512 of the parts joined: 64 octets. */
export function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  return digest("sha512", parts);
}

/** SHA-2-256 of the parts joined: 32 octets. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return digest("sha256", parts);
}

/** SHA-3-512 of the parts joined: 64 octets. */
export function sha3_512(...parts: readonly Uint8Array[]): Uint8Array {
  return digest("sha3-512", parts);
}

/** SHAKE256 of the parts joined, cut to 114 octets: the hash of Ed448 (RFC 8032 §5.2). */
export function shake256Ed448(...parts: readonly Uint8Array[]): Uint8Array {
  return digest("shake256", parts, 114);
}

/** HMAC-SHA-2-512 of the parts joined: 64 octets. */
export function hmacSha512(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return mac("sha512", key, parts);
}

/** HMAC-SHA-3-512 of the parts joined: 64 octets (authenticators of type 1, udf-13 §8.3). */
export function hmacSha3_512(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return mac("sha3-512", key, parts);
}

/** HMAC-SHA-2-256 of the parts joined: 32 octets. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return mac("sha256", key, parts);
}

/**
 * The MAC of formats that the drafts do not define: HMAC-SHA-2-512 over label || 00 || (32-bit length || field) for each field,
 * so that no two lists of fields, and no two purposes, give the same input.
 */
export function labelledMac(key: Uint8Array, label: string, ...fields: readonly Uint8Array[]): Uint8Array {
  const framed = fields.map((field) => concat(uintBytes(field.length, 4), field));
  return hmacSha512(key, utf8(label), Uint8Array.of(0), ...framed);
}
