/**
 * A frame of a sequence as octets (dare-12 §4): header, body and trailer as three records, unparsed. What is appended, checked and kept
 * has this shape; frame.ts reads it.
 */
import { MeshError } from "../../base/errors.ts";
import { layFrame, writeFrame } from "../../codec/index.ts";

/** Most octets of one frame. */
export const maxFrameOctets = 0x1000000;

/** The three records of a frame; an empty trailer is an absent one. */
export interface FrameOctets {
  readonly headerOctets: Uint8Array;
  readonly body: Uint8Array;
  readonly trailerOctets: Uint8Array;
}

/** A frame ready to be appended. */
export interface EncodedFrame extends FrameOctets {
  readonly payloadDigest: Uint8Array;
  /** T of the frame, whether or not its type of sequence states it. */
  readonly treeDigest: Uint8Array;
  /** C of the frame, in a chain. */
  readonly chainDigest?: Uint8Array;
}

/** What sealFrame knows of a frame: header and trailer as octets or as ASCII text. */
export interface SealedParts {
  readonly header: Uint8Array | string;
  readonly body: Uint8Array;
  readonly trailer: Uint8Array | string;
  readonly payloadDigest: Uint8Array;
  readonly treeDigest: Uint8Array;
  readonly chainDigest?: Uint8Array | undefined;
  readonly index: number;
}

/**
 * A frame that sealFrame made, laid out once for the file, with its three parts as views. No part is a caller's array, so its digests need
 * not be computed twice. A copy with another body is not one.
 */
export class SealedFrame implements EncodedFrame {
  readonly headerOctets: Uint8Array;
  readonly body: Uint8Array;
  readonly trailerOctets: Uint8Array;
  readonly payloadDigest: Uint8Array;
  readonly treeDigest: Uint8Array;
  readonly chainDigest?: Uint8Array;
  readonly #index: number;
  readonly #octets: Uint8Array;

  constructor(parts: SealedParts) {
    const { octets, records } = layFrame([parts.header, parts.body, parts.trailer]);
    const [headerOctets = empty, body = empty, trailerOctets = empty] = records;
    this.headerOctets = headerOctets;
    this.body = body;
    this.trailerOctets = trailerOctets;
    this.payloadDigest = parts.payloadDigest;
    this.treeDigest = parts.treeDigest;
    if (parts.chainDigest !== undefined) this.chainDigest = parts.chainDigest;
    this.#index = parts.index;
    this.#octets = octets;
  }

  /** Index that it was sealed for. */
  get index(): number {
    return this.#index;
  }

  /** The whole frame as it goes into the file. */
  get octets(): Uint8Array {
    return this.#octets;
  }
}

/** Octets of a frame. ERR_TOO_LARGE beyond 16 MiB. */
export function encodeFrame(frame: FrameOctets): Uint8Array {
  const octets = frame instanceof SealedFrame ? frame.octets : writeFrame([frame.headerOctets, frame.body, frame.trailerOctets]);
  if (octets.length > maxFrameOctets) throw new MeshError("ERR_TOO_LARGE", `frame of ${octets.length} octets, the limit is ${maxFrameOctets}`);
  return octets;
}

/** Splits the records of a frame into its three parts; those absent from the right are empty. */
export function partsOf(records: readonly Uint8Array[]): FrameOctets {
  const [headerOctets = empty, body = empty, trailerOctets = empty] = records;
  return { headerOctets, body, trailerOctets };
}

const empty = new Uint8Array();
