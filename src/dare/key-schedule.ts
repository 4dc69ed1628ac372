/**
 * The key schedule of dare-12 §3.4 to §3.6, as the published examples compute it: the key encryption key comes from HKDF-SHA-2-512
 * without info, everything below the base seed from HKDF-SHA-2-256 with the Salt. The text's `dare-` prefixes are used by nothing.
 */
import { concat, utf8 } from "../base/bytes.ts";
import { unwrapKey, wrapKey } from "../crypto/cipher.ts";
import { hmacSha256 } from "../crypto/hash.ts";
import { hkdfSha256, hkdfSha512 } from "../crypto/kdf.ts";

/** Octets of a base seed, one per key exchange. */
export const baseSeedLength = 32;
/** Octets of a Salt that we write, and the fewest we accept. */
export const saltLength = 16;

/** Wraps a base seed under an agreement value or symmetric key (RFC 3394); info is always empty on write. */
export function wrapBaseSeed(agreement: Uint8Array, baseSeed: Uint8Array): Uint8Array {
  return wrapKey(hkdfSha512({ ikm: agreement, length: 32 }), baseSeed);
}

/** Unwraps a base seed; `info` is empty, or `master` in the drafts' walk-throughs. ERR_VERIFICATION when it does not fit. */
export function unwrapBaseSeed(agreement: Uint8Array, wrapped: Uint8Array, info: "" | "master" = ""): Uint8Array {
  return unwrapKey(hkdfSha512({ ikm: agreement, info, length: 32 }), wrapped);
}

/** What is derived from a base seed and a Salt. */
export interface ContentKeys {
  /** AES-256 key. */
  readonly key: Uint8Array;
  /** CBC initialisation vector, 16 octets. */
  readonly iv: Uint8Array;
}

/** AES-256 key and CBC initialisation vector of a payload, or of an annotation when `prefix` is its salt prefix. */
export function contentKeys(baseSeed: Uint8Array, salt: Uint8Array, prefix?: Uint8Array): ContentKeys {
  return keysFrom(extract(baseSeed, prefix === undefined ? salt : concat(prefix, salt)));
}

/** contentKeys and macKey at once, for frames, which need all of them. */
export function frameKeys(baseSeed: Uint8Array, salt: Uint8Array): ContentKeys & { readonly mac: Uint8Array } {
  const secret = extract(baseSeed, salt);
  return { ...keysFrom(secret), mac: expand(secret, info.mac) };
}

/** Key of the Mac of a frame. */
export function macKey(baseSeed: Uint8Array, salt: Uint8Array): Uint8Array {
  return expand(extract(baseSeed, salt), info.mac);
}

/** The first block of HKDF (RFC 5869 §2.3), which is all that any of these needs: the number of the block follows the info. */
const info = { key: utf8("encrypt\x01"), iv: utf8("iv\x01"), mac: utf8("mac\x01") };

function keysFrom(secret: Uint8Array): ContentKeys {
  return { key: expand(secret, info.key), iv: expand(secret, info.iv).subarray(0, 16) };
}

/** HKDF is one HMAC to extract and one for each key: Node's own extracts anew for every key. */
function extract(baseSeed: Uint8Array, salt: Uint8Array): Uint8Array {
  return hmacSha256(salt, baseSeed);
}

function expand(secret: Uint8Array, block: Uint8Array): Uint8Array {
  return hmacSha256(secret, block);
}

/** Shows that whoever holds this signature's message knew the base seed (dare-12 §5). */
export function witnessValue(options: { readonly baseSeed: Uint8Array; readonly salt: Uint8Array; readonly signature: Uint8Array }): Uint8Array {
  return hkdfSha256({ ikm: options.baseSeed, salt: options.salt, info: options.signature, length: 32 });
}
