/**
 * Keys for FROST (RFC 9591): from verifiable Shamir shares, and from additive shares rewritten so that they are Shamir's for the
 * identifiers 1 to n (y_i = s_i / lambda_i, n of n). Each holder rewrites its own share; the public part needs public halves alone.
 */
import { toHex } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { SignatureForm } from "../challenge.ts";
import { type Curve, inverseModOrder, littleEndian, modOrder } from "../curve.ts";
import { edwardsModel, multiplyAdd } from "../multiplier.ts";
import type { Point } from "../point.ts";
import { type PrivateKey, scalarOf } from "../private-key.ts";
import { type PublicKey, pointOf, publicKeyOfPoint } from "../public-key.ts";
import { signingCurve } from "./equation.ts";
import { lagrange } from "./lagrange.ts";
import { type KeyShare, publicShare } from "./share.ts";

/** The public part of a FROST key. */
export interface FrostGroup {
  readonly curve: "Ed25519" | "Ed448";
  readonly form: SignatureForm;
  readonly signers: { readonly min: number; readonly max: number };
  /** Coefficients of the polynomial times the base point; the first is the group key. */
  readonly commitments: readonly Uint8Array[];
  /** Public halves of the shares by identifier. */
  readonly verifyingShares: Readonly<Record<string, Uint8Array>>;
}

/** The secret part, of one participant. */
export interface FrostShare {
  readonly identifier: string;
  /** 32 or 57 octets, little-endian. */
  readonly signingShare: Uint8Array;
}

/** Octets of a scalar in FROST messages, which for Ed448 is one more than in private keys. */
export function frostScalarLength(curve: Curve): 32 | 57 {
  return curve === "Ed448" ? 57 : 32;
}

/** Identifier of a participant: the scalar i, in hexadecimal. */
export function frostIdentifier(curve: Curve, index: number): string {
  return toHex(littleEndian(BigInt(index), frostScalarLength(curve)));
}

function frostShare(curve: Curve, index: number, scalar: bigint): FrostShare {
  return { identifier: frostIdentifier(curve, index), signingShare: littleEndian(modOrder(curve, scalar), frostScalarLength(curve)) };
}

function indexesTo(parties: number): number[] {
  if (!Number.isInteger(parties) || parties < 2 || parties > 64) throw new MeshError("ERR_USAGE", `a group of ${parties}: 2 to 64`);
  return Array.from({ length: parties }, (_, i) => i + 1);
}

/** The FROST share of a Shamir share. */
export function frostShareOf(share: KeyShare): FrostShare {
  return frostShare(share.key.curve, share.index, scalarOf(share.key));
}

/** The group of Shamir shares, from the dealer's commitments. Throws ERR_KEY, ERR_USAGE. */
export function frostGroup(input: {
  readonly commitments: readonly PublicKey[];
  readonly parties: number;
  readonly form?: SignatureForm;
}): FrostGroup {
  const { commitments, parties, form = "mesh" } = input;
  const [groupKey] = commitments;
  if (!groupKey) throw new MeshError("ERR_USAGE", "no commitments");
  const curve = signingCurve(groupKey);
  const verifying = indexesTo(parties).map((index) => [frostIdentifier(curve, index), publicShare(commitments, index).octets] as const);
  return {
    curve,
    form,
    signers: { min: commitments.length, max: parties },
    commitments: commitments.map((commitment) => commitment.octets),
    verifyingShares: Object.fromEntries(verifying),
  };
}

/** y_i = s_i / lambda_i of an additive share, the i-th of n. Throws ERR_USAGE. */
export function frostShareOfAdditive(input: { readonly share: PrivateKey; readonly index: number; readonly parties: number }): FrostShare {
  const { curve } = input.share;
  const weight = lagrange(curve, indexesTo(input.parties), input.index);
  return frostShare(curve, input.index, multiplyAdd({ curve, a: 0n, b: inverseModOrder(curve, weight), secret: scalarOf(input.share) }));
}

/** Coefficients of product of (z - j) / (i - j) over the other indexes j, the constant first. */
function basis(curve: Curve, indexes: readonly number[], index: number): bigint[] {
  let coefficients = [1n];
  let under = 1n;
  for (const other of indexes) {
    if (other === index) continue;
    const shifted = [0n, ...coefficients];
    coefficients = shifted.map((above, power) => above - BigInt(other) * (coefficients[power] ?? 0n));
    under *= BigInt(index - other);
  }
  const inverse = inverseModOrder(curve, under);
  return coefficients.map((coefficient) => modOrder(curve, coefficient * inverse));
}

/** The group of additive shares, from their public halves in the order of the identifiers. Throws ERR_KEY, ERR_USAGE. */
export function additiveFrostGroup(partials: readonly PublicKey[], form: SignatureForm = "mesh"): FrostGroup {
  const indexes = indexesTo(partials.length);
  const [first] = partials;
  if (!first || partials.some((partial) => partial.curve !== first.curve)) throw new MeshError("ERR_KEY", "public halves of two curves");
  const curve = signingCurve(first);
  const times = (point: Point, scalar: bigint): Point => point.multiplyUnsafe(modOrder(curve, scalar));
  const verifying = partials.map((partial, i) => times(pointOf(partial), inverseModOrder(curve, lagrange(curve, indexes, i + 1))));
  const bases = indexes.map((index) => basis(curve, indexes, index));
  const commitments = indexes.map((_, power) =>
    verifying.map((point, i) => times(point, bases[i]?.[power] ?? 0n)).reduce((sum, point) => sum.add(point), edwardsModel(curve).ZERO),
  );
  const octets = (point: Point): Uint8Array => publicKeyOfPoint(curve, point).octets;
  return {
    curve,
    form,
    signers: { min: partials.length, max: partials.length },
    commitments: commitments.map(octets),
    verifyingShares: Object.fromEntries(verifying.map((point, i) => [frostIdentifier(curve, i + 1), octets(point)])),
  };
}
