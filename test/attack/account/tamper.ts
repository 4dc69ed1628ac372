/** What a service can do to the frames in its files: edit header, body and trailer, and make all digests fit again, which need no secret. */
import { concat, utf8 } from "../../../src/base/bytes.ts";
import { encodeBase64url } from "../../../src/codec/index.ts";
import { sha512 } from "../../../src/crypto/index.ts";
import type { ContentMeta, DareEnvelope } from "../../../src/dare/index.ts";
import { decodeContentMeta, encodeContentMeta, frameOf, parseFrame, TreeFrontier } from "../../../src/dare/index.ts";

type Json = Record<string, unknown>;

function jsonOf(octets: Uint8Array | undefined): Json {
  return octets === undefined || octets.length === 0 ? {} : (JSON.parse(new TextDecoder().decode(octets)) as Json);
}

/** A frame with other members of its header, or another body. */
export function edited(frame: DareEnvelope, change: { readonly header?: Json; readonly body?: Uint8Array; readonly trailer?: Json }): DareEnvelope {
  const headerOctets = change.header ? utf8(JSON.stringify({ ...jsonOf(frame.headerOctets), ...change.header })) : frame.headerOctets;
  const trailerOctets = change.trailer
    ? utf8(JSON.stringify({ ...jsonOf(frame.trailerOctets), ...change.trailer }))
    : (frame.trailerOctets ?? new Uint8Array());
  return parseFrame({ headerOctets, body: change.body ?? frame.body, trailerOctets });
}

/** A frame with other content metadata. */
export function describedAs(frame: DareEnvelope, change: Partial<ContentMeta>): DareEnvelope {
  const meta = { ...decodeContentMeta(frame.header.ContentMetaData), ...change };
  return edited(frame, { header: { ContentMetaData: encodeBase64url(encodeContentMeta(meta)) } });
}

/** One bit of an octet string turned over. */
export function flipped(octets: Uint8Array, bit: number): Uint8Array {
  const at = bit >> 3;
  return concat(octets.subarray(0, at), Uint8Array.of((octets[at] ?? 0) ^ (1 << (bit & 7))), octets.subarray(at + 1));
}

/** A frame at another index. */
export function moved(frame: DareEnvelope, Index: number): DareEnvelope {
  return edited(frame, { header: { SequenceInfo: { ...(jsonOf(frame.headerOctets).SequenceInfo as Json), Index } } });
}

/** All frames from 0 on with digests that fit; apexes speak of the new tree, under the signature that they had. */
export function rehung(frames: readonly DareEnvelope[]): DareEnvelope[] {
  const frontier = new TreeFrontier();
  return frames.map((frame, index) => {
    let { body } = frame;
    if (frameOf(frame).isMeta && body.length > 0) {
      const { SequenceApex } = jsonOf(body) as { SequenceApex: Json };
      const covered = { ...SequenceApex, Index: index - 1, TreeDigest: encodeBase64url(frontier.last ?? new Uint8Array(64)) };
      body = utf8(JSON.stringify({ SequenceApex: covered }));
    }
    const payloadDigest = sha512(body);
    const treeDigest = frontier.next(payloadDigest);
    frontier.push(treeDigest);
    const trailer = { PayloadDigest: encodeBase64url(payloadDigest), TreeDigest: encodeBase64url(treeDigest) };
    return edited(frame, { body, trailer });
  });
}
