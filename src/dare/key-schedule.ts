/**
 * The key schedule of dare-12 §3.4 to §3.6, as the published examples compute it: the key encryption key comes from HKDF-SHA-2-512
 * without info, everything below the base seed from HKDF-SHA-2-256 with the Salt. The text's `dare-` prefixes are used by nothing.
 */
import { concat } from "../base/bytes.ts";
import { unwrapKey, wrapKey } from "../crypto/cipher.ts";
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

/** AES-256 key and CBC initialisation vector of a payload, or of an annotation when `prefix` is its salt prefix. */
export function contentKeys(baseSeed: Uint8Array, salt: Uint8Array, prefix?: Uint8Array): { readonly key: Uint8Array; readonly iv: Uint8Array } {
  const full = prefix === undefined ? salt : concat(prefix, salt);
  return {
    key: hkdfSha256({ ikm: baseSeed, salt: full, info: "encrypt", length: 32 }),
    iv: hkdfSha256({ ikm: baseSeed, salt: full, info: "iv", length: 16 }),
  };
}

/** Key of the Mac of a frame. */
export function macKey(baseSeed: Uint8Array, salt: Uint8Array): Uint8Array {
  return hkdfSha256({ ikm: baseSeed, salt, info: "mac", length: 32 });
}

/** Shows that whoever holds this signature's message knew the base seed (dare-12 §5). */
export function witnessValue(options: { readonly baseSeed: Uint8Array; readonly salt: Uint8Array; readonly signature: Uint8Array }): Uint8Array {
  return hkdfSha256({ ikm: options.baseSeed, salt: options.salt, info: options.signature, length: 32 });
}
