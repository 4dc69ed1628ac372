/**
 * Chain and tree digests as the reference implementation wrote them from 2017 to 2023 and as drafts 06 to 12 print them. Its left input
 * is always 64 zero octets, so they chain nothing: such a file shows damage to a payload, not reordering or removal, and is reported as
 * unchained. Used only when a caller asks for legacy files; never written.
 */

import { equalBytes } from "../../base/bytes.ts";
import { greatest } from "../../base/list.ts";
import { publicSha512 as sha512 } from "../../crypto/incremental.ts";

const zeros = new Uint8Array(64);
/** More rounds than a frame number of 53 bits can ask for. */
const maxRounds = 56;

/** What a legacy frame states. */
export interface LegacyDigest {
  readonly index: number;
  readonly payloadDigest: Uint8Array;
  readonly stated: Uint8Array;
  readonly kind: "ChainDigest" | "TreeDigest";
}

/**
 * Number of rounds x -> H(zeros || x) from the payload digest to the stated value; undefined when the value is none that the reference
 * writes for this frame. A chain has one round. A tree has one for frame 0 (two in files of 2023), and after it one more than the zero
 * bits that end index + 2 (files that were appended to) or index + 1 (updates of 2022, files of 2023).
 */
export function legacyRounds({ index, payloadDigest, stated, kind }: LegacyDigest): number | undefined {
  const allowed = kind === "ChainDigest" ? [1] : index === 0 ? [1, 2] : [1 + zeroBits(index + 2), 1 + zeroBits(index + 1)];
  let digest = payloadDigest;
  for (let rounds = 1; rounds <= Math.min(greatest(0, allowed), maxRounds); rounds++) {
    digest = sha512(zeros, digest);
    if (allowed.includes(rounds) && stated.length === 64 && equalBytes(digest, stated)) return rounds;
  }
  return undefined;
}

function zeroBits(n: number): number {
  let bits = 0;
  for (let rest = n; rest > 0 && rest % 2 === 0; rest /= 2) bits++;
  return bits;
}
