/**
 * Frames of sequences that the reference implementation wrote from 2018 to 2023, read on request. Frame 0 may be a single record, data
 * frames may state neither Index nor digests, trailers may be missing or empty, text may be wrapped inside strings. Digests chain nothing
 * (legacy.ts), so a frame proves at most that its own payload is undamaged. Never written.
 */
import { verificationError } from "../../base/errors.ts";
import { parseJson } from "../../codec/index.ts";
import { DareHeader, DareTrailer } from "../header.ts";
import { eitherMember } from "../signature.ts";
import { type ContainerType, containerTypeOf } from "./container-type.ts";
import type { SequenceFrame } from "./frame.ts";
import { payloadDigestOf } from "./frame.ts";
import { partsOf } from "./frame-octets.ts";
import { legacyRounds } from "./legacy.ts";
import { presentHeader } from "./legacy-header.ts";

/** Reads the records of a frame that stands at `place`, which is its index where it states none. ERR_ENCODING, ERR_SCHEMA. */
export function parseLegacyRecords(records: readonly Uint8Array[], place: number): SequenceFrame {
  const { headerOctets, body, trailerOctets } = partsOf(records);
  const lenient = true;
  const header = DareHeader.decode(presentHeader(parseJson(headerOctets, { lenient })), "DareHeader");
  const trailer = trailerOctets.length === 0 ? undefined : DareTrailer.decode(parseJson(trailerOctets, { lenient }), "DareTrailer");
  const { Index: index = place, IsMeta: isMeta = false } = header.SequenceInfo ?? {};
  return { header, headerOctets, body, ...(trailer && { trailer }), trailerOctets, index, isMeta };
}

/** The type that frame 0 names, or that its digests show where it names none. ERR_SCHEMA for a word that is no type. */
export function legacyTypeOf(first: SequenceFrame): ContainerType {
  const { ContainerType: name } = first.header.SequenceInfo ?? {};
  if (name !== undefined) return containerTypeOf(name);
  if (eitherMember(first, "TreeDigest")) return "Merkle";
  if (eitherMember(first, "ChainDigest")) return "Chain";
  return eitherMember(first, "PayloadDigest") ? "Digest" : "List";
}

/**
 * Rounds of the chain or tree digest that a frame states; nothing when it states none. ERR_VERIFICATION when its payload or digest is not
 * what the reference writes.
 */
export function checkLegacyFrame(frame: SequenceFrame): number[] {
  const payloadDigest = payloadDigestOf(frame);
  const kind = eitherMember(frame, "TreeDigest") ? "TreeDigest" : "ChainDigest";
  const stated = eitherMember(frame, kind);
  if (stated === undefined) return [];
  const rounds = legacyRounds({ index: frame.index, payloadDigest, stated, kind });
  if (rounds === undefined) throw verificationError(`frame ${frame.index}`);
  return [rounds];
}
