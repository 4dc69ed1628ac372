/** KeyData and its parameters. schema-08 §1.6 of the examples: ECDH and EdDSA keys by curve name; a private half in scalar form has the curve name with a "z". */

import { MeshError } from "../../base/errors.ts";
import type { Datum } from "../../codec/datum.ts";
import type { Struct } from "../../codec/field.ts";
import { binary, dateTime, list, optional, string, struct, tagged } from "../../codec/field.ts";
import type { Curve, PrivateKey, PublicKey } from "../../crypto/index.ts";
import { knownPrivateKey, knownPublicKey, privateKeyFromExport, publicKey } from "../../crypto/index.ts";

/** Public half: curve name and octets (X448 in the 57-octet form). */
export interface PublicKeyECDH {
  readonly crv: string;
  readonly Public: Uint8Array;
}
export const PublicKeyECDH: Struct<PublicKeyECDH> = struct<PublicKeyECDH>("PublicKeyECDH", { crv: string, Public: binary });

/** Private half: seed octets, or the scalar when the curve name ends in "z". */
export interface PrivateKeyECDH {
  readonly crv: string;
  readonly Private: Uint8Array;
}
export const PrivateKeyECDH: Struct<PrivateKeyECDH> = struct<PrivateKeyECDH>("PrivateKeyECDH", { crv: string, Private: binary });

/** A private key given by the seed (Z) that it is derived from; the algorithms say which ones, when not the usual. */
export interface PrivateKeyUDF {
  readonly PrivateValue: string;
  readonly KeyType?: string;
  readonly AlgorithmEncrypt?: string;
  readonly AlgorithmSign?: string;
  readonly AlgorithmAuthenticate?: string;
}
export const PrivateKeyUDF: Struct<PrivateKeyUDF> = struct<PrivateKeyUDF>("PrivateKeyUDF", {
  PrivateValue: string,
  KeyType: optional(string),
  AlgorithmEncrypt: optional(string),
  AlgorithmSign: optional(string),
  AlgorithmAuthenticate: optional(string),
});

/** A key with its fingerprint; the private half only inside sealed objects. schema-08, KeyData. */
export interface KeyData {
  readonly Udf: string;
  readonly PublicParameters?: { readonly tag: string; readonly value: PublicKeyECDH };
  readonly PrivateParameters?: { readonly tag: string; readonly value: PrivateKeyECDH | PrivateKeyUDF };
  readonly X509Certificate?: Uint8Array;
  readonly X509Chain?: readonly Uint8Array[];
  readonly X509CSR?: Uint8Array;
  readonly NotBefore?: string;
  readonly NotOnOrAfter?: string;
  readonly Extension?: Datum;
}
export const KeyData: Struct<KeyData> = struct<KeyData>("KeyData", {
  Udf: string,
  PublicParameters: optional(tagged(PublicKeyECDH)),
  PrivateParameters: optional(tagged<PrivateKeyECDH | PrivateKeyUDF>(PrivateKeyECDH, PrivateKeyUDF)),
  X509Certificate: optional(binary),
  X509Chain: optional(list(binary)),
  X509CSR: optional(binary),
  NotBefore: optional(dateTime),
  NotOnOrAfter: optional(dateTime),
  Extension: optional({ decode: (value: Datum) => value, encode: (value: Datum) => value }),
});

const curves: readonly string[] = ["X25519", "X448", "Ed25519", "Ed448"] satisfies Curve[];

/** KeyData of a public key. */
export function keyDataOf(key: PublicKey): KeyData {
  return { Udf: key.udf, PublicParameters: { tag: "PublicKeyECDH", value: { crv: key.curve, Public: key.octets } } };
}

/** KeyData of a private key, with its public half, which whoever knows it already need not have computed. Only for sealed objects. */
export function privateKeyDataOf(key: PrivateKey, known?: PublicKey): KeyData {
  const half = key.export();
  return { ...keyDataOf(known ?? key.public), PrivateParameters: { tag: "PrivateKeyECDH", value: { crv: half.crv, Private: half.Private } } };
}

/** The public key of KeyData. Errors: ERR_KEY when it has none, or its fingerprint is another key's. */
export function publicKeyOf(data: KeyData): PublicKey {
  const half = data.PublicParameters?.value;
  if (!half || !curves.includes(half.crv)) throw new MeshError("ERR_KEY", `key ${shown(data)} has no usable public half`);
  const key = publicKey(half.crv as Curve, half.Public);
  if (key.udf !== data.Udf) throw new MeshError("ERR_KEY", `key ${shown(data)} has the fingerprint of another key`);
  return key;
}

/** What a key calls itself, as far as it may stand in a message. */
function shown({ Udf }: KeyData): string {
  return /^[\w-]{1,64}$/.test(Udf) ? Udf : JSON.stringify(Udf.slice(0, 64));
}

/** The private key of KeyData. Errors: ERR_KEY when it has none, or it does not belong to the public half. */
export function privateKeyOf(data: KeyData): PrivateKey {
  const half = data.PrivateParameters?.value;
  if (!half || !("crv" in half)) throw new MeshError("ERR_KEY", `key ${data.Udf} has no private half`);
  const key = privateKeyFromExport({ crv: half.crv, Private: half.Private });
  if (data.PublicParameters && key.public.udf !== data.Udf) throw new MeshError("ERR_KEY", `the halves of key ${data.Udf} do not belong together`);
  return key;
}

/**
 * The private key of KeyData that was taken by `privateKeyOf` before, and kept where nobody else writes: the halves are not compared again until it signs.
 * Errors: ERR_KEY when it has none, or its fingerprint is another key's.
 */
export function knownPrivateKeyOf(data: KeyData): PrivateKey {
  const [half, named] = [data.PrivateParameters?.value, data.PublicParameters?.value];
  if (!half || !("crv" in half) || !named || !curves.includes(named.crv)) return privateKeyOf(data);
  const known = knownPublicKey(named.crv as Curve, named.Public);
  if (known.udf !== data.Udf) throw new MeshError("ERR_KEY", `key ${shown(data)} has the fingerprint of another key`);
  return knownPrivateKey(half, known);
}
