/**
 * Proofs over tree digests (dare-12 §4.2.2, Appendix C; the draft defines the digests and no proofs). T(n) is a digest over its own
 * payload digest and the tree digests of a few earlier frames, so whoever knows T(n) is shown frame i, or T(i), by the inputs on the
 * path from n down to i: about log2(n) nodes. A proof holds only digests; which frames they belong to follows from i and n.
 */

import { equalBytes } from "../../base/bytes.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import { appendAll } from "../../base/list.ts";
import type { Struct } from "../../codec/index.ts";
import { binary, list, struct } from "../../codec/index.ts";
import { previousFrame, treeDigest } from "./tree.ts";

/** Digests of 64 octets, from the proven frame up to the apex: payload digest and tree digests of each node, without what follows from the node below. */
export interface TreeProof {
  readonly Digests: readonly Uint8Array[];
}
export const TreeProof: Struct<TreeProof> = struct<TreeProof>("TreeProof", { Digests: list(binary) });

/** Where a prover finds the digests of frames. */
export interface DigestSource {
  payloadDigestAt(index: number): Promise<Uint8Array> | Uint8Array;
  treeDigestAt(index: number): Promise<Uint8Array> | Uint8Array;
}

/** A frame and its tree digest. */
export interface TreeHead {
  readonly index: number;
  readonly digest: Uint8Array;
}

/** Proves that the frame of an index is under the tree digest of a later one, or of itself. ERR_NOT_FOUND for indexes out of order. */
export async function proveInclusion(options: { readonly source: DigestSource; readonly index: number; readonly apex: number }): Promise<TreeProof> {
  const { source, index, apex } = options;
  const digests: Uint8Array[] = [];
  for (const earlier of references(requireOrder(index, apex))) digests.push(await source.treeDigestAt(earlier));
  appendAll(digests, await pathDigests(options));
  return { Digests: digests };
}

/** Checks that a frame with this payload digest is the one of its index under the apex. ERR_VERIFICATION. */
export function verifyInclusion(options: {
  readonly proof: TreeProof;
  readonly index: number;
  readonly payloadDigest: Uint8Array;
  readonly apex: TreeHead;
}): void {
  const { proof, index, payloadDigest, apex } = options;
  const rest = reader(proof);
  if (!isOrdered(index, apex.index) || payloadDigest.length !== 64) throw verificationError("proof");
  const own = digestOf({ index, payloadDigest, known: knownDigests(index, rest) });
  finish({ from: { index, digest: own }, apex, rest });
}

/** Proves that the sequence that ended with frame `index` is the beginning of the one that ends with `apex`. */
export async function proveConsistency(options: {
  readonly source: DigestSource;
  readonly index: number;
  readonly apex: number;
}): Promise<TreeProof> {
  requireOrder(options.index, options.apex);
  return { Digests: await pathDigests(options) };
}

/** Checks that an older head is the beginning of what a newer one commits to. ERR_VERIFICATION. */
export function verifyConsistency(options: { readonly proof: TreeProof; readonly older: TreeHead; readonly newer: TreeHead }): void {
  const { proof, older, newer } = options;
  if (!isOrdered(older.index, newer.index) || older.digest.length !== 64) throw verificationError("proof");
  finish({ from: older, apex: newer, rest: reader(proof) });
}

/** Frames whose tree digests go into T(index), each once, newest first. */
function references(index: number): readonly number[] {
  const place = index + 1;
  const found: number[] = [];
  for (let step = 1; place % (2 * step) === 0; step *= 2) found.push(index - step);
  const previous = previousFrame(index);
  // The left neighbour of a power of two is also its last step.
  if (previous >= 0 && found.at(-1) !== previous) found.push(previous);
  return found;
}

/** Frames from `index` (left out) up to `apex` such that each refers to the one below it. */
function pathUp(index: number, apex: number): readonly number[] {
  const path: number[] = [];
  for (let node = apex; node > index; ) {
    path.push(node);
    // Every frame before a node lies at or under the earliest reference that is not before it.
    node = references(node).findLast((earlier) => earlier >= index) ?? index;
  }
  return path.reverse();
}

async function pathDigests(options: { readonly source: DigestSource; readonly index: number; readonly apex: number }): Promise<Uint8Array[]> {
  const { source, index, apex } = options;
  const digests: Uint8Array[] = [];
  let below = index;
  for (const node of pathUp(index, apex)) {
    digests.push(await source.payloadDigestAt(node));
    for (const earlier of references(node)) if (earlier !== below) digests.push(await source.treeDigestAt(earlier));
    below = node;
  }
  return digests;
}

type Take = () => Uint8Array | undefined;

function reader(proof: TreeProof): Take {
  let next = 0;
  return () => proof.Digests[next++];
}

/** Walks from a known tree digest up to the apex; the proof must be used up. */
function finish(options: { readonly from: TreeHead; readonly apex: TreeHead; readonly rest: Take }): void {
  const { from, apex, rest } = options;
  let { index, digest } = from;
  for (const node of pathUp(from.index, apex.index)) {
    const payloadDigest = taken(rest);
    digest = digestOf({ index: node, payloadDigest, known: knownDigests(node, rest, { index, digest }) });
    index = node;
  }
  if (rest() !== undefined || !equalBytes(digest, apex.digest)) throw verificationError("proof");
}

function knownDigests(index: number, rest: Take, below?: TreeHead): ReadonlyMap<number, Uint8Array> {
  return new Map(references(index).map((earlier) => [earlier, earlier === below?.index ? below.digest : taken(rest)]));
}

function digestOf(options: {
  readonly index: number;
  readonly payloadDigest: Uint8Array;
  readonly known: ReadonlyMap<number, Uint8Array>;
}): Uint8Array {
  const { index, payloadDigest, known } = options;
  const lookup = (earlier: number): Uint8Array => {
    const digest = known.get(earlier);
    if (digest === undefined) throw verificationError("proof");
    return digest;
  };
  return treeDigest({ index, payloadDigest, lookup });
}

function taken(rest: Take): Uint8Array {
  const digest = rest();
  if (digest?.length !== 64) throw verificationError("proof");
  return digest;
}

function isOrdered(index: number, apex: number): boolean {
  return Number.isSafeInteger(index) && Number.isSafeInteger(apex) && index >= 0 && index <= apex;
}

function requireOrder(index: number, apex: number): number {
  if (!isOrdered(index, apex)) throw new MeshError("ERR_NOT_FOUND", `no frame ${index} under frame ${apex}`);
  return index;
}
