/**
 * The 4-isogenies between the Ed448 of RFC 8032 and curve448 (RFC 7748 §4.2). One after the other they multiply by 4, so a multiple of
 * an Ed448 point can be computed on curve448 by a scalar divided by 4, and brought back. Points of order dividing 4 have no image.
 */
import type { EdwardsPoint } from "@noble/curves/abstract/edwards.js";
import { ed448 } from "@noble/curves/ed448.js";
import type { Uv } from "./montgomery.ts";

const { Point } = ed448;
const { Fp } = Point;

/** u = y^2 / x^2, v = (2 - x^2 - y^2) y / x^3. */
export function toCurve448(point: EdwardsPoint): Uv {
  const { x, y } = point.toAffine();
  const inverse = Fp.inv(x);
  const slope = Fp.mul(y, inverse);
  const rest = Fp.sub(Fp.sub(2n, Fp.sqr(x)), Fp.sqr(y));
  return { u: Fp.sqr(slope), v: Fp.mul(Fp.mul(rest, slope), Fp.sqr(inverse)) };
}

/** The dual map; its result is 4 times the point that toCurve448 would take to (u, v). */
export function fromCurve448({ u, v }: Uv): EdwardsPoint {
  const [uu, vv] = [Fp.sqr(u), Fp.sqr(v)];
  const u4 = Fp.sqr(uu);
  const vv4 = Fp.mul(4n, vv);
  const [xOver, xUnder] = [Fp.mul(Fp.mul(4n, v), Fp.sub(uu, 1n)), Fp.add(Fp.add(Fp.sub(u4, Fp.mul(2n, uu)), vv4), 1n)];
  // u^5 - 2u^3 + u is in both halves of y.
  const shared = Fp.mul(u, Fp.add(Fp.sub(u4, Fp.mul(2n, uu)), 1n));
  const yOver = Fp.sub(Fp.mul(vv4, u), shared);
  const yUnder = Fp.sub(shared, Fp.mul(Fp.mul(2n, vv), Fp.add(uu, 1n)));
  return new Point(Fp.mul(xOver, yUnder), Fp.mul(yOver, xUnder), Fp.mul(xUnder, yUnder), Fp.mul(xOver, yOver));
}
