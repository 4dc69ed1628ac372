/** The keys of a constrained device: base keys of its seed, and the sums that it signs and decrypts with. extensions §1, §3. */
import { MeshError } from "../../../src/base/errors.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import { addPrivate, deriveKey, privateKeyFromScalar, privateKeyFromSeed } from "../../../src/crypto/index.ts";
import { keyName } from "../../../src/schema/index.ts";
import type { Slot } from "./image-object.ts";

/** Base keys: Ed25519 form, and the X25519 link key. */
export interface BaseKeys {
  readonly deviceUdf: string;
  readonly encryption: PrivateKey;
  readonly signature: PrivateKey;
  readonly link: PrivateKey;
}

/** Base keys of a device seed. Error: ERR_KEY. */
export function baseKeys(seed: string): BaseKeys {
  return {
    deviceUdf: deriveKey(seed, keyName.deviceProfile, "Ed25519").public.udf,
    encryption: deriveKey(seed, keyName.deviceEncrypt, "Ed25519"),
    signature: deriveKey(seed, keyName.deviceSign, "Ed25519"),
    link: deriveKey(seed, keyName.deviceLink25519, "X25519"),
  };
}

/** 32 octets, little-endian, of a scalar. */
export function scalarText(scalar: bigint): Uint8Array {
  const octets = new Uint8Array(32);
  let rest = scalar;
  for (let i = 0; i < octets.length; i++, rest >>= 8n) octets[i] = Number(rest & 0xffn);
  if (rest !== 0n) throw new MeshError("ERR_INTERNAL", "scalar of more than 32 octets");
  return octets;
}

/** The device's fresh keys. */
export interface FreshKeys {
  /** f of each use, Ed25519z. */
  readonly encryption: PrivateKey;
  readonly signature: PrivateKey;
  readonly link: PrivateKey;
}

/** Fresh keys of a slot. */
export function freshKeys(slot: Slot): FreshKeys {
  return {
    encryption: privateKeyFromScalar("Ed25519", slot.EncryptionScalar),
    signature: privateKeyFromScalar("Ed25519", slot.SignatureScalar),
    link: privateKeyFromSeed("X25519", slot.Link),
  };
}

/** s_D of each use without the owner's share: base + f. */
export function unshared(base: BaseKeys, fresh: FreshKeys): { readonly encryption: PrivateKey; readonly signature: PrivateKey } {
  return { encryption: addPrivate(base.encryption, fresh.encryption), signature: addPrivate(base.signature, fresh.signature) };
}
