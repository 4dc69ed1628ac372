/**
 * Ciphers of the suite from Node: AES-CBC with PKCS#7 padding (DARE), AES-256-GCM, ChaCha20-Poly1305, and AES key wrap (RFC 3394).
 * AEAD results are ciphertext || 16-octet tag. Whatever goes wrong on the way back says one thing: ERR_VERIFICATION. CBC alone
 * authenticates nothing: verify before decrypting.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { concat } from "../base/bytes.ts";
import { MeshError, verificationError } from "../base/errors.ts";

const tagLength = 16;
const wrapIv = new Uint8Array(8).fill(0xa6);
const empty = new Uint8Array();
/** Where content is padded, so that no fresh memory is touched for it; wiped after each use. */
const scratch = new Uint8Array(0x200000);

function aesName(key: Uint8Array, mode: "cbc" | "gcm" | "wrap"): string {
  if (key.length !== 16 && key.length !== 32) throw new MeshError("ERR_KEY", `aes key of ${key.length} octets`);
  const bits = key.length * 8;
  return mode === "wrap" ? `id-aes${bits}-wrap` : `aes-${bits}-${mode}`;
}

function opened(what: string, action: () => Uint8Array): Uint8Array {
  try {
    return action();
  } catch (cause) {
    throw verificationError(what, cause);
  }
}

/** AES-CBC with PKCS#7 padding; 16 or 32 octets of key, 16 of iv. The result is always longer than the input. */
export function aesCbcEncrypt(key: Uint8Array, iv: Uint8Array, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv(aesName(key, "cbc"), key, iv).setAutoPadding(false);
  const length = plain.length + 16 - (plain.length % 16);
  const padded = length <= scratch.length ? scratch.subarray(0, length) : new Uint8Array(length);
  padded.set(plain);
  padded.fill(length - plain.length, plain.length);
  try {
    return withoutBuffer(cipher.update(padded));
  } finally {
    padded.fill(0);
  }
}

/** Reverses aesCbcEncrypt. Throws ERR_VERIFICATION on any damage that shows. */
export function aesCbcDecrypt(key: Uint8Array, iv: Uint8Array, body: Uint8Array): Uint8Array {
  return opened("encrypted content", () => {
    if (body.length === 0 || body.length % 16 !== 0) throw new RangeError("not a number of blocks");
    const decipher = createDecipheriv(aesName(key, "cbc"), key, iv).setAutoPadding(false);
    const padded = withoutBuffer(decipher.update(body));
    return padded.subarray(0, padded.length - paddingLength(padded));
  });
}

/**
 * Padding is made and taken off here because Node would hand out the last block apart: joining it to a large body takes as long as
 * the cipher. Every octet of the last block is looked at, so that the time says nothing about where the padding is wrong.
 */
function paddingLength(padded: Uint8Array): number {
  const length = padded[padded.length - 1] ?? 0;
  let wrong = length === 0 || length > 16 ? 1 : 0;
  for (let i = 1; i <= 16; i++) {
    const inside = i <= length ? 0xff : 0;
    wrong |= inside & ((padded[padded.length - i] ?? 0) ^ length);
  }
  if (wrong !== 0) throw new RangeError("padding");
  return length;
}

function withoutBuffer(octets: Uint8Array): Uint8Array {
  return new Uint8Array(octets.buffer, octets.byteOffset, octets.byteLength);
}

/** AES-GCM: ciphertext || tag. A nonce of 12 octets is used once per key. */
export function aesGcmSeal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, ad: Uint8Array = empty): Uint8Array {
  const cipher = createCipheriv(aesName(key, "gcm") as "aes-256-gcm", key, nonce, { authTagLength: tagLength });
  cipher.setAAD(ad);
  return concat(cipher.update(plain), cipher.final(), cipher.getAuthTag());
}

/** Opens what aesGcmSeal made. Throws ERR_VERIFICATION. */
export function aesGcmOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, ad: Uint8Array = empty): Uint8Array {
  return opened("sealed content", () => {
    const end = sealed.length - tagLength;
    if (end < 0) throw new RangeError("shorter than a tag");
    const decipher = createDecipheriv(aesName(key, "gcm") as "aes-256-gcm", key, nonce, { authTagLength: tagLength });
    decipher.setAAD(ad);
    decipher.setAuthTag(sealed.subarray(end));
    return concat(decipher.update(sealed.subarray(0, end)), decipher.final());
  });
}

/** ChaCha20-Poly1305 (RFC 8439): ciphertext || tag; key of 32 octets, nonce of 12. */
export function chachaPolySeal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, ad: Uint8Array = empty): Uint8Array {
  const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: tagLength });
  cipher.setAAD(ad, { plaintextLength: plain.length });
  return concat(cipher.update(plain), cipher.final(), cipher.getAuthTag());
}

/** Opens what chachaPolySeal made. Throws ERR_VERIFICATION. */
export function chachaPolyOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, ad: Uint8Array = empty): Uint8Array {
  return opened("sealed content", () => {
    const end = sealed.length - tagLength;
    if (end < 0) throw new RangeError("shorter than a tag");
    const decipher = createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: tagLength });
    decipher.setAAD(ad, { plaintextLength: end });
    decipher.setAuthTag(sealed.subarray(end));
    return concat(decipher.update(sealed.subarray(0, end)), decipher.final());
  });
}

/** AES key wrap (RFC 3394) with the default IV: 8 octets longer than the key, whose length is a multiple of 8, at least 16. Throws ERR_KEY. */
export function wrapKey(kek: Uint8Array, key: Uint8Array): Uint8Array {
  if (key.length < 16 || key.length % 8 !== 0) throw new MeshError("ERR_KEY", `cannot wrap a key of ${key.length} octets`);
  const cipher = createCipheriv(aesName(kek, "wrap"), kek, wrapIv);
  return concat(cipher.update(key), cipher.final());
}

/** Reverses wrapKey. Throws ERR_VERIFICATION when it was wrapped under another key or damaged. */
export function unwrapKey(kek: Uint8Array, wrapped: Uint8Array): Uint8Array {
  return opened("wrapped key", () => {
    // Node takes nothing at all for a wrapping of nothing.
    if (wrapped.length < 24 || wrapped.length % 8 !== 0) throw new RangeError("not the length of a wrapped key");
    const decipher = createDecipheriv(aesName(kek, "wrap"), kek, wrapIv);
    return concat(decipher.update(wrapped), decipher.final());
  });
}
