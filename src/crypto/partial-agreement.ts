/**
 * Agreement by shares (threshold-06 §4, dare-12): each holder multiplies the same ephemeral key by its share, the reader adds the
 * points. The last party alone learns Z; a contribution is as secret as the share's power to decrypt that one message.
 */
import { MeshError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { randomScalar } from "./curve.ts";
import { type Multiplier, multiplier, multiplyAdd, timesPoint } from "./multiplier.ts";
import { addPublic } from "./overlay.ts";
import { agreementOctets } from "./point.ts";
import { multiplierOf, type PrivateKey, scalarOf } from "./private-key.ts";
import { agreementNode, type PublicKey, pointOf, publicKeyOfPoint } from "./public-key.ts";
import { parseCoefficient } from "./threshold/lagrange.ts";

/** A share in two random parts, for a bounded number of agreements. */
export interface SplitShare {
  /** As partialAgreement of the share. Throws ERR_KEY. */
  agree(ephemeral: PublicKey): PublicKey;
  /** Lets go of both parts; every later use throws ERR_KEY. Node erases its key objects when it frees them, and the integers when it needs their room. */
  wipe(): void;
}

/**
 * Splits a share at random, s = s' + s'' (threshold-06 §3.4): for holders that multiply whatever strangers send them, so that no multiplication sees
 * the share. To be split anew soon: a measurement of one split says nothing of the next. The keys of both parts are made once, which is half the work of an agreement. Throws ERR_KEY.
 */
export function splitShare(
  share: PrivateKey,
  { keyCoefficient, random }: { readonly keyCoefficient?: Uint8Array | undefined; readonly random: Random },
): SplitShare {
  const { curve } = share;
  const b = parseCoefficient(curve, keyCoefficient);
  const first = randomScalar(curve, random);
  // Zero once in 2^252 draws, and then refused as a key.
  const second = multiplyAdd({ curve, a: -first, b, secret: scalarOf(share), random });
  let parts: readonly [Multiplier, Multiplier] | undefined = [multiplier(curve, first), multiplier(curve, second)];
  return {
    agree(ephemeral) {
      if (!parts) throw new MeshError("ERR_KEY", "the share was erased");
      const [one, other] = parts;
      if (curve !== ephemeral.curve) throw new MeshError("ERR_KEY", `cannot agree between ${curve} and ${ephemeral.curve}`);
      const [point, node] = [pointOf(ephemeral), agreementNode(ephemeral)];
      return publicKeyOfPoint(curve, timesPoint(one, point, node).add(timesPoint(other, point, node)));
    },
    wipe() {
      parts = undefined;
    },
  };
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
