/** Sequences in dare.json: files of the reference read, torn and damaged files judged, tree and chain digests, key exchanges of frames. */
import { equalBytes, toHex, utf8 } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import type { Datum, DatumObject } from "../codec/index.ts";
import { encodeBase64url, isObject, parseJson } from "../codec/index.ts";
import { lengthWidth } from "../codec/jbcd/tags.ts";
import { privateKeyFromExport, sha512 } from "../crypto/index.ts";
import type { SequenceFrame } from "../dare/index.ts";
import {
  chainDigest,
  checkPayloadDigest,
  DareHeader,
  decodeContentMeta,
  eitherMember,
  exchangedSeed,
  LegacyCatalog,
  legacyRounds,
  parseLegacyRecords,
  presentMeta,
  previousFrame,
  SequenceReader,
  TreeFrontier,
} from "../dare/index.ts";
import { surveySequence } from "../dare/sequence/survey.ts";
import type { Checks, Members } from "./vector.ts";
import { made, within } from "./vector.ts";

interface FoundFrame {
  readonly start: number;
  /** Octets between the two lengths of the frame. */
  readonly length: number;
  readonly records: readonly number[];
  readonly frame: SequenceFrame;
}

/**
 * Reads a file of the reference, of any revision, whose digests chain nothing: indexes and payload digests are all that can be checked.
 * Digests are left to the report where a frame is to be described: 2019 states some that are not of the body.
 */
async function survey(file: Uint8Array, options: { readonly reported?: boolean } = {}) {
  const frames: FoundFrame[] = [];
  const source = { size: file.length, read: async (at: number, length: number) => file.slice(at, at + length) };
  const found = await surveySequence(source, {
    accept: ({ start, end, records }) => {
      const frame = parseLegacyRecords(records, frames.length);
      if (frame.index !== frames.length) throw new MeshError("ERR_CONFLICT", `frame of index ${frame.index} in the place of ${frames.length}`);
      if (!options.reported && eitherMember(frame, "PayloadDigest")) checkPayloadDigest(frame);
      const head = 1 + lengthWidth(file[start] ?? 0);
      frames.push({ start, length: end - start - 2 * head, records: records.map((record) => record.length), frame });
    },
  });
  return { ...found, frames };
}

/** How often the payload digest was hashed behind 64 zero octets to give the digest that the frame states: a fault of the reference. */
function zeroLeftRounds(frame: SequenceFrame): number | undefined {
  const kind = eitherMember(frame, "TreeDigest") ? "TreeDigest" : "ChainDigest";
  const stated = eitherMember(frame, kind);
  return stated && legacyRounds({ index: frame.index, payloadDigest: sha512(frame.body), stated, kind });
}

/** A frame in the terms of the file; members without a value are left out. */
function described({ start, length, records, frame }: FoundFrame): DatumObject {
  const statedDigest = eitherMember(frame, "PayloadDigest");
  return {
    start,
    length,
    records: [...records],
    index: frame.header.SequenceInfo?.Index,
    treePosition: frame.header.SequenceInfo?.TreePosition,
    payloadSha512: encodeBase64url(sha512(frame.body)),
    payloadDigestMatches: statedDigest && equalBytes(statedDigest, sha512(frame.body)),
    zeroLeftRounds: zeroLeftRounds(frame),
    contentMeta: decodeContentMeta(frame.header.ContentMetaData) as unknown as DatumObject,
    enc: frame.header.enc,
    hasRecipients: (frame.header.recipients ?? []).length > 0,
    payloadText: decodeText(frame.body),
  };
}

/** Text of a body; undefined when it is none. */
function decodeText(body: Uint8Array): string | undefined {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
  return equalBytes(utf8(text), body) ? text : undefined;
}

/** What the file states of a frame, its content metadata under present names. */
function statedFrame(frame: Datum): Datum {
  if (!isObject(frame) || !isObject(frame.contentMeta)) return frame;
  return { ...frame, contentMeta: presentMeta(frame.contentMeta) };
}

/** A catalog is a set: the entries that are in it, in the order of their names. */
const asSet = (ids: readonly string[]): string[] => [...ids].sort();

function digestsOf(input: Members): Uint8Array[] {
  return input.list("payloadDigests").map((text) => new Uint8Array(Buffer.from(String(text), "base64url")));
}

/** Kinds that are about sequences. */
export const sequenceChecks: Checks = {
  "sequence-read": async (vector) => {
    const file = vector.entry.members("input").base64("file");
    const found = await survey(file, { reported: true });
    if (found.reason) throw found.reason;
    for (const [i, { frame }] of found.frames.entries()) {
      const place = frame.header.SequenceInfo?.TreePosition;
      const neighbour = i === 0 ? undefined : found.frames[previousFrame(i)]?.start;
      if (place !== undefined && place !== neighbour) throw new MeshError("ERR_STORE_DAMAGED", `frame ${i} names another left neighbour`);
    }
    const type = found.frames[0]?.frame.header.SequenceInfo?.ContainerType;
    const expected = vector.entry.members("expected");
    const frames = expected.list("frames").map(statedFrame);
    const catalog = async () => (await LegacyCatalog.read(await SequenceReader.open(file, { legacy: true }))).ids;
    return {
      came: {
        containerType: type ?? null,
        frames: within(frames, found.frames.map(described)),
        ...(expected.has("catalog") && { catalog: asSet(await catalog()) }),
      },
      expected: { ...expected.value, frames, ...(expected.has("catalog") && { catalog: asSet(expected.texts("catalog")) }) },
    };
  },
  "sequence-recover": async (vector) => {
    const found = await survey(vector.entry.members("input").base64("file"));
    if (found.damage === "corrupt") throw new MeshError("ERR_STORE_DAMAGED", "valid frames follow the damage");
    return made(vector, { frames: found.frames.length, validLength: found.validLength });
  },
  "sequence-corrupt": async (vector) => {
    const { damage } = await survey(vector.entry.members("input").base64("file"));
    return made(vector, { error: damage === "corrupt" });
  },
  "sequence-decrypt": (vector) => {
    const input = vector.entry.members("input");
    const key = input.members("recipientPrivate");
    const keys = [privateKeyFromExport({ crv: key.text("crv"), Private: key.base64("Private") })];
    const seeds: Datum[] = [];
    for (const frame of input.each("frames")) {
      if (frame.has("exchangeFrame")) {
        seeds.push(seeds[frame.number("exchangeFrame")] ?? null);
        continue;
      }
      const header = DareHeader.decode(parseJson(frame.json("header")), "header");
      // Early revisions name the key by a fingerprint of a form that was given up.
      const recipients = header.recipients?.map((recipient) => ({ ...recipient, kid: undefined }));
      seeds.push(toHex(exchangedSeed({ ...header, recipients }, { keys })));
    }
    return made(vector, { baseSeeds: seeds });
  },
  "tree-position": (vector) => {
    const frames = vector.entry.members("input").list("frames");
    return made(vector, { previous: frames.map((index) => previousFrame(Number(index))) });
  },
  "tree-digest": (vector) => {
    const frontier = new TreeFrontier();
    const treeDigests = digestsOf(vector.entry.members("input")).map((digest) => {
      const next = frontier.next(digest);
      frontier.push(next);
      return encodeBase64url(next);
    });
    return made(vector, { treeDigests });
  },
  "chain-digest": (vector) => {
    let digest: Uint8Array | undefined;
    const chainDigests = digestsOf(vector.entry.members("input")).map((payload) => {
      digest = chainDigest(digest, payload);
      return encodeBase64url(digest);
    });
    return made(vector, { chainDigests });
  },
};
