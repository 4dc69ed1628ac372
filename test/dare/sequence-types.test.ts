/** The five types of sequence, in files and in the reader; recognition of our own layout; legacy files. */
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { equalBytes, toHex, utf8 } from "../../src/base/bytes.ts";
import { isMeshError } from "../../src/base/errors.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import { decodeBase64url, encodeBase64url, encodeJson, parseJson } from "../../src/codec/index.ts";
import { sha512 } from "../../src/crypto/hash.ts";
import { generatePrivateKey } from "../../src/crypto/key.ts";
import type { ContainerType, EncodedFrame } from "../../src/dare/index.ts";
import * as dare from "../../src/dare/index.ts";
import { recogniseFrame } from "../../src/dare/sequence/own-layout.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../harness/suite.ts";

const { SequenceFile, SequenceReader, TreeFrontier } = dare;

async function opened(path: string, options: Partial<dare.OpenSequenceOptions> = {}): Promise<dare.SequenceFile> {
  const file = await SequenceFile.open({ path, containerType: "any", ...options });
  onCleanup(() => file.close());
  return file;
}

function makeFrames(containerType: ContainerType, count: number): EncodedFrame[] {
  const frontier = new TreeFrontier(0, [], { containerType });
  const first = dare.firstFrame({ contentType: "text/plain", containerType });
  frontier.push(first.treeDigest, first.chainDigest);
  const frames = [first];
  for (let i = 1; i < count; i++) frames.push(dare.sealNext(frontier, { payload: utf8(`payload ${i}`), random }));
  return frames;
}

async function written(containerType: ContainerType, count: number): Promise<string> {
  const path = join(tempDirectory(), `${containerType}.dseq`);
  const file = await SequenceFile.open({ path, create: true, containerType });
  await file.append(makeFrames(containerType, count));
  await file.close();
  return path;
}

const members = (octets: Uint8Array): string[] => (octets.length === 0 ? [] : Object.keys(parseJson(octets) as object));

