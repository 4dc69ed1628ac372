/**
 * Frames of a sequence (dare-12 §4): header, body and trailer as three records. Header and trailer are JSON objects and are kept as
 * the octets they came in; the body is raw. A frame has the shape of an envelope, so verifyEnvelope works on it.
 */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import { parseJson, readFrame, writeFrame } from "../../codec/index.ts";
import { sha512 } from "../../crypto/hash.ts";
import type { DareEnvelope } from "../envelope.ts";
import { DareHeader, DareTrailer } from "../header.ts";
import { eitherMember } from "../signature.ts";
import type { TreeFrontier } from "./tree.ts";

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
  readonly treeDigest: Uint8Array;
}

/** A frame that was read; its digests are what it states, proven only by checkFrame. */
export interface SequenceFrame extends DareEnvelope {
  readonly trailerOctets: Uint8Array;
  readonly index: number;
  readonly isMeta: boolean;
}

/** Octets of a frame. ERR_TOO_LARGE beyond 16 MiB. */
export function encodeFrame(frame: FrameOctets): Uint8Array {
  const octets = writeFrame([frame.headerOctets, frame.body, frame.trailerOctets]);
  if (octets.length > maxFrameOctets) throw new MeshError("ERR_TOO_LARGE", `frame of ${octets.length} octets, the limit is ${maxFrameOctets}`);
  return octets;
}

/** Reads octets that are exactly one frame. ERR_ENCODING, ERR_SCHEMA. */
export function decodeFrame(octets: Uint8Array): SequenceFrame {
  const frame = readFrame(octets, 0);
  if (frame.end !== octets.length) throw new MeshError("ERR_ENCODING", `octet ${frame.end}: expected the end of the frame`);
  return parseRecords(frame.records);
}

/** Reads the records of a frame; those absent from the right are empty. `lenient` is for foreign files. ERR_ENCODING, ERR_SCHEMA. */
export function parseRecords(records: readonly Uint8Array[], options: { readonly lenient?: boolean } = {}): SequenceFrame {
  const [headerOctets = empty, body = empty, trailerOctets = empty] = records;
  return parseFrame({ headerOctets, body, trailerOctets }, options);
}

/** A frame that came as an envelope, as in a Download; its octets are kept. ERR_SCHEMA without an Index. */
export function frameOf(envelope: DareEnvelope): SequenceFrame {
  const index = envelope.header.SequenceInfo?.Index;
  if (index === undefined || index < 0) throw new MeshError("ERR_SCHEMA", "DareHeader.SequenceInfo.Index: expected an index");
  return { ...envelope, trailerOctets: envelope.trailerOctets ?? empty, index, isMeta: envelope.header.SequenceInfo?.IsMeta === true };
}

/** Reads header and trailer of a frame. ERR_ENCODING, ERR_SCHEMA. */
export function parseFrame(octets: FrameOctets, options: { readonly lenient?: boolean } = {}): SequenceFrame {
  const { headerOctets, body, trailerOctets } = octets;
  const header = DareHeader.decode(parseJson(headerOctets, options), "DareHeader");
  const trailer = trailerOctets.length === 0 ? undefined : DareTrailer.decode(parseJson(trailerOctets, options), "DareTrailer");
  return frameOf({ header, headerOctets, body, ...(trailer && { trailer }), trailerOctets });
}

/** Checks a frame by itself: the payload digest over the body as carried. Returns the digest. ERR_VERIFICATION. */
export function checkPayloadDigest(frame: SequenceFrame): Uint8Array {
  const digest = sha512(frame.body);
  const stated = eitherMember(frame, "PayloadDigest");
  if (stated === undefined || !equalBytes(stated, digest)) throw verificationError(`frame ${frame.index}`);
  return digest;
}

/** The tree digest that a frame states; ERR_VERIFICATION when it states none. */
export function statedTreeDigest(frame: SequenceFrame): Uint8Array {
  const stated = eitherMember(frame, "TreeDigest");
  if (stated?.length !== 64) throw verificationError(`frame ${frame.index}`);
  return stated;
}

/**
 * Checks that a frame is the next one: its Index, payload digest and tree digest. Adds it to the frontier and returns it with its
 * digests. ERR_CONFLICT for another Index, ERR_VERIFICATION for anything else; the frontier is then unchanged.
 */
export function checkFrame(frame: SequenceFrame, frontier: TreeFrontier): EncodedFrame {
  if (frame.index !== frontier.count) throw new MeshError("ERR_CONFLICT", `frame of index ${frame.index}, the next one is ${frontier.count}`);
  if (frame.index === 0) checkFirstFrame(frame);
  const payloadDigest = checkPayloadDigest(frame);
  const treeDigest = frontier.next(payloadDigest);
  if (!equalBytes(statedTreeDigest(frame), treeDigest)) throw verificationError(`frame ${frame.index}`);
  frontier.push(treeDigest);
  const { headerOctets, body, trailerOctets } = frame;
  return { headerOctets, body, trailerOctets, payloadDigest, treeDigest };
}

function checkFirstFrame(frame: SequenceFrame): void {
  const { DataEncoding, ContainerType } = frame.header.SequenceInfo ?? {};
  if (DataEncoding !== "JSON" || ContainerType !== "Merkle") {
    throw new MeshError("ERR_SCHEMA", `sequence of type ${ContainerType ?? "unknown"} in ${DataEncoding ?? "unknown"}: expected Merkle in JSON`);
  }
}

const empty = new Uint8Array();
