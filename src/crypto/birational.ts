/**
 * One point of curve25519 under its two names: as an Ed25519 key, to which shares can be added, and as the X25519 key that RFC 7748 interfaces
 * take (RFC 7748 §4.1). For agreements alone: u does not show the sign of a point, so the way back gives the point or its negative, which is
 * the same to an agreement as long as all holders of shares use the same one.
 */
import { MeshError } from "../base/errors.ts";
import { agreementOctets } from "./point.ts";
import { type PublicKey, plainKey, pointOf, publicKeyOfPoint } from "./public-key.ts";

/** The X25519 key of an Ed25519 point. Throws ERR_KEY for another curve, or a point of small order. */
export function x25519Of(key: PublicKey): PublicKey {
  if (key.curve !== "Ed25519") throw new MeshError("ERR_KEY", `expected a key of Ed25519, found ${key.curve}`);
  return plainKey(publicKeyOfPoint("X25519", pointOf(key)));
}

/** An Ed25519 point of an X25519 key. Throws ERR_KEY for another curve, or a point of small order. */
export function ed25519Of(key: PublicKey): PublicKey {
  if (key.curve !== "X25519") throw new MeshError("ERR_KEY", `expected a key of X25519, found ${key.curve}`);
  return publicKeyOfPoint("Ed25519", pointOf(key));
}

/** What X25519 gives for the point that an agreement on Ed25519 ended in: u, 32 octets. Throws ERR_KEY. */
export function x25519Agreement(point: PublicKey): Uint8Array {
  return agreementOctets("X25519", x25519Of(point).octets);
}
