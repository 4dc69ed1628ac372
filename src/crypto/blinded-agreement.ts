/**
 * Agreement by two shares of which one is somebody else's, who is not to learn what is opened: it is asked for E + b.B instead of E, and b times the
 * public half of its share is taken from its answer. b is random, used once and known to the asker alone, so that what is asked is a uniform
 * point, and two questions about one E do not look alike.
 */
import type { Random } from "../base/random.ts";
import { randomScalar } from "./curve.ts";
import { multiplier, timesBase, timesPoint } from "./multiplier.ts";
import { combineAgreements, partialAgreement } from "./partial-agreement.ts";
import type { PrivateKey } from "./private-key.ts";
import { agreementNode, type PublicKey, pointOf, publicKeyOfPoint } from "./public-key.ts";

/** A question to the holder of the other share. */
export interface BlindedAgreement {
  /** E + b.B, in extended form. */
  readonly asked: PublicKey;
  /**
   * Z, from the answer to `asked`. A wrong answer gives a wrong Z, which no wrapping opens under.
   * Throws ERR_KEY for an answer of another curve, or when a sum is of small order.
   */
  finish(answer: PublicKey): Uint8Array;
}

/** Begins an agreement with `ephemeral` by one's own share and another one whose public half is `counterpart`. Throws ERR_KEY for keys of two curves. */
export function blindAgreement(input: {
  readonly share: PrivateKey;
  readonly counterpart: PublicKey;
  readonly ephemeral: PublicKey;
  readonly random: Random;
}): BlindedAgreement {
  const { share, counterpart, ephemeral, random } = input;
  const { curve } = share;
  const own = partialAgreement(share, ephemeral);
  const blind = multiplier(curve, randomScalar(curve, random));
  // The sign of an ephemeral key in plain form is taken as even by all: its other half follows the same octets.
  const asked = publicKeyOfPoint(curve, pointOf(ephemeral).add(timesBase(blind)));
  return {
    asked,
    finish(answer) {
      if (answer.curve !== curve) return combineAgreements([own, answer]);
      const blinded = timesPoint(blind, pointOf(counterpart), agreementNode(counterpart));
      return combineAgreements([own, publicKeyOfPoint(curve, pointOf(answer).subtract(blinded))]);
    },
  };
}
