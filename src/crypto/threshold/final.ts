/**
 * The last signer (threshold-sigs-06 §3.3): it draws its nonce when everything else is fixed, answers at once and keeps no state, so
 * it may sign in any number of parallel sessions. In a house that is the constrained device. It checks the message against its own
 * policy before it calls this, and never tells anything else about its share.
 */
import { concat, utf8 } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { signatureHash } from "../challenge.ts";
import { scalarOctets } from "../curve.ts";
import { multiplier, timesBase } from "../multiplier.ts";
import { addPublic, subtractPublic } from "../overlay.ts";
import { type PrivateKey, scalarOf } from "../private-key.ts";
import { type PublicKey, publicKey, publicKeyOfPoint } from "../public-key.ts";
import { scalarPrefix } from "../sign.ts";
import { type SignaturePart, type SigningTask, shareOfSignature, signingCurve } from "./equation.ts";

/** What the last signer is asked for. */
export interface FinalInput {
  readonly task: SigningTask;
  /** R', the sum of the commitments of all others. */
  readonly others: PublicKey;
  readonly share: PrivateKey;
  /** c_F; 1 by default. */
  readonly coefficient?: bigint;
}

/** What it answers: 64 or 114 octets, the start of a signature to which the others add. */
export interface FinalShare {
  /** R, with its own commitment in it. */
  readonly R: Uint8Array;
  /** S_F. */
  readonly share: Uint8Array;
}

/** The answer under a given nonce. For checks of published values; signers call finalShare. */
export function finalShareOf(input: FinalInput & { readonly nonce: bigint }): FinalShare {
  const { task, others, share, nonce, coefficient = 1n } = input;
  const curve = signingCurve(task.groupKey);
  if (share.curve !== curve || others.curve !== curve) throw new MeshError("ERR_KEY", `share and commitment have to be of ${curve}`);
  const R = addPublic(others, publicKeyOfPoint(curve, timesBase(multiplier(curve, nonce))));
  return { R: R.octets, share: shareOfSignature({ task, R, nonce, share, coefficient }) };
}

/** The last signer's answer as a part like the others: its commitment is what is left of R. Throws ERR_KEY for malformed points. */
export function finalPart(input: {
  readonly others: PublicKey;
  readonly answer: FinalShare;
  /** A_F. */
  readonly partial: PublicKey;
  readonly name: string;
  readonly coefficient?: bigint;
}): SignaturePart {
  const { others, answer, partial, name, coefficient = 1n } = input;
  const commitment = subtractPublic(publicKey(others.curve, answer.R), others);
  return { name, commitment, share: answer.share, partial, coefficient };
}

/**
 * Answers with a fresh nonce: hashed from the share, 32 random octets and everything that enters k, so that a generator that
 * repeats itself gives nothing away. Throws ERR_KEY.
 */
export function finalShare(input: FinalInput & { readonly random: Random }): FinalShare {
  const { task, others, share, coefficient = 1n, random } = input;
  const curve = signingCurve(task.groupKey);
  const prefix = scalarPrefix(curve, scalarOctets(curve, scalarOf(share)));
  const fixed = concat(others.octets, task.groupKey.octets, scalarOctets(curve, coefficient), utf8(task.form ?? "mesh"));
  const nonce = signatureHash({ curve, parts: [prefix, random.bytes(32), fixed, task.message] });
  prefix.fill(0);
  return finalShareOf({ ...input, nonce });
}
