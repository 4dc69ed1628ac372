/** Lagrange coefficients mod L (threshold-06 §4.1): lambda_i = product of j / (j - i) over the other members j of the quorum. */
import { MeshError } from "../../base/errors.ts";
import { type Curve, inverseModOrder, modOrder, parseScalar, scalarOctets } from "../curve.ts";

/** Largest index of a share. */
export const maxIndex = 64;

/** Throws ERR_USAGE unless every index is an integer of 1 to 64 and none comes twice. */
export function checkIndexes(indexes: readonly number[]): void {
  const isFit = indexes.every((index) => Number.isInteger(index) && index >= 1 && index <= maxIndex);
  if (!isFit || indexes.length === 0 || new Set(indexes).size !== indexes.length) {
    throw new MeshError("ERR_USAGE", `shares ${JSON.stringify(indexes.slice(0, maxIndex))} are no quorum: different integers of 1 to ${maxIndex}`);
  }
}

/** lambda of a member of the quorum that is really at work. Throws ERR_USAGE. */
export function lagrange(curve: Curve, quorum: readonly number[], index: number): bigint {
  checkIndexes(quorum);
  if (!quorum.includes(index)) throw new MeshError("ERR_USAGE", `share ${index} is not in the quorum`);
  let [over, under] = [1n, 1n];
  for (const other of quorum) {
    if (other === index) continue;
    over *= BigInt(other);
    under *= BigInt(other - index);
  }
  return modOrder(curve, over * inverseModOrder(curve, under));
}

/** KeyCoefficient as it stands in messages (protocol-09 §10.16): a little-endian scalar of 32 or 56 octets. */
export function coefficientOctets(curve: Curve, coefficient: bigint): Uint8Array {
  return scalarOctets(curve, modOrder(curve, coefficient));
}

/** Reads KeyCoefficient; absent is 1. Throws ERR_KEY for zero, for L and above, and for another length. */
export function parseCoefficient(curve: Curve, octets: Uint8Array | undefined): bigint {
  return octets === undefined ? 1n : parseScalar(curve, octets);
}