describe("sequence types", (it) => {
  it("state the digests of their type and no others", () => {
    const wanted: Record<ContainerType, string[]> = {
      List: [],
      Digest: ["PayloadDigest"],
      Chain: ["PayloadDigest", "ChainDigest"],
      Tree: [],
      Merkle: ["PayloadDigest", "TreeDigest"],
    };
    for (const type of dare.containerTypes) {
      for (const frame of makeFrames(type, 4)) {
        assert.equal(members(frame.trailerOctets), wanted[type], type);
        assert.is(members(frame.headerOctets).includes("dig"), wanted[type].length > 0);
      }
    }
  });

  for (const type of dare.containerTypes) {
    it(`${type}: append, open again, read, roll back, verify`, async () => {
      const path = await written(type, 21);
      for (const hasSidecar of [true, false]) {
        if (!hasSidecar) rmSync(`${path}.idx`);
        const file = await opened(path);
        assert.is(file.containerType, type);
        assert.is(file.count, hasSidecar ? 21 : 22);
        await file.verify();
        assert.is(Buffer.from((await file.read(13)).body).toString(), "payload 13");
        const frontier = file.frontier();
        await file.append([dare.sealNext(frontier, { payload: utf8("more"), random })]);
        await file.close();
      }
      const file = await opened(path);
      const before = file.lastTreeDigest;
      await file.truncateTo(17);
      const again = makeFrames(type, 17);
      assert.equal(file.lastTreeDigest, again[16]!.treeDigest);
      await file.append([dare.sealNext(file.frontier(), { payload: utf8("other"), random })]);
      await file.verify();
      assert.not.equal(file.lastTreeDigest, before);
      await throwsMesh(SequenceFile.open({ path, containerType: type === "List" ? "Merkle" : "List" }), "ERR_STORE_DAMAGED");
      const reader = await SequenceReader.open(new Uint8Array(readFileSync(path)));
      const report = await reader.verify();
      assert.is(report.frames, 18);
      assert.is(report.evidence, type === "Chain" || type === "Merkle" ? "chained" : type === "Digest" ? "unchained" : "none");
      const backward: number[] = [];
      for await (const { frame } of reader.framesBackward()) backward.push(frame.index);
      assert.equal(
        backward,
        Array.from({ length: 18 }, (_, i) => 17 - i),
      );
      for (const index of [0, 5, 17]) assert.is((await reader.read(index)).frame.index, index);
      for (const index of [18, -1, 0.5]) await throwsMesh(reader.read(index), "ERR_NOT_FOUND");
    });
  }

  it("refuses a chain or tree in which a payload was exchanged with its digest", async () => {
    for (const type of ["Chain", "Merkle"] as const) {
      const frames = makeFrames(type, 9);
      const other = makeFrames(type, 9).map((frame, i) => (i === 4 ? { ...frame, body: utf8("forgery!!") } : frame));
      const digest = encodeBase64url(sha512(other[4]!.body));
      const text = Buffer.from(other[4]!.trailerOctets)
        .toString()
        .replace(/("PayloadDigest":")[^"]*/, `$1${digest}`);
      other[4] = { ...other[4]!, trailerOctets: utf8(text) };
      const octets = Buffer.concat(other.map(dare.encodeFrame));
      await throwsMesh((await SequenceReader.open(new Uint8Array(octets))).verify(), "ERR_VERIFICATION");
      await (await SequenceReader.open(new Uint8Array(Buffer.concat(frames.map(dare.encodeFrame))))).verify();
      const moved = [...frames.slice(0, 4), frames[5]!, frames[4]!, ...frames.slice(6)];
      await throwsMesh((await SequenceReader.open(new Uint8Array(Buffer.concat(moved.map(dare.encodeFrame))))).verify(), "ERR_CONFLICT");
    }
  });

  it("finds frames by TreePosition without reading what is between, and by neighbours where positions lie", async () => {
    const frontier = new TreeFrontier();
    const offsets: number[] = [];
    const parts: Uint8Array[] = [];
    let length = 0;
    for (let i = 0; i < 200; i++) {
      const treePosition = i === 0 ? undefined : i % 50 === 7 ? 3 : offsets[dare.previousFrame(i)];
      const frame =
        i === 0
          ? dare.firstFrame({ contentType: "x" })
          : dare.sealFrame({
              index: i,
              lookup: frontier.lookup,
              payload: utf8(`p${i}`),
              random,
              ...(treePosition !== undefined && { treePosition }),
            });
      frontier.push(frame.treeDigest);
      offsets.push(length);
      parts.push(dare.encodeFrame(frame));
      length += parts.at(-1)!.length;
    }
    const octets = new Uint8Array(Buffer.concat(parts));
    let reads = 0;
    const read = async (at: number, n: number) => {
      reads++;
      return octets.slice(at, at + n);
    };
    const reader = await SequenceReader.open({ size: octets.length, read });
    for (const index of [0, 3, 7, 56, 57, 107, 128, 199]) {
      reads = 0;
      const { frame, start } = await reader.read(index);
      assert.is(frame.index, index);
      assert.is(start, offsets[index]);
      assert.ok(reads < 120, `${reads} reads for ${index}`);
    }
  });

  it("recognises only what the parser reads in the same way", () => {
    const signer = generatePrivateKey("Ed25519", random);
    const exchange = dare.newExchange({ symmetricKey: random.bytes(32), random });
    const digests = { lookup: () => random.bytes(64), random };
    const octets = fc.uint8Array({ maxLength: 40 });
    const frame = fc
      .record({
        index: fc.nat(1 << 20),
        payload: octets,
        meta: fc.boolean(),
        sealed: fc.boolean(),
        signed: fc.boolean(),
        id: fc.oneof(fc.constantFrom("", "MBQA-7", "a_b"), fc.string({ maxLength: 6 })),
      })
      .map(({ index, payload, meta, sealed, signed, id }) =>
        dare.sealFrame({
          ...digests,
          index: index + 1,
          payload,
          isMeta: meta,
          ...(id !== "" && { envelopeId: id }),
          ...(sealed && { exchange, exchangePosition: 0, cloakedMeta: { Filename: id } }),
          ...(signed && { signer }),
          contentMeta: { UniqueId: id },
        }),
      );
    let recognised = 0;
    const check = (made: dare.FrameOctets): void => {
      const found = recogniseFrame(made);
      if (found === undefined) return;
      recognised++;
      const parsed = dare.parseFrame(made);
      assert.is(parsed.index, found.index);
      assert.is(encodeBase64url(parsed.trailer!.PayloadDigest!), found.payloadDigest);
      assert.is(encodeBase64url(parsed.trailer!.TreeDigest!), found.treeDigest);
      assert.is(parsed.header.PayloadDigest, undefined);
      assert.equal(encodeJson(dare.DareHeader.encode(parsed.header)), made.headerOctets);
    };
    fc.assert(
      fc.property(frame, fc.nat(), fc.integer({ min: 0x20, max: 0x7f }), fc.boolean(), (made, place, octet, inHeader) => {
        check(made);
        const name = inHeader ? "headerOctets" : "trailerOctets";
        const changed = made[name].slice();
        changed[place % changed.length] = octet;
        check({ ...made, [name]: changed });
        assert.equal(encodeJson(dare.DareHeader.encode(dare.parseFrame(made).header)), made.headerOctets);
      }),
      { numRuns: 400 },
    );
    assert.ok(recognised > 250, `${recognised} recognised`);
  });
});

interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly input: { readonly file: string };
  readonly expected: {
    readonly containerType: ContainerType;
    readonly frames: readonly {
      readonly start: number;
      readonly records: readonly number[];
      readonly zeroLeftRounds?: number;
      readonly payloadSha512: string;
    }[];
  };
}
const { vectors } = JSON.parse(readFileSync("test/vectors/dare.json", "utf8")) as { vectors: readonly Vector[] };

describe("foreign sequences", (it) => {
  for (const { id, input, expected } of vectors.filter(({ kind }) => kind === "sequence-read")) {
    it(`${id}: legacy mode reads it and reports no chain`, async () => {
      const octets = decodeBase64url(input.file)!;
      const reader = await SequenceReader.open(octets, { legacy: true });
      const report = await reader.verify();
      const rounds = expected.frames.map((frame) => frame.zeroLeftRounds).filter((n) => n !== undefined);
      assert.equal(report.legacyRounds, rounds);
      assert.is(report.evidence, rounds.length > 0 ? "unchained" : report.evidence);
      assert.not.equal(report.evidence, "chained");
      let i = 0;
      for await (const { frame, start, records } of reader.frames()) {
        const wanted = expected.frames[i++]!;
        assert.equal(
          { start, records, sha512: encodeBase64url(sha512(frame.body)) },
          { start: wanted.start, records: wanted.records, sha512: wanted.payloadSha512 },
        );
      }
      assert.is((await reader.last()).frame.index, expected.frames.length - 1);
      if (rounds.length > 0 && expected.frames.length > 1) {
        const strict = await SequenceReader.open(octets, {})
          .then((other) => other.verify())
          .catch((error: unknown) => error);
        assert.ok(isMeshError(strict), toHex(octets.subarray(0, 8)));
        const path = join(tempDirectory(), "x.dseq");
        writeFileSync(path, octets);
        await throwsMesh(SequenceFile.open({ path, containerType: "any" }), "ERR_STORE_DAMAGED");
        assert.equal(new Uint8Array(readFileSync(path)), octets);
        assert.is((await dare.withSequenceReader({ path, legacy: true }, (other) => other.survey())).damage, "none");
        appendFileSync(path, Uint8Array.of(0xf4, 9, 1));
        assert.is((await dare.withSequenceReader({ path, legacy: true }, (other) => other.survey())).damage, "torn");
      }
    });
  }

  it("refuses a digest that the reference does not write", async () => {
    const vector = vectors.find(({ id }) => id === "12-merkle")!;
    const octets = decodeBase64url(vector.input.file)!;
    const text = Buffer.from(octets).toString("latin1");
    const at = text.indexOf('TreeDigest": "', 700) + 20;
    const changed = octets.slice();
    changed[at] = changed[at] === 0x41 ? 0x42 : 0x41;
    await throwsMesh((await SequenceReader.open(changed, { legacy: true })).verify(), "ERR_VERIFICATION");
    await throwsMesh(
      dare.withSequenceReader({ path: join(tempDirectory(), "none") }, async () => 0),
      "ERR_NOT_FOUND",
    );
    for (const bad of [new Uint8Array(), Uint8Array.of(0xf4), utf8("{}")]) await throwsMesh(SequenceReader.open(bad), "ERR_ENCODING");
    assert.not(equalBytes(changed, octets));
  });
});
