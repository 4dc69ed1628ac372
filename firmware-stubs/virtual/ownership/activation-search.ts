/**
 * Looks for the owner's whole activation in a delivery: whoever has it can be the device without the hub (extensions §3).
 * Tried are all values of 32 octets, at any depth, also in members that nobody knows, as the activation scalar or as the composite key itself;
 * and a seed (UDF type Z) in any text, from which an activation could be derived.
 */
import { isMeshError, MeshError } from "../../../src/base/errors.ts";
import type { Datum } from "../../../src/codec/index.ts";
import { decodeBase64url, decodeJsonB, Encoded, isObject } from "../../../src/codec/index.ts";
import type { PrivateKey, PublicKey } from "../../../src/crypto/index.ts";
import { addPrivate, parseUdf, privateKeyFromScalar, udfType } from "../../../src/crypto/index.ts";

/** Values of 32 octets that are tried; a delivery with more is refused. */
const mostScalars = 64;
const mostDepth = 32;

/** Octets of the shortest seed: specifier and 128 bits. */
const leastSeed = 18;

interface Uses<T> {
  readonly encryption: T;
  readonly signature: T;
}

/** True when the octets hold the activation, its seed, or the composite private key. Error: ERR_TOO_LARGE for an overlong list of candidates. */
export function holdsActivation(octets: Uint8Array, keys: { readonly own: Uses<PrivateKey>; readonly composite: Uses<PublicKey> }): boolean {
  const found = { scalars: new Map<string, Uint8Array>(), seed: false };
  gather(decodeJsonB(octets), found, 0);
  if (found.seed) return true;
  if (found.scalars.size > mostScalars) throw new MeshError("ERR_TOO_LARGE", `${found.scalars.size} keys in one delivery`);
  const uses = ["encryption", "signature"] as const;
  return [...found.scalars.values()].some((scalar) => uses.some((use) => completes(scalar, keys.own[use], keys.composite[use])));
}

function completes(octets: Uint8Array, own: PrivateKey, composite: PublicKey): boolean {
  try {
    const key = privateKeyFromScalar("Ed25519", octets);
    return key.public.udf === composite.udf || addPrivate(own, key).public.udf === composite.udf;
  } catch (error) {
    if (isMeshError(error, "ERR_KEY")) return false;
    throw error;
  }
}

function gather(value: Datum | undefined, found: { scalars: Map<string, Uint8Array>; seed: boolean }, depth: number): void {
  if (depth > mostDepth) throw new MeshError("ERR_TOO_LARGE", "the delivery is nested too deep");
  if (typeof value === "string") {
    if (isSeed(value)) found.seed = true;
    const octets = decodeBase64url(value);
    if (octets?.length === 32) found.scalars.set(value, octets);
  } else if (value instanceof Uint8Array || value instanceof Encoded) {
    const octets = value instanceof Encoded ? value.octets : value;
    if (octets.length === 32) found.scalars.set(Buffer.from(octets).toString("base64url"), octets);
    else gather(nested(octets), found, depth + 1);
  } else if (Array.isArray(value)) {
    for (const item of value as readonly Datum[]) gather(item, found, depth + 1);
  } else if (isObject(value)) {
    for (const name of Object.keys(value)) gather(value[name], found, depth + 1);
  }
}

/** What octets hold when they are an encoded object or list themselves. */
function nested(octets: Uint8Array): Datum | undefined {
  try {
    const value = decodeJsonB(octets);
    return isObject(value) || Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (isMeshError(error)) return undefined;
    throw error;
  }
}

function isSeed(text: string): boolean {
  try {
    const { type, data } = parseUdf(text);
    return type === udfType.seed && data.length >= leastSeed;
  } catch (error) {
    if (isMeshError(error, "ERR_ENCODING")) return false;
    throw error;
  }
}
