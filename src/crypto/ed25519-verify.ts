/**
 * Verification of Ed25519ctx signatures with an empty context (RFC 8032 §5.1.7, cofactored): 8(S.B - k.A - R) = 0. Both multiples are
 * computed by Node's X25519 (multiplier.ts), several times faster than in BigInt; nothing here is secret.
 */
import type { EdwardsPoint } from "@noble/curves/abstract/edwards.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { signatureHash } from "./challenge.ts";
import { groupOrder, readLittleEndian } from "./curve.ts";
import { publicMultiplier, timesBase, timesPoint } from "./multiplier.ts";

/** True when the signature, R || S, is that of the key over the message. `point` is the key's, checked before. */
export function verifyEd25519(input: { point: EdwardsPoint; publicOctets: Uint8Array; message: Uint8Array; signature: Uint8Array }): boolean {
  const { point, publicOctets, message, signature } = input;
  if (signature.length !== 64) return false;
  const S = readLittleEndian(signature.subarray(32));
  if (S >= groupOrder("Ed25519")) return false;
  const R = decoded(signature.subarray(0, 32));
  if (R === undefined) return false;
  const k = signatureHash({ curve: "Ed25519", parts: [signature.subarray(0, 32), publicOctets, message] });
  const SB = S === 0n ? ed25519.Point.ZERO : timesBase(publicMultiplier("Ed25519", S));
  const kA = k === 0n ? ed25519.Point.ZERO : timesPoint(publicMultiplier("Ed25519", k), point);
  return SB.subtract(kA).subtract(R).clearCofactor().is0();
}

function decoded(octets: Uint8Array): EdwardsPoint | undefined {
  try {
    return ed25519.Point.fromBytes(octets);
  } catch {
    // Not a point, or not in its one encoding: nothing can verify.
    return undefined;
  }
}
