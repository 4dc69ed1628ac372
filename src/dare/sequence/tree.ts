/**
 * Tree digests of a sequence (dare-12 §4.2.2, Appendix C) in the reading that chains: T(n) commits to every payload digest up to n.
 * The reference's published values chain nothing and are not made or accepted here.
 */
import { MeshError } from "../../base/errors.ts";
import { publicSha512 as sha512 } from "../../crypto/incremental.ts";
import type { ContainerType } from "./container-type.ts";

/** Gives T(i) of an earlier frame. */
export type DigestLookup = (index: number) => Uint8Array;

/** Left neighbour of the first frame: 64 zero octets. */
const origin = new Uint8Array(64);

/** The largest power of two that divides `n` > 0; bit operators end at 2^31, indexes do not. */
function lowestFactor(n: number): number {
  if (n < 2 ** 31) return n & -n;
  let factor = 1;
  while (n % (2 * factor) === 0) factor *= 2;
  return factor;
}

/** Index of the left neighbour in the tree; -1 for frame 0. */
export function previousFrame(index: number): number {
  const place = index + 1;
  const factor = lowestFactor(place);
  return factor === place ? Math.floor(factor / 2) - 1 : index - factor;
}

/** T(index) from the frame's payload digest and the tree digests of about log2(index) earlier frames. */
export function treeDigest(options: { readonly index: number; readonly payloadDigest: Uint8Array; readonly lookup: DigestLookup }): Uint8Array {
  const { index, payloadDigest, lookup } = options;
  const factor = lowestFactor(index + 1);
  let own = payloadDigest;
  for (let step = 1; step < factor; step *= 2) own = sha512(lookup(index - step), own);
  const previous = previousFrame(index);
  return sha512(previous < 0 ? origin : lookup(previous), own);
}

/** C(n) of a chain from C(n-1), absent for frame 0, and the payload digest (dare-12 §4.2.1). */
export function chainDigest(previous: Uint8Array | undefined, payloadDigest: Uint8Array): Uint8Array {
  return sha512(previous ?? origin, payloadDigest);
}

/** Indexes whose tree digests are enough to append to a sequence of `count` frames, newest first. */
export function frontierOf(count: number): readonly number[] {
  const indexes: number[] = [];
  for (let place = count; place > 0; place -= lowestFactor(place)) indexes.push(place - 1);
  return indexes;
}

/** What a TreeFrontier is besides its tree digests. */
export interface FrontierOptions {
  /** Type that the sequence must have; Merkle unless given. `any` takes the type that frame 0 names. */
  readonly containerType?: ContainerType | "any";
  /** Chain digest of the last frame, in a chain. */
  readonly chain?: Uint8Array;
}

/**
 * The part of a sequence that further frames refer to: as many tree digests as `count` has one bits. Tree digests are computed for
 * every type of sequence; which of them the frames state is another matter (container-type.ts).
 */
export class TreeFrontier {
  #type: ContainerType | "any";
  #count: number;
  #chain: Uint8Array | undefined;
  readonly #digests: Map<number, Uint8Array>;

  /** A frontier after `count` frames; `digests` holds T of frontierOf(count). */
  constructor(count = 0, digests: Iterable<readonly [number, Uint8Array]> = [], options: FrontierOptions = {}) {
    this.#count = count;
    this.#digests = new Map(digests);
    this.#type = options.containerType ?? "Merkle";
    this.#chain = options.chain;
  }

  /** Type of the sequence; undefined while any is taken and there is no frame. */
  get containerType(): ContainerType | undefined {
    return this.#type === "any" ? undefined : this.#type;
  }

  /** Takes the type that frame 0 names. ERR_SCHEMA when another one is required. */
  admit(type: ContainerType): ContainerType {
    if (this.#type !== "any" && this.#type !== type) throw new MeshError("ERR_SCHEMA", `sequence of type ${type}: expected ${this.#type}`);
    this.#type = type;
    return type;
  }

  /** Number of frames, which is the index of the next one. */
  get count(): number {
    return this.#count;
  }

  /** Tree digest of the last frame. */
  get last(): Uint8Array | undefined {
    return this.#digests.get(this.#count - 1);
  }

  /** Chain digest of the last frame; undefined unless the sequence is a chain with frames. */
  get chain(): Uint8Array | undefined {
    return this.#chain;
  }

  /** T(i) of a frame of the frontier, as treeDigest and sealFrame ask for it. */
  readonly lookup: DigestLookup = (index) => {
    const digest = this.#digests.get(index);
    if (digest === undefined) throw new MeshError("ERR_INTERNAL", `frame ${index} is not in the frontier of ${this.#count} frames`);
    return digest;
  };

  /** The tree digest that the next frame must have. */
  next(payloadDigest: Uint8Array): Uint8Array {
    return treeDigest({ index: this.#count, payloadDigest, lookup: this.lookup });
  }

  /** Adds the next frame by its tree digest, and in a chain its chain digest. */
  push(digest: Uint8Array, chain?: Uint8Array): void {
    const place = this.#count + 1;
    const kept = place - lowestFactor(place);
    for (let gone = this.#count; gone > kept; gone -= lowestFactor(gone)) this.#digests.delete(gone - 1);
    this.#digests.set(this.#count, digest);
    this.#count = place;
    this.#chain = chain;
  }

  copy(): TreeFrontier {
    return new TreeFrontier(this.#count, this.#digests, { containerType: this.#type, ...(this.#chain && { chain: this.#chain }) });
  }
}
