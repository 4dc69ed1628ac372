/**
 * Frames of a sequence (dare-12 §4), read and checked. Header and trailer are JSON objects and are kept as the octets they came in; the
 * body is raw. A frame has the shape of an envelope, so verifyEnvelope works on it.
 */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import { encodeBase64url, parseJson, readFrame } from "../../codec/index.ts";
import { publicSha512 as sha512 } from "../../crypto/incremental.ts";
import type { DareEnvelope } from "../envelope.ts";
import { DareHeader, DareTrailer } from "../header.ts";
import { eitherMember } from "../signature.ts";
import type { ContainerType } from "./container-type.ts";
import { containerTypeOf, rulesOf } from "./container-type.ts";
import type { EncodedFrame, FrameOctets } from "./frame-octets.ts";
import { partsOf, SealedFrame } from "./frame-octets.ts";
import { recogniseFrame } from "./own-layout.ts";
import type { TreeFrontier } from "./tree.ts";
import { chainDigest } from "./tree.ts";

/** A frame that was read; its digests are what it states, proven only by checkFrame. */
export interface SequenceFrame extends DareEnvelope {
  readonly trailerOctets: Uint8Array;
  readonly index: number;
  readonly isMeta: boolean;
}

/** Reads octets that are exactly one frame. ERR_ENCODING, ERR_SCHEMA. */
export function decodeFrame(octets: Uint8Array): SequenceFrame {
  const frame = readFrame(octets, 0);
  if (frame.end !== octets.length) throw new MeshError("ERR_ENCODING", `octet ${frame.end}: expected the end of the frame`);
  return parseRecords(frame.records);
}

/** Reads the records of a frame; those absent from the right are empty. `lenient` is for foreign files. ERR_ENCODING, ERR_SCHEMA. */
export function parseRecords(records: readonly Uint8Array[], options: { readonly lenient?: boolean } = {}): SequenceFrame {
  return parseFrame(partsOf(records), options);
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

/** True for a frame whose body was erased: its Salt gave way to a Malt, the digest stays as evidence (dare-12 §5). */
export function isRedacted(frame: SequenceFrame): boolean {
  return frame.header.Malt !== undefined && frame.header.Salt === undefined && frame.body.length === 0;
}

/**
 * Checks a frame by itself: the payload digest over the body as carried. Returns the digest; that of a redacted frame is the one it
 * states, which only the tree or chain digest can confirm. ERR_VERIFICATION, also when none is stated.
 */
export function checkPayloadDigest(frame: SequenceFrame): Uint8Array {
  const digest = payloadDigestOf(frame);
  if (eitherMember(frame, "PayloadDigest") === undefined) throw verificationError(`frame ${frame.index}`);
  return digest;
}

/** As checkPayloadDigest, for frames that need not state a digest. */
export function payloadDigestOf(frame: SequenceFrame): Uint8Array {
  const stated = eitherMember(frame, "PayloadDigest");
  if (stated !== undefined && stated.length === 64 && isRedacted(frame)) return stated;
  const digest = sha512(frame.body);
  if (stated !== undefined && !equalBytes(stated, digest)) throw verificationError(`frame ${frame.index}`);
  return digest;
}

/** The tree digest that a frame states; ERR_VERIFICATION when it states none. */
export function statedTreeDigest(frame: SequenceFrame): Uint8Array {
  return statedDigest(frame, "TreeDigest");
}

function statedDigest(frame: SequenceFrame, name: "TreeDigest" | "ChainDigest"): Uint8Array {
  const stated = eitherMember(frame, name);
  if (stated?.length !== 64) throw verificationError(`frame ${frame.index}`);
  return stated;
}

/**
 * Checks that a frame is the next one: its Index, and the digests that its type of sequence states. Adds it to the frontier and
 * returns it with its digests. ERR_CONFLICT for another Index, ERR_VERIFICATION for anything else; the frontier is then unchanged.
 */
export function checkFrame(frame: SequenceFrame, frontier: TreeFrontier): EncodedFrame {
  if (frame.index !== frontier.count) throw new MeshError("ERR_CONFLICT", `frame of index ${frame.index}, the next one is ${frontier.count}`);
  const rules = rulesOf(frame.index === 0 ? frontier.admit(firstFrameType(frame)) : (frontier.containerType ?? "Merkle"));
  const payloadDigest = rules.payloadDigest ? checkPayloadDigest(frame) : payloadDigestOf(frame);
  const treeDigest = frontier.next(payloadDigest);
  if (rules.treeDigest && !equalBytes(statedTreeDigest(frame), treeDigest)) throw verificationError(`frame ${frame.index}`);
  const chain = rules.chainDigest ? chainDigest(frontier.chain, payloadDigest) : undefined;
  if (chain !== undefined && !equalBytes(statedDigest(frame, "ChainDigest"), chain)) throw verificationError(`frame ${frame.index}`);
  frontier.push(treeDigest, chain);
  const { headerOctets, body, trailerOctets } = frame;
  return { headerOctets, body, trailerOctets, payloadDigest, treeDigest, ...(chain && { chainDigest: chain }) };
}

/** checkFrame for octets: the same result and errors, without parsing where the octets are in the layout that we write. */
export function checkOctets(octets: FrameOctets, frontier: TreeFrontier): EncodedFrame {
  if (octets instanceof SealedFrame && octets.index === frontier.count && frontier.containerType === "Merkle" && octets.index > 0) {
    // Its place in the tree is still to be checked: it may have been sealed for another history.
    const treeDigest = frontier.next(octets.payloadDigest);
    if (!equalBytes(treeDigest, octets.treeDigest)) throw verificationError(`frame ${octets.index}`);
    frontier.push(treeDigest);
    return octets;
  }
  const found = frontier.containerType === "Merkle" && frontier.count > 0 ? recogniseFrame(octets) : undefined;
  if (found?.index !== frontier.count) return checkFrame(parseFrame(octets), frontier);
  const { headerOctets, body, trailerOctets } = octets;
  const payloadDigest = sha512(body);
  const treeDigest = frontier.next(payloadDigest);
  // All of it is public: text may be compared as text.
  if (encodeBase64url(payloadDigest) !== found.payloadDigest || encodeBase64url(treeDigest) !== found.treeDigest) {
    throw verificationError(`frame ${found.index}`);
  }
  frontier.push(treeDigest);
  return { headerOctets, body, trailerOctets, payloadDigest, treeDigest };
}

function firstFrameType(frame: SequenceFrame): ContainerType {
  const { DataEncoding, ContainerType } = frame.header.SequenceInfo ?? {};
  if (DataEncoding !== "JSON") throw new MeshError("ERR_SCHEMA", `sequence in ${DataEncoding?.slice(0, 32) ?? "unknown"}: expected JSON`);
  return containerTypeOf(ContainerType);
}

const empty = new Uint8Array();
