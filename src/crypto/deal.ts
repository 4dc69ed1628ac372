/** Additive shares of a scalar (threshold-06 §4, n of n): each uniform, none zero, their sum the secret mod L. Shamir shares are in threshold/share.ts. */
import { MeshError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { type Curve, modOrder, randomScalar } from "./curve.ts";
import { type PrivateKey, privateKeyOfScalar, scalarOf } from "./private-key.ts";

/** What is dealt, and to how many. A bare scalar needs its curve. */
export type DealInput = { readonly parties: number; readonly random: Random } & (
  | { readonly secret: PrivateKey }
  | { readonly secret: bigint; readonly curve: Curve }
);

/** (sum of scalars) mod L. */
export function sumScalars(curve: Curve, scalars: readonly bigint[]): bigint {
  return modOrder(
    curve,
    scalars.reduce((sum, scalar) => sum + scalar, 0n),
  );
}

/** Shares in scalar form, one for each party; a fresh deal each time. Throws ERR_USAGE for fewer than 2 or more than 64 parties. */
export function deal(input: DealInput): PrivateKey[] {
  const { parties, random } = input;
  if (!Number.isInteger(parties) || parties < 2 || parties > 64) throw new MeshError("ERR_USAGE", `cannot deal to ${parties} parties`);
  const [curve, secret] = "curve" in input ? [input.curve, input.secret] : [input.secret.curve, scalarOf(input.secret)];
  for (;;) {
    const shares = Array.from({ length: parties - 1 }, () => randomScalar(curve, random));
    const last = modOrder(curve, secret - sumScalars(curve, shares));
    if (last !== 0n) return [...shares, last].map((share) => privateKeyOfScalar(curve, share));
  }
}
