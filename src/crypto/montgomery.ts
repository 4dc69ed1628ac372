/**
 * The Montgomery curves of RFC 7748 and the Edwards models on which their points are added here (threshold-06 §5.2). The roots fix the
 * signs that the published keys have: odd for 25519, even for 448. E448 is birational to curve448; the Ed448 of RFC 8032 is only
 * 4-isogenous to it: isogeny.ts has the one legitimate way between them.
 */
import type { EdwardsPoint, EdwardsPointCons } from "@noble/curves/abstract/edwards.js";
import { E448 } from "@noble/curves/ed448.js";
import { ed25519 } from "@noble/curves/ed25519.js";

/** A Montgomery curve v^2 = u^3 + A u^2 + u with its Edwards model. */
export interface Montgomery {
  readonly A: bigint;
  /** x = root * u / v. */
  readonly root: bigint;
  /** y = (u + pole) / (u - pole). */
  readonly pole: 1n | -1n;
  /** Octets of u. */
  readonly length: 32 | 56;
  /** Name of the RFC 7748 function. */
  readonly ladder: "X25519" | "X448";
  readonly Point: EdwardsPointCons;
}

/** Affine coordinates of a point that is not of order 1 or 2. */
export interface Uv {
  readonly u: bigint;
  readonly v: bigint;
}

/** curve25519 on the points of Ed25519. */
export const curve25519: Montgomery = {
  A: 486662n,
  root: 51042569399160536130206135233146329284152202253034631822681833788666877215207n,
  pole: -1n,
  length: 32,
  ladder: "X25519",
  Point: ed25519.Point,
};

/** curve448 on the points of E448. */
export const curve448: Montgomery = {
  A: 156326n,
  root: 197888467295464439538354009753858038256835152591059802148199779196087404232002515713604263127793030747855424464185691766453844835192428n,
  pole: 1n,
  length: 56,
  ladder: "X448",
  Point: E448,
};

const known = new WeakMap<EdwardsPoint, Uv>();

/** Edwards point of coordinates on the curve, neither of them zero, u not the pole. Projective: nothing is inverted. */
export function edwardsPoint({ root, pole, Point }: Montgomery, uv: Uv): EdwardsPoint {
  const { Fp } = Point;
  const { u, v } = uv;
  const [ru, over, under] = [Fp.mul(root, u), Fp.add(u, pole), Fp.sub(u, pole)];
  const point = new Point(Fp.mul(ru, under), Fp.mul(over, v), Fp.mul(v, under), Fp.mul(ru, over));
  known.set(point, uv);
  return point;
}

/** Coordinates of an Edwards point, with one inversion at most. */
export function montgomeryPoint({ root, pole, Point }: Montgomery, point: EdwardsPoint): Uv {
  let uv = known.get(point);
  if (!uv) {
    const { Fp } = Point;
    const { X, Y, Z } = point;
    const over = Fp.mul(pole, Fp.add(Y, Z));
    const under = Fp.sub(Y, Z);
    const inverse = Fp.inv(Fp.mul(under, X));
    uv = { u: Fp.mul(Fp.mul(over, X), inverse), v: Fp.mul(Fp.mul(root, over), Fp.mul(Z, inverse)) };
    known.set(point, uv);
  }
  return uv;
}

/** v of a point as a fraction, so that whoever goes on with projective coordinates inverts nothing. */
interface FractionV {
  readonly u: bigint;
  readonly top: bigint;
  readonly bottom: bigint;
}

/**
 * Coordinates of Q where u of Q and of P + Q are known, by the formula of Okeya and Sakurai (the drafts print none):
 * v_Q = [(u_Q u_P + 1)(u_Q + u_P + 2A) - 2A - (u_Q - u_P)^2 u_S] / (2 v_P), here over the projective coordinates of P.
 */
function recoverSign({ A, root, pole, Point }: Montgomery, P: EdwardsPoint, u: { readonly Q: bigint; readonly S: bigint }): FractionV {
  const { Fp } = Point;
  const { X, Y, Z } = P;
  const over = Fp.mul(pole, Fp.add(Y, Z));
  // u_P = a / d, v_P = root * over * Z / d
  const a = Fp.mul(over, X);
  const d = Fp.mul(Fp.sub(Y, Z), X);
  const twoAd = Fp.mul(2n * A, d);
  const qd = Fp.mul(u.Q, d);
  const product = Fp.mul(Fp.add(Fp.mul(u.Q, a), d), Fp.add(Fp.add(qd, a), twoAd));
  const top = Fp.sub(Fp.sub(product, Fp.mul(twoAd, d)), Fp.mul(Fp.sqr(Fp.sub(qd, a)), u.S));
  const bottom = Fp.mul(Fp.mul(2n * root, over), Fp.mul(Z, d));
  return { u: u.Q, top, bottom };
}

/** The coordinates of Q. */
export function recoverUv(model: Montgomery, P: EdwardsPoint, known: { readonly Q: bigint; readonly S: bigint }): Uv {
  const { Fp } = model.Point;
  const { u, top, bottom } = recoverSign(model, P, known);
  return { u, v: Fp.mul(top, Fp.inv(bottom)) };
}

/** Q, or -Q, as an Edwards point. */
export function recoverPoint(
  model: Montgomery,
  P: EdwardsPoint,
  known: { readonly Q: bigint; readonly S: bigint; readonly isNegative: boolean },
): EdwardsPoint {
  const { root, pole, Point } = model;
  const { Fp } = Point;
  const { u, top: v, bottom } = recoverSign(model, P, known);
  const top = known.isNegative ? Fp.neg(v) : v;
  // As edwardsPoint has it, each coordinate times the bottom of v.
  const [over, under, x] = [Fp.add(u, pole), Fp.sub(u, pole), Fp.mul(Fp.mul(root, u), bottom)];
  return new Point(Fp.mul(x, under), Fp.mul(over, top), Fp.mul(top, under), Fp.mul(x, over));
}
