/**
 * Public keys as they stand in DARE and Mesh objects: `{"PublicKeyECDH":{"crv","Public"}}` (dare-12 §8, schema-08 §6.1).
 * The curve comes from `crv`, never from the length: X448 and Ed448 keys both have 57 octets.
 */
import type { Field, Struct } from "../codec/index.ts";
import { binary, string, struct, tagged } from "../codec/index.ts";
import { curveOf } from "../crypto/curve.ts";
import type { PublicKey } from "../crypto/key.ts";
import { agreementKey, publicKey } from "../crypto/key.ts";

/** An elliptic curve public key. */
export interface PublicKeyECDH {
  /** `X25519`, `X448`, `Ed25519` or `Ed448`. */
  readonly crv: string;
  /** Key octets; 57 for X448 (u-coordinate, then the sign of v). */
  readonly Public: Uint8Array;
}
export const PublicKeyECDH: Struct<PublicKeyECDH> = struct<PublicKeyECDH>("PublicKeyECDH", { crv: string, Public: binary });

/** A public key with its type tag. */
export interface PublicParameters {
  readonly tag: string;
  readonly value: PublicKeyECDH;
}
export const PublicParameters: Field<PublicParameters> = tagged(PublicKeyECDH);

/** The checked key of public parameters; ERR_KEY for an unknown curve or a malformed or weak key. */
export function publicKeyOf(parameters: PublicParameters): PublicKey {
  return publicKey(curveOf(parameters.value.crv), parameters.value.Public);
}

/** The same of a key that is agreed with once; ERR_KEY as agreementKey has it. */
export function agreementKeyOf(parameters: PublicParameters): PublicKey {
  return agreementKey(curveOf(parameters.value.crv), parameters.value.Public);
}

/** Public parameters of a key. */
export function publicParametersOf(key: Pick<PublicKey, "curve" | "octets">): PublicParameters {
  return { tag: PublicKeyECDH.tag, value: { crv: key.curve, Public: key.octets } };
}
