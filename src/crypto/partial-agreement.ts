/**
 * Agreement by shares (threshold-06 §4, dare-12): each holder multiplies the same ephemeral key by its share, the reader adds the
 * points. The last party alone learns Z; a contribution is as secret as the share's power to decrypt that one message.
 */
import { MeshError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { randomScalar } from "./curve.ts";
import { multiplier, multiplyAdd, timesPoint } from "./multiplier.ts";
import { addPublic } from "./overlay.ts";
import type { Point } from "./point.ts";
import { agreementOctets } from "./point.ts";
import { multiplierOf, type PrivateKey, scalarOf } from "./private-key.ts";
import { agreementNode, type PublicKey, pointOf, publicKeyOfPoint } from "./public-key.ts";
import { parseCoefficient } from "./threshold/lagrange.ts";

/**
 * As partialAgreement, with the share split anew, s = s' + s'', for each call (threshold-06 §3.4): for holders that multiply whatever strangers
 * send them, so that no multiplication sees the share. Throws ERR_KEY.
 */
export function splitAgreement(
  share: PrivateKey,
  ephemeral: PublicKey,
  { keyCoefficient, random }: { readonly keyCoefficient?: Uint8Array | undefined; readonly random: Random },
): PublicKey {
  if (share.curve !== ephemeral.curve) throw new MeshError("ERR_KEY", `cannot agree between ${share.curve} and ${ephemeral.curve}`);
  const { curve } = share;
  const b = parseCoefficient(curve, keyCoefficient);
  const first = randomScalar(curve, random);
  // Zero once in 2^252 draws, and then refused as a key.
  const second = multiplyAdd({ curve, a: -first, b, secret: scalarOf(share), random });
  const [point, node] = [pointOf(ephemeral), agreementNode(ephemeral)];
  const times = (scalar: bigint): Point => timesPoint(multiplier(curve, scalar), point, node);
  return publicKeyOfPoint(curve, times(first).add(times(second)));
}

/**
 * share times ephemeral, as an extended point that can be added; weighted by KeyCoefficient where the shares are Shamir's (absent: 1).
 * Every holder has to see the same octets of the ephemeral key. A share that answers many requests with one quorum is weighted once
 * (threshold/share.ts). Throws ERR_KEY, also for a coefficient that is zero or not below L.
 */
export function partialAgreement(share: PrivateKey, ephemeral: PublicKey, keyCoefficient?: Uint8Array): PublicKey {
  if (share.curve !== ephemeral.curve) throw new MeshError("ERR_KEY", `cannot agree between ${share.curve} and ${ephemeral.curve}`);
  const { curve } = share;
  const b = parseCoefficient(curve, keyCoefficient);
  const ready = b === 1n ? multiplierOf(share) : multiplier(curve, multiplyAdd({ curve, a: 0n, b, secret: scalarOf(share) }));
  return publicKeyOfPoint(curve, timesPoint(ready, pointOf(ephemeral), agreementNode(ephemeral)));
}

/** Z, from the contributions of all holders. Throws ERR_KEY when there is none, or the sum is of small order. */
export function combineAgreements(contributions: readonly PublicKey[]): Uint8Array {
  const [first, ...rest] = contributions;
  if (!first) throw new MeshError("ERR_KEY", "no contribution to an agreement");
  const sum = rest.reduce(addPublic, first);
  return agreementOctets(sum.curve, sum.octets);
}
