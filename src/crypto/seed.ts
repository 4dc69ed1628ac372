/**
 * Seeds (Z) and the key pairs derived from them (schema-08 §3, udf-13 §4.4 by its text). The examples printed in udf-13 §4.4 use
 * another salt and info and are not what live keys are made with; P curves and RSA are left out.
 */
import { concat, uintBytes, utf8, wipe } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { type Curve, scalarLength } from "./curve.ts";
import { hkdfSha512 } from "./kdf.ts";
import { type PrivateKey, privateKeyFromSeed } from "./private-key.ts";
import { parseUdf, presentWhole, udfType } from "./udf.ts";

/** Key specifiers (udf-13 §8.4). Device activations carry 0x0103, as all published ones do. */
export const seedSpecifier = { device: 0x0100, deviceActivation: 0x0103, account: 0x0102, service: 0x0104 } as const;

const secretLength = 32;
/** Two octets of specifier and 128 bits. */
const minDataLength = 18;

/** Fresh seed of 256 bits under a key specifier. */
export function newSeed(random: Random, specifier: number): string {
  return presentWhole(udfType.seed, concat(uintBytes(specifier, 2), random.bytes(secretLength)));
}

/** The octets that a seed's data part gives for a key: HKDF over the whole of it, the specifier again in the info. */
export function seedOutput(data: Uint8Array, keyName: string, curve: Curve): Uint8Array {
  return hkdfSha512({ ikm: data, info: concat(data.subarray(0, 2), utf8(keyName)), length: scalarLength(curve) });
}

/**
 * The key of a seed under a name, e.g. `deriveKey(seed, "BaseDeviceSign", "Ed448")`. The specifier enters both the keying material
 * and the info, and is that of the seed. Never derive two curves under one name. Throws ERR_ENCODING, ERR_KEY.
 */
export function deriveKey(seedUdf: string, keyName: string, curve: Curve): PrivateKey {
  const { type, data } = parseUdf(seedUdf);
  if (type !== udfType.seed || data.length < minDataLength) throw new MeshError("ERR_KEY", "not a seed of 128 bits or more");
  const okm = seedOutput(data, keyName, curve);
  const key = privateKeyFromSeed(curve, okm);
  wipe(okm);
  return key;
}
