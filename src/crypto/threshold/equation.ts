/**
 * The equations of threshold signatures in the form of threshold-sigs-06 §3: R = sum R_i, k = H(R, A, M), S_i = r_i + k c_i s_i,
 * S = sum S_i; c_i is 1 for additive shares, lambda_i for Shamir's. NOTHING HERE GUARDS A NONCE: two values of k on one r give the
 * share away. Signers use session.ts (all but the last) and final.ts (the last); here is what those and the combiner compute.
 */
import { verify } from "node:crypto";
import { concat } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { type SignatureForm, type SigningCurve, signatureHash } from "../challenge.ts";
import { groupOrder, littleEndian, modOrder, readLittleEndian } from "../curve.ts";
import { edwardsModel, multiplyAdd } from "../multiplier.ts";
import { addPublic } from "../overlay.ts";
import { type PrivateKey, scalarOf } from "../private-key.ts";
import { nodePublicKey, type PublicKey, pointOf, verifySignature } from "../public-key.ts";

/** What is signed, and under which key. */
export interface SigningTask {
  /** A: taken from the signer's own records, never from who asks. */
  readonly groupKey: PublicKey;
  readonly message: Uint8Array;
  /** `mesh` by default. */
  readonly form?: SignatureForm;
}

/** The contribution of one signer, as the combiner sees it. */
export interface SignaturePart {
  /** Whom to blame. */
  readonly name: string;
  /** R_i. */
  readonly commitment: PublicKey;
  /** S_i, as many octets as a scalar of a signature: 32 or 57. */
  readonly share: Uint8Array;
  /** A_i = s_i.B, from the signed connection or the dealer's commitments. */
  readonly partial: PublicKey;
  /** c_i; 1 by default. */
  readonly coefficient?: bigint;
}

/** The curve of a key that signs. Throws ERR_KEY. */
export function signingCurve(key: PublicKey): SigningCurve {
  if (key.curve !== "Ed25519" && key.curve !== "Ed448") throw new MeshError("ERR_KEY", `${key.curve} keys do not sign`);
  return key.curve;
}

/** k, from the sum of all commitments. */
export function taskChallenge(task: SigningTask, R: PublicKey): bigint {
  const { groupKey, message, form = "mesh" } = task;
  return signatureHash({ curve: signingCurve(groupKey), form, parts: [R.octets, groupKey.octets, message] });
}

/** S_i of a nonce that is used this once: 32 or 57 octets. */
export function shareOfSignature(input: {
  readonly task: SigningTask;
  readonly R: PublicKey;
  readonly nonce: bigint;
  readonly share: PrivateKey;
  readonly coefficient?: bigint;
}): Uint8Array {
  const { task, R, nonce, share, coefficient = 1n } = input;
  const { curve } = share;
  const b = modOrder(curve, taskChallenge(task, R) * coefficient);
  return littleEndian(multiplyAdd({ curve, a: nonce, b, secret: scalarOf(share) }), R.octets.length);
}

/** True when S_i.B = R_i + k c_i A_i. */
export function checkPart(task: SigningTask, R: PublicKey, part: SignaturePart): boolean {
  const { curve } = task.groupKey;
  const S = readLittleEndian(part.share);
  if (part.share.length !== R.octets.length || S === 0n || S >= groupOrder(curve)) return false;
  const k = modOrder(curve, taskChallenge(task, R) * (part.coefficient ?? 1n));
  const expected = pointOf(part.commitment).add(pointOf(part.partial).multiplyUnsafe(k));
  return edwardsModel(curve).BASE.multiply(S).subtract(expected).clearCofactor().is0();
}

/** True when a whole signature verifies in the form of the task. */
export function verifyTask(task: SigningTask, signature: Uint8Array): boolean {
  const { groupKey, message, form } = task;
  if (form === "plain" && groupKey.curve === "Ed25519") return verify(null, message, nodePublicKey(groupKey), signature);
  return verifySignature(groupKey, message, signature);
}

/** Signature R || S of all contributions. Throws ERR_VERIFICATION with `blame`, the names of those whose part is wrong; ERR_KEY. */
export function combineSignature(task: SigningTask, parts: readonly SignaturePart[]): Uint8Array {
  const [first, ...rest] = parts.map((part) => part.commitment);
  if (!first) throw new MeshError("ERR_USAGE", "a signature of no parts");
  const { curve } = task.groupKey;
  signingCurve(task.groupKey);
  const R = rest.reduce(addPublic, first);
  const S = modOrder(
    curve,
    parts.reduce((sum, part) => sum + readLittleEndian(part.share), 0n),
  );
  const signature = concat(R.octets, littleEndian(S, R.octets.length));
  if (verifyTask(task, signature)) return signature;
  const blame = parts.filter((part) => !checkPart(task, R, part)).map((part) => part.name);
  throw new MeshError("ERR_VERIFICATION", "threshold signature did not verify", { detail: { blame } });
}
