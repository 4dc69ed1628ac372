/**
 * Proof of possession: a Schnorr proof that its maker holds the private half of a key contribution, bound to a context of the
 * caller (who, for what, with whom). Without one, the last to publish may choose its contribution to cancel the others (rogue key);
 * the drafts have none and rely on order (threshold-06 §3). Format of ours: R || S, challenge H(label || 0 || curve, context, R, A).
 */
import { concat, uintBytes, utf8 } from "../../base/bytes.ts";
import { verificationError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { type Curve, groupOrder, littleEndian, modOrder, randomScalar, readLittleEndian, scalarLength } from "../curve.ts";
import { sha512, shake256Ed448 } from "../hash.ts";
import { edwardsModel, multiplier, multiplyAdd, timesBase } from "../multiplier.ts";
import { extendedPublic } from "../overlay.ts";
import { decodePoint, encodePoint } from "../point.ts";
import { type PrivateKey, scalarOf } from "../private-key.ts";
import { isSigned, type PublicKey, pointOf } from "../public-key.ts";

const label = utf8("mmm/hub/possession");

function challenge(input: { curve: Curve; context: Uint8Array; R: Uint8Array; A: Uint8Array }): bigint {
  const fields = [utf8(input.curve), input.context, input.R, input.A].flatMap((field) => [uintBytes(field.length, 4), field]);
  const hash = scalarLength(input.curve) === 32 ? sha512 : shake256Ed448;
  return modOrder(input.curve, readLittleEndian(hash(label, Uint8Array.of(0), ...fields)));
}

/** Proof for a key, in a context that names the session, the prover and the others. */
export function provePossession(key: PrivateKey, input: { readonly context: Uint8Array; readonly random: Random }): Uint8Array {
  const { curve } = key;
  const nonce = randomScalar(curve, input.random);
  const R = encodePoint(curve, timesBase(multiplier(curve, nonce)));
  const A = extendedPublic(key).octets;
  const k = challenge({ curve, context: input.context, R, A });
  return concat(R, littleEndian(multiplyAdd({ curve, a: nonce, b: k, secret: scalarOf(key) }), scalarLength(curve)));
}

/** Throws ERR_VERIFICATION unless the proof is that of the key in this context, and the key is in its signed form and in the prime subgroup. */
export function verifyPossession(key: PublicKey, input: { readonly context: Uint8Array; readonly proof: Uint8Array }): void {
  const { curve } = key;
  const { context, proof } = input;
  const failed = (cause?: unknown) => verificationError("possession of a key", cause);
  if (!isSigned(key) || !pointOf(key).isTorsionFree()) throw failed();
  const A = encodePoint(curve, pointOf(key));
  if (proof.length !== A.length + scalarLength(curve)) throw failed();
  const R = proof.subarray(0, A.length);
  const S = readLittleEndian(proof.subarray(A.length));
  if (S === 0n || S >= groupOrder(curve)) throw failed();
  const point = commitmentPoint(curve, R, failed);
  const k = challenge({ curve, context, R, A });
  const expected = point.add(pointOf(key).multiplyUnsafe(k));
  if (!edwardsModel(curve).BASE.multiply(S).subtract(expected).clearCofactor().is0()) throw failed();
}

function commitmentPoint(curve: Curve, octets: Uint8Array, failed: (cause?: unknown) => Error) {
  try {
    return decodePoint(curve, octets);
  } catch (cause) {
    throw failed(cause);
  }
}
