/**
 * Hailing: how a device says "here I am" to those who hold its hail key, and nothing to anybody else.
 * A hail is nonce (4 octets) || the first 8 octets of HMAC-SHA-512(k_hail, nonce). Makers of hails draw a new nonce at each start,
 * at each MQTT CONNECT and every 15 minutes, so that hails of one device cannot be linked by strangers.
 * An 8-octet tag finds candidates; the link's handshake proves. Callers bound how many keys they try per hail.
 */
import { concat, equalBytes } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import { hmacSha512 } from "../crypto/hash.ts";

const nonceLength = 4;
const tagLength = 8;

/** Octets of a hail. */
export const hailLength = nonceLength + tagLength;

/** How long one nonce may be shown, in milliseconds. */
export const hailPeriodMs = 15 * 60_000;

function hailTag(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  return hmacSha512(key, nonce).slice(0, tagLength);
}

/** A fresh hail of 12 octets under a hail key. */
export function makeHail(key: Uint8Array, random: Random): Uint8Array {
  const nonce = random.bytes(nonceLength);
  return concat(nonce, hailTag(key, nonce));
}

/** True when the hail was made under this key; false for any other octets. */
export function matchesHail(key: Uint8Array, hail: Uint8Array): boolean {
  return hail.length === hailLength && equalBytes(hail.subarray(nonceLength), hailTag(key, hail.subarray(0, nonceLength)));
}
