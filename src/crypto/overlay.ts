/**
 * Key overlay (schema-08 §3.2.1, threshold-06 §3): a + b on private scalars is A + B on public points, so the administration
 * device computes the public half alone. Sums are in scalar form and extended form.
 */
import { MeshError } from "../base/errors.ts";
import { timesBase } from "./multiplier.ts";
import { multiplierOf, type PrivateKey, privateKeyOfScalar, scalarOf } from "./private-key.ts";
import { isSigned, type PublicKey, pointOf, publicKeyOfPoint } from "./public-key.ts";

function sameCurve(a: { readonly curve: string }, b: { readonly curve: string }): void {
  if (a.curve !== b.curve) throw new MeshError("ERR_KEY", `cannot add keys of ${a.curve} and ${b.curve}`);
}

function refuseUnsigned(...keys: readonly PublicKey[]): void {
  for (const key of keys) if (!isSigned(key)) throw new MeshError("ERR_KEY", `public key ${key.udf} lacks its sign and cannot be added`);
}

/** A + B. Throws ERR_KEY when the curves differ, an X key lacks its sign, or the sum is of small order. */
export function addPublic(a: PublicKey, b: PublicKey): PublicKey {
  sameCurve(a, b);
  refuseUnsigned(a, b);
  return publicKeyOfPoint(a.curve, pointOf(a).add(pointOf(b)));
}

/** A - B. Throws as addPublic does. */
export function subtractPublic(a: PublicKey, b: PublicKey): PublicKey {
  sameCurve(a, b);
  refuseUnsigned(a, b);
  return publicKeyOfPoint(a.curve, pointOf(a).subtract(pointOf(b)));
}

/** (a + b) mod L. Throws ERR_KEY when the curves differ or the sum is zero. */
export function addPrivate(a: PrivateKey, b: PrivateKey): PrivateKey {
  sameCurve(a, b);
  return privateKeyOfScalar(a.curve, scalarOf(a) + scalarOf(b));
}

/** The public key of a private one in the form that can be added: with its sign, also for X25519 seeds. */
export function extendedPublic(key: PrivateKey): PublicKey {
  return isSigned(key.public) ? key.public : publicKeyOfPoint(key.curve, timesBase(multiplierOf(key)));
}
