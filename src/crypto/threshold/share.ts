/**
 * Verifiable Shamir shares of a private key, t of n (threshold-06 §4): share i is f(i) mod L for a polynomial f of degree t - 1 with
 * f(0) = the key; the commitments (Feldman) are its coefficients times the base point. A holder checks its share against them and
 * against the public key before it trusts the dealer. Additive shares, n of n, are in deal.ts; key generation without a dealer in joint.ts.
 */
import { MeshError, verificationError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { type Curve, modOrder, randomScalar } from "../curve.ts";
import { edwardsModel, multiplier, multiplyAdd, timesBase } from "../multiplier.ts";
import type { Point } from "../point.ts";
import { type PrivateKey, privateKeyOfScalar, scalarOf } from "../private-key.ts";
import { type PublicKey, pointOf, publicKeyOfPoint } from "../public-key.ts";
import { checkIndexes, lagrange, maxIndex } from "./lagrange.ts";

/** One share of a key. */
export interface KeyShare {
  /** i, from 1. */
  readonly index: number;
  /** Shares needed: t. */
  readonly threshold: number;
  /** f(i), in scalar form. */
  readonly key: PrivateKey;
}

/** What a dealer hands out. */
export interface SharedKey {
  readonly shares: readonly KeyShare[];
  /** Public; the first is the public key of the secret. */
  readonly commitments: readonly PublicKey[];
}

/** f(1) to f(n) for given coefficients, the first the secret; undefined when one of them is zero and others have to be drawn. */
export function evaluatePolynomial(curve: Curve, coefficients: readonly bigint[], parties: number): bigint[] | undefined {
  const values = Array.from({ length: parties }, (_, i) =>
    coefficients.reduceRight((sum, coefficient) => modOrder(curve, sum * BigInt(i + 1) + coefficient), 0n),
  );
  return values.includes(0n) ? undefined : values;
}

/** Splits a key into n shares of which t are needed. Throws ERR_USAGE unless 2 <= t <= n <= 64. */
export function shareKey(input: {
  readonly secret: PrivateKey;
  readonly threshold: number;
  readonly parties: number;
  readonly random: Random;
}): SharedKey {
  const { secret, threshold, parties, random } = input;
  if (!Number.isInteger(threshold) || !Number.isInteger(parties) || threshold < 2 || threshold > parties || parties > maxIndex) {
    throw new MeshError("ERR_USAGE", `cannot make ${parties} shares of which ${threshold} are needed`);
  }
  const { curve } = secret;
  for (;;) {
    const coefficients = [scalarOf(secret), ...Array.from({ length: threshold - 1 }, () => randomScalar(curve, random))];
    const values = evaluatePolynomial(curve, coefficients, parties);
    if (values === undefined) continue;
    return {
      shares: values.map((value, i) => ({ index: i + 1, threshold, key: privateKeyOfScalar(curve, value) })),
      commitments: coefficients.map((coefficient) => publicKeyOfPoint(curve, timesBase(multiplier(curve, coefficient)))),
    };
  }
}

/** The public half of share i, from the commitments alone. Throws ERR_KEY when it is of small order, ERR_USAGE for an index out of range. */
export function publicShare(commitments: readonly PublicKey[], index: number): PublicKey {
  checkIndexes([index]);
  const [first] = commitments;
  if (!first || commitments.length > maxIndex) throw new MeshError("ERR_KEY", `${commitments.length} commitments to shares`);
  const { curve } = first;
  const sum = commitments
    .map((commitment) => {
      if (commitment.curve !== curve) throw new MeshError("ERR_KEY", "commitments of two curves");
      return pointOf(commitment);
    })
    .reduceRight((total: Point, point) => total.multiplyUnsafe(BigInt(index)).add(point), edwardsModel(curve).ZERO);
  return publicKeyOfPoint(curve, sum);
}

/** Checks a share against the commitments, which have to be in the prime subgroup, and against the public key that it is said to be of. Throws ERR_VERIFICATION. */
export function verifyShare(share: KeyShare, commitments: readonly PublicKey[], groupKey: PublicKey): void {
  const [first] = commitments;
  const isOfKey = commitments.length === share.threshold && first?.curve === share.key.curve && samePoint(first, groupKey);
  if (
    !isOfKey ||
    !commitments.every((commitment) => pointOf(commitment).isTorsionFree()) ||
    !samePoint(publicShare(commitments, share.index), share.key.public)
  ) {
    throw verificationError(`share ${share.index} of a key`);
  }
}

/** True when two keys are one point, signs included. */
export function samePoint(a: PublicKey, b: PublicKey): boolean {
  return a.curve === b.curve && pointOf(a).equals(pointOf(b));
}

/** lambda_i times a share: its additive weight in this quorum, usable wherever an additive share is. Throws ERR_USAGE. */
export function weightedShare(share: KeyShare, quorum: readonly number[]): PrivateKey {
  if (quorum.length < share.threshold) throw new MeshError("ERR_USAGE", `${quorum.length} of ${share.threshold} shares`);
  const { curve } = share.key;
  const weight = lagrange(curve, quorum, share.index);
  return privateKeyOfScalar(curve, multiplyAdd({ curve, a: 0n, b: weight, secret: scalarOf(share.key) }));
}

/** The key itself, from t or more shares; all are used. Throws ERR_USAGE when they are too few or do not fit together. */
export function recoverKey(shares: readonly KeyShare[]): PrivateKey {
  const [first] = shares;
  if (!first || shares.some((share) => share.threshold !== first.threshold || share.key.curve !== first.key.curve)) {
    throw new MeshError("ERR_USAGE", "the shares are not of one key");
  }
  const quorum = shares.map((share) => share.index);
  const sum = shares.reduce((total, share) => total + scalarOf(weightedShare(share, quorum)), 0n);
  return privateKeyOfScalar(first.key.curve, sum);
}
