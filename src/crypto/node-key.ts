/**
 * Keys of the four curves as Node takes them. A private key goes in as PrivateKeyInfo (RFC 8410), in a buffer that is erased: as a JWK it would be
 * text, which nobody can erase. That costs: OpenSSL looks its decoder up anew each time (processor time of one: X25519 366 against 40 µs, X448 649
 * against 212), so that keys are made once and kept (multiplier.ts), and those for one message are made by Node (ephemeral.ts). Public keys, and scalars that are no secret, take the fast way. Node
 * computes the public half of a private key itself, whatever `x` says.
 */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";
import { asBuffer, concat, wipe } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import { decodeBase64url, encodeBase64url } from "../codec/base64url.ts";
import type { Curve } from "./curve.ts";

/** Node's public key of plain octets: u for X curves, RFC 8032 for Ed curves. */
export function importPublic(curve: Curve, octets: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: "OKP", crv: curve, x: encodeBase64url(octets) }, format: "jwk" });
}

/** RFC 8410 header of a PrivateKeyInfo. */
const infoHeader = {
  X25519: Uint8Array.of(0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 110, 4, 34, 4, 32),
  X448: Uint8Array.of(0x30, 70, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 111, 4, 58, 4, 56),
} as const;

/** Node's private key of an RFC 7748 secret: it clamps. */
export function importPrivate(curve: "X25519" | "X448", octets: Uint8Array): KeyObject {
  const der = concat(infoHeader[curve], octets);
  try {
    return createPrivateKey({ key: asBuffer(der), format: "der", type: "pkcs8" });
  } finally {
    wipe(der);
  }
}

/** The same of what is no secret, such as the scalars of a verification. */
export function importPublicScalar(curve: "X25519" | "X448", octets: Uint8Array): KeyObject {
  try {
    return createPrivateKey({ key: { kty: "OKP", crv: curve, d: encodeBase64url(octets), x: "" }, format: "jwk" });
  } catch {
    // A version of Node that insists on x gets the slower form.
    return importPrivate(curve, octets);
  }
}

/** u of the public half of a private key. */
export function publicOctets(key: KeyObject): Uint8Array {
  return octetsOf(createPublicKey(key));
}

/** The octets of a public key. */
export function octetsOf(key: KeyObject): Uint8Array {
  const octets = decodeBase64url(key.export({ format: "jwk" }).x ?? "");
  if (octets === undefined) throw new MeshError("ERR_INTERNAL", "the platform gave a key that is not base64url");
  return octets;
}

/** Agreement of RFC 7748: u of secret times peer. Throws ERR_KEY when the result is the identity. */
export function nativeAgreement(privateKey: KeyObject, publicKey: KeyObject): Uint8Array {
  try {
    return new Uint8Array(diffieHellman({ privateKey, publicKey }));
  } catch (cause) {
    throw new MeshError("ERR_KEY", "agreement has no result", { cause });
  }
}
