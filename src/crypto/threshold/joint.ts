/**
 * Keys made together, no dealer (threshold-06 §3, §4.4, whose own examples are empty). n of n: everybody publishes a contribution
 * with a proof of possession; the key is the sum of the points, each private contribution an additive share. t of n: everybody
 * deals verifiable shares of its contribution; a holder adds up what it got. Who sends a wrong share or proof is named (`blame`).
 * To keep the last contributor from choosing the key, exchange digests of the contributions before the contributions.
 */
import { MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { addPublic } from "../overlay.ts";
import { type PrivateKey, privateKeyOfScalar, scalarOf } from "../private-key.ts";
import type { PublicKey } from "../public-key.ts";
import { provePossession, verifyPossession } from "./possession.ts";
import { type KeyShare, type SharedKey, samePoint, shareKey, verifyShare } from "./share.ts";

/** A public contribution to an additive key. */
export interface Contribution {
  /** Whom to blame. */
  readonly name: string;
  /** In its signed form. */
  readonly key: PublicKey;
  readonly proof: Uint8Array;
}

/** A contribution to a t of n key, as one holder receives it: the share is secret and its own, the rest the same for all. */
export interface DealtContribution {
  readonly name: string;
  readonly commitments: readonly PublicKey[];
  readonly proof: Uint8Array;
  readonly share: KeyShare;
}

function blamed(name: string, cause: unknown): MeshError {
  return new MeshError("ERR_VERIFICATION", "key contribution did not verify", { detail: { blame: [name] }, cause });
}

function checked<T>(name: string, check: () => T): T {
  try {
    return check();
  } catch (cause) {
    throw blamed(name, cause);
  }
}

function refuseDoubles(contributions: readonly { readonly name: string }[]): void {
  const names = new Set(contributions.map((contribution) => contribution.name));
  if (contributions.length < 2 || names.size !== contributions.length)
    throw new MeshError("ERR_USAGE", "a joint key takes two contributors or more, each once");
}

/** The public key of additive contributions. Throws ERR_VERIFICATION with `blame`, ERR_KEY when the sum is of small order. */
export function jointKey(contributions: readonly Contribution[], context: Uint8Array): PublicKey {
  refuseDoubles(contributions);
  for (const { name, key, proof } of contributions) checked(name, () => verifyPossession(key, { context, proof }));
  const copy = contributions.find(({ key }, i) => contributions.slice(0, i).some((earlier) => samePoint(earlier.key, key)));
  if (copy) throw blamed(copy.name, new MeshError("ERR_KEY", "a contribution that somebody else made"));
  return contributions.map((contribution) => contribution.key).reduce(addPublic);
}

/** Deals verifiable shares of one's own contribution, and proves possession of it. */
export function dealContribution(input: {
  readonly secret: PrivateKey;
  readonly threshold: number;
  readonly parties: number;
  readonly context: Uint8Array;
  readonly random: Random;
}): SharedKey & { readonly proof: Uint8Array } {
  return { ...shareKey(input), proof: provePossession(input.secret, input) };
}

/**
 * Checks and adds up what a holder was dealt by everybody, itself included: its share of the joint key, and the commitments to all.
 * Throws ERR_VERIFICATION with `blame`; ERR_USAGE when contributions do not fit together.
 */
export function joinShares(
  contributions: readonly DealtContribution[],
  context: Uint8Array,
): { readonly share: KeyShare; readonly commitments: readonly PublicKey[] } {
  refuseDoubles(contributions);
  const [first] = contributions;
  if (!first) throw new MeshError("ERR_USAGE", "no contribution");
  const { index, threshold, key } = first.share;
  for (const { name, share, commitments, proof } of contributions) {
    const [own] = commitments;
    const isFit = share.index === index && share.threshold === threshold && share.key.curve === key.curve && own !== undefined;
    if (!isFit) throw blamed(name, new MeshError("ERR_USAGE", "a share of another index, threshold or curve"));
    checked(name, () => {
      verifyPossession(own, { context, proof });
      verifyShare(share, commitments, own);
    });
  }
  const sum = contributions.reduce((total, contribution) => total + scalarOf(contribution.share.key), 0n);
  const commitments = first.commitments.map((_, i) =>
    contributions.flatMap((contribution) => contribution.commitments.slice(i, i + 1)).reduce(addPublic),
  );
  return { share: { index, threshold, key: privateKeyOfScalar(key.curve, sum) }, commitments };
}
