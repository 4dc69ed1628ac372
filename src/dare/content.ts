/**
 * Encrypted content under a base seed: bodies, and enhanced data sequences (EDS: annotations and cloaked blocks; dare-12 §3.3).
 * AES-256-CBC is the only cipher: the drafts give no layout for the others they name. CBC authenticates nothing, so callers verify first.
 */
import { concat } from "../base/bytes.ts";
import { MeshError, verificationError } from "../base/errors.ts";
import { decodeJsonBItems, encodeJsonB } from "../codec/index.ts";
import { aesCbcDecrypt, aesCbcEncrypt } from "../crypto/cipher.ts";
import type { DareHeader } from "./header.ts";
import { contentKeys, saltLength } from "./key-schedule.ts";

/** Cipher identifier that we write and read. */
export const cipherId = "A256CBC";

/** True when a header says that its body is encrypted. */
export function isEncrypted(header: DareHeader): boolean {
  return header.enc !== undefined && header.enc !== "none";
}

/** Salt of a header for an encrypted body; ERR_VERIFICATION when the cipher or the salt is not fit for decryption. */
export function saltOf(header: DareHeader): Uint8Array {
  if (header.enc !== cipherId || header.Salt === undefined || header.Salt.length < saltLength) throw verificationError("envelope");
  return header.Salt;
}

/** Encrypts a body; the result is always padded, an empty payload gives 16 octets. */
export function encryptBody(options: { readonly baseSeed: Uint8Array; readonly salt: Uint8Array; readonly plaintext: Uint8Array }): Uint8Array {
  const { key, iv } = contentKeys(options.baseSeed, options.salt);
  return aesCbcEncrypt(key, iv, options.plaintext);
}

/** Decrypts a body; ERR_VERIFICATION without saying why. */
export function decryptBody(options: { readonly baseSeed: Uint8Array; readonly salt: Uint8Array; readonly body: Uint8Array }): Uint8Array {
  const { key, iv } = contentKeys(options.baseSeed, options.salt);
  return aesCbcDecrypt(key, iv, options.body);
}

/** Writes an encrypted EDS: salt prefix and ciphertext. No two blocks under one Salt may share a prefix. */
export function encryptBlock(options: {
  readonly baseSeed: Uint8Array;
  readonly salt: Uint8Array;
  readonly prefix: Uint8Array;
  readonly plaintext: Uint8Array;
}): Uint8Array {
  const { key, iv } = contentKeys(options.baseSeed, options.salt, options.prefix);
  return concat(encodeJsonB(options.prefix), encodeJsonB(aesCbcEncrypt(key, iv, options.plaintext)));
}

/** Parts of an EDS: salt prefix, body, and the third item that old writers add. ERR_ENCODING. */
export function blockParts(eds: Uint8Array): readonly Uint8Array[] {
  const parts = decodeJsonBItems(eds).map((part) => {
    if (!(part instanceof Uint8Array)) throw new MeshError("ERR_ENCODING", "enhanced data sequence with an item that is not data");
    return part;
  });
  if (parts.length < 2 || parts.length > 3) throw new MeshError("ERR_ENCODING", `enhanced data sequence of ${parts.length} items`);
  return parts;
}

/** Decrypts an EDS; ERR_VERIFICATION, also for the empty prefix that would give it the body's keys. */
export function decryptBlock(options: { readonly baseSeed: Uint8Array; readonly salt: Uint8Array; readonly eds: Uint8Array }): Uint8Array {
  const [prefix, body] = blockParts(options.eds);
  if (prefix === undefined || body === undefined || prefix.length === 0) throw verificationError("envelope");
  const { key, iv } = contentKeys(options.baseSeed, options.salt, prefix);
  return aesCbcDecrypt(key, iv, body);
}
