/** HKDF (RFC 5869) over SHA-2-512, SHA-2-256 and SHA-3-512. Salt "none" of the drafts is the empty salt here: both mean a key of zero octets. */
import { hkdfSync } from "node:crypto";

/** What HKDF takes. */
export interface HkdfInput {
  /** Input keying material. */
  readonly ikm: Uint8Array;
  /** Absent = none. */
  readonly salt?: Uint8Array;
  /** Text is taken as UTF-8; absent = empty. */
  readonly info?: string | Uint8Array;
  /** Octets wanted, at most 255 times the length of the hash. */
  readonly length: number;
}

function derive(hash: "sha512" | "sha256" | "sha3-512", { ikm, salt = new Uint8Array(), info = "", length }: HkdfInput): Uint8Array {
  return new Uint8Array(hkdfSync(hash, ikm, salt, info, length));
}

/** HKDF-SHA-2-512, the KDF of keys, identifiers and agreements. */
export function hkdfSha512(input: HkdfInput): Uint8Array {
  return derive("sha512", input);
}

/** HKDF-SHA-2-256, the KDF of DARE payload keys (dare-12 §4). */
export function hkdfSha256(input: HkdfInput): Uint8Array {
  return derive("sha256", input);
}

/** HKDF-SHA-3-512, the KDF of authenticators of type 1 (udf-13 §5.2). */
export function hkdfSha3_512(input: HkdfInput): Uint8Array {
  return derive("sha3-512", input);
}
