/** Envelopes sealed and opened as streams: both forms, any cutting of the octets, hostile input, nothing released unverified, constant memory. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { concat, fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { isMeshError, MeshError } from "../../src/base/errors.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import { ByteReader, collectContainer, decodeJsonB, encodeJsonB, readLongItem, writeLongItem } from "../../src/codec/index.ts";
import { sha512 } from "../../src/crypto/hash.ts";
import type { Curve } from "../../src/crypto/key.ts";
import { generatePrivateKey } from "../../src/crypto/key.ts";
import * as dare from "../../src/dare/index.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../harness/suite.ts";

const curves: readonly Curve[] = ["X25519", "X448", "Ed25519", "Ed448"];
const keys = curves.map((curve) => generatePrivateKey(curve, random));
const signer = generatePrivateKey("Ed448", random);
const stranger = generatePrivateKey("Ed25519", random);
const symmetricKeys = [random.bytes(32), random.bytes(17)];
const all = { recipients: keys.map((key) => key.public), symmetricKeys, signers: [signer, stranger], random };

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const piece of source) parts.push(piece.slice());
  return concat(...parts);
}

/** The octets in pieces of the lengths given, over and over, in one buffer that is used again, as file streams do. */
async function* cut(octets: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < octets.length; i++) {
    const piece = octets.slice(at, at + Math.max(1, lengths[i % lengths.length] ?? 7));
    yield piece;
    at += piece.length;
    piece.fill(0);
  }
}
const once = (octets: Uint8Array) => cut(octets, [4096]);

describe("envelope streams", (it) => {
  for (const form of ["json", "binary"] as const) {
    it(`${form}: sealed in a stream, read whole and in a stream, by every recipient`, async () => {
      for (const length of [0, 1, 2, 3, 15, 16, 17, 65535, 65536, 200_000]) {
        const plaintext = random.bytes(length);
        const meta = {
          contentMeta: { cty: "text/plain" },
          cloakedMeta: { Filename: "film.mkv" },
          annotations: [utf8("From: alice"), utf8("To: bob")],
        };
        const octets = await collect(dare.sealStream({ ...all, ...meta, plaintext: cut(plaintext, [1, 40_000, 3]), form }));
        const envelope = dare.parseEnvelope(octets);
        assert.is(dare.verifyEnvelope(envelope, [signer.public]), signer.public);
        const holders = [...keys.map((key) => ({ keys: [key] })), ...symmetricKeys.map((symmetricKey) => ({ symmetricKey }))];
        for (const held of length < 20 ? holders : holders.slice(0, 1)) {
          const whole = dare.readEnvelope(envelope, held);
          assert.equal(whole.plaintext, plaintext);
          assert.equal(whole.annotations, meta.annotations);
          const streamed = await dare.openStream({ source: () => cut(octets, [1, 77, 5000]), signedBy: [signer.public], sealed: true, ...held });
          assert.equal(await collect(streamed.plaintext), plaintext);
          assert.is(streamed.signer, signer.public);
          assert.equal(streamed.annotations, meta.annotations);
          for (const found of [whole, streamed]) {
            assert.is(JSON.stringify([found.contentMeta, found.cloakedMeta]), JSON.stringify([meta.contentMeta, meta.cloakedMeta]));
          }
        }
      }
    });

    it(`${form}: neither signed nor encrypted, with and without a digest`, async () => {
      for (const digest of [false, true]) {
        const octets = await collect(dare.sealStream({ plaintext: [utf8("hello")], random, form, digest }));
        assert.is(dare.parseEnvelope(octets).trailer?.PayloadDigest !== undefined, digest);
        const { plaintext, contentMeta, annotations } = await dare.openStream({ source: () => once(octets) });
        assert.is(fromUtf8(await collect(plaintext)), "hello");
        assert.equal([contentMeta, annotations], [{}, []]);
        await throwsMesh(dare.openStream({ source: () => once(octets), sealed: true }), "ERR_VERIFICATION");
        await throwsMesh(dare.openStream({ source: () => once(octets), signedBy: [signer.public] }), "ERR_VERIFICATION");
      }
    });
  }

  it("reads what sealEnvelope makes, wrapped or bare, and encodes the same", async () => {
    const envelope = dare.sealEnvelope({ ...all, plaintext: utf8("whole"), annotations: [utf8("note")] });
    for (const octets of [
      dare.encodeEnvelope(envelope),
      dare.encodeEnvelopeB(envelope),
      concat(utf8(' { "DareEnvelope" : '), dare.encodeEnvelope(envelope), utf8(" } \n")),
    ]) {
      const opened = await dare.openStream({ source: () => once(octets), keys: [keys[1]!], signedBy: [signer.public] });
      assert.is(fromUtf8(await collect(opened.plaintext)), "whole");
      assert.is(fromUtf8(opened.annotations[0]!), "note");
    }
    const wrapped = utf8(`[{"dig":"S512"},"aGVs\n  bG8",{}]`);
    assert.is(fromUtf8(await collect((await dare.openStream({ source: () => once(wrapped), lenient: true })).plaintext)), "hello");
    await throwsMesh(dare.openStream({ source: () => once(wrapped) }), "ERR_ENCODING");
  });

  it("plain annotations, and refusals on sealing", async () => {
    const plain = dare.sealEnvelope({ plaintext: utf8("x"), annotations: [utf8("a"), utf8("b")], random });
    assert.equal(dare.readEnvelope(plain).annotations.map(fromUtf8), ["a", "b"]);
    assert.equal(
      plain.header.annotations!.map((eds) => dare.blockParts(eds)[0]![0]),
      [0, 1],
    );
    await throwsMesh(() => dare.sealEnvelope({ plaintext: utf8("x"), cloakedMeta: {}, random }), "ERR_KEY");
    await throwsMesh(() => dare.sealEnvelope({ plaintext: utf8("x"), recipients: [], random }), "ERR_KEY");
    await throwsMesh(() => dare.sealEnvelope({ plaintext: utf8("x"), annotations: Array(256).fill(utf8("x")), random }), "ERR_TOO_LARGE");
  });

  it("gives a file its name only when all of it was verified", async () => {
    const plaintext = random.bytes(300_000);
    const octets = await collect(dare.sealStream({ ...all, plaintext: [plaintext] }));
    const directory = tempDirectory();
    const path = join(directory, "film");
    const open = (source: Uint8Array, signedBy = [signer.public]) => dare.openToFile({ source: once(source), path, keys: [keys[0]!], signedBy });
    const flipped = octets.slice();
    flipped[150_000]! ^= 1;
    await throwsMesh(open(flipped), "ERR_VERIFICATION");
    await throwsMesh(open(octets.subarray(0, 290_000)), "ERR_ENCODING");
    await throwsMesh(open(octets, [keys[3]!.public]), "ERR_VERIFICATION");
    await throwsMesh(dare.openToFile({ source: once(octets), path, keys: [stranger], signedBy: [signer.public] }), "ERR_VERIFICATION");
    assert.equal(readdirSync(directory), []);
    // What a process that is gone left is removed, what a living one writes is left alone.
    const [gone, living] = [`${path}.4194999-1.part`, `${path}.1-1.part`];
    for (const part of [gone, living]) writeFileSync(part, "half");
    await open(octets);
    assert.equal(readdirSync(directory).sort(), ["film", basename(living)]);
    writeFileSync(path, "mine");
    await throwsMesh(open(octets), "ERR_EXISTS");
    assert.is(readFileSync(path, "utf8"), "mine");
    await dare.openToFile({ source: once(octets), path, keys: [keys[0]!], replace: true });
    assert.equal(new Uint8Array(readFileSync(path)), plaintext);
    const other = join(directory, "other");
    const opened = await dare.openToFile({ source: once(octets), path: other, keys: [keys[2]!], signedBy: [stranger.public] });
    assert.is(opened.signer, stranger.public);
    assert.equal(new Uint8Array(readFileSync(other)), plaintext);
    assert.is(statSync(other).mode & 0o777, 0o600);
    await throwsMesh(dare.openToFile({ source: once(octets), path: join(directory, "no", "where"), keys: [keys[2]!] }), "ERR_NOT_FOUND");
  });

  it("asks for keys by the header, once for each reading, and not for what is not encrypted", async () => {
    const plaintext = random.bytes(1000);
    const octets = await collect(dare.sealStream({ ...all, plaintext: [plaintext] }));
    let asked = 0;
    const keysFor = async ({ recipients = [] }: dare.DareHeader): Promise<dare.OpeningKeys> => {
      asked += 1;
      return { keys: keys.filter(({ public: { udf } }) => recipients.some(({ kid }) => kid === udf)) };
    };
    const path = join(tempDirectory(), "film");
    await dare.openToFile({ source: once(octets), path, keysFor, signedBy: [signer.public] });
    assert.is(asked, 1);
    assert.equal(new Uint8Array(readFileSync(path)), plaintext);
    const plain = await collect(dare.sealStream({ plaintext: [plaintext], random }));
    await dare.openToFile({ source: once(plain), path: `${path}.plain`, keysFor });
    assert.is(asked, 1);
  });

  it("judges the signatures of known keys, tells the others, and sees from outside what nobody has to open", async () => {
    const octets = await collect(dare.sealStream({ ...all, plaintext: [random.bytes(1000)] }));
    const keysFor = () => Promise.reject(new MeshError("ERR_KEY", "sealed to others"));
    const look = (known: readonly (typeof signer.public)[], source = octets) =>
      dare.verifyStream({ source: once(source), known, keysFor, outside: true });
    const isVerified = async (known: readonly (typeof signer.public)[]) => (await look(known)).signatures.map((found) => found.isVerified);
    assert.equal(await isVerified([]), [false, false]);
    assert.equal(await isVerified([stranger.public]), [false, true]);
    assert.is((await look([])).isOpened, false);
    assert.is((await dare.verifyStream({ source: once(octets), keys, outside: true })).isOpened, true);
    assert.equal((await look([])).digest, sha512(dare.parseEnvelope(octets).body));
    const text = Buffer.from(octets).toString("latin1");
    const spoilt = new Uint8Array(Buffer.from(text.replace(/"signature":"...../, '"signature":"AAAAA'), "latin1"));
    await throwsMesh(look([signer.public], spoilt), "ERR_VERIFICATION");
  });

  it("notices that the source changed between the two readings", async () => {
    const made = await Promise.all([0, 1].map(() => collect(dare.sealStream({ ...all, plaintext: [random.bytes(100_000)] }))));
    const flipped = made[0]!.slice();
    flipped[50_000]! ^= 1;
    for (const second of [made[1]!, flipped]) {
      let reading = 0;
      const source = () => once(reading++ === 0 ? made[0]! : second);
      const { plaintext } = await dare.openStream({ source, keys: [keys[0]!], signedBy: [signer.public] });
      await throwsMesh(collect(plaintext), "ERR_VERIFICATION");
    }
  });

  it("hostile input: cut, changed or random octets give MeshErrors, and what opens is what was sealed", async () => {
    const plaintext = utf8("the payload, long enough for some blocks of the cipher");
    const made = await Promise.all((["json", "binary"] as const).map((form) => collect(dare.sealStream({ ...all, plaintext: [plaintext], form }))));
    const changed = fc
      .record({
        which: fc.nat(1),
        at: fc.nat(),
        octet: fc.nat(255),
        end: fc.option(fc.nat()),
        lengths: fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1 }),
      })
      .map(({ which, at, octet, end, lengths }) => {
        const octets = made[which]!.slice(0, end === null ? undefined : end % made[which]!.length);
        if (octets.length > 0) octets[at % octets.length] = octet;
        return { octets, lengths };
      });
    const random256 = fc.record({ octets: fc.uint8Array({ maxLength: 256 }), lengths: fc.constant([3]) });
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 5, arbitrary: changed }, random256), async ({ octets, lengths }) => {
        try {
          const opened = await dare.openStream({ source: () => cut(octets, lengths), keys: [keys[0]!], signedBy: [signer.public], sealed: true });
          assert.equal(await collect(opened.plaintext), plaintext);
        } catch (error) {
          assert.ok(isMeshError(error), String(error));
        }
      }),
      { numRuns: 600 },
    );
  });

  it(
    "takes memory that does not grow with the body",
    async () => {
      const peak = async (size: number, ...rest: string[]): Promise<number> => {
        const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", "test/dare/streamer.mjs", "src", String(size), ...rest]);
        const { opened, maxRssMiB } = JSON.parse(stdout) as { opened: number; maxRssMiB: number };
        assert.is(opened, 16 * (1 + Math.floor(size / 16)));
        return maxRssMiB;
      };
      const base = await peak(1000);
      const grown = await peak(200_000_000, join(tempDirectory(), "film"));
      assert.ok(grown - base < 70, `${base} MiB for nothing, ${grown} MiB for 200 MB`);
    },
    { timeoutMs: 120_000 },
  );
});

describe("long items", (it) => {
  const read = async (octets: Uint8Array, kind: "data" | "text") => collect(readLongItem(new ByteReader(cut(octets, [1, 5])), { kind }));

  it("in chunks, as one item, as text, agree with the decoder of whole values", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 })), async (pieces) => {
        const source = async function* () {
          yield* pieces;
        };
        const chunked = await collect(writeLongItem(source(), { kind: "data" }));
        assert.equal(decodeJsonB(chunked), concat(...pieces));
        assert.equal(await read(chunked, "data"), concat(...pieces));
        assert.equal(await read(encodeJsonB(concat(...pieces)), "data"), concat(...pieces));
      }),
    );
    const text = "añ漢😀".repeat(50);
    const halves = async function* () {
      yield utf8(text).subarray(0, 101);
      yield utf8(text).subarray(101);
    };
    const chunked = await collect(writeLongItem(halves(), { kind: "text" }));
    assert.is(decodeJsonB(chunked), text);
    assert.is(fromUtf8(await read(chunked, "text")), text);
    assert.equal(sha512(await read(utf8('"aGVsbG8"'), "data")), sha512(utf8("hello")));
  });

  it("refuse the other class, cut runs, damaged text and base64url that is not canonical", async () => {
    const bad: readonly (readonly ["data" | "text", Uint8Array])[] = [
      ["data", Uint8Array.of(0x80, 1, 0x61)],
      ["text", Uint8Array.of(0x88, 1, 0x61)],
      ["text", utf8('"text"')],
      ["data", Uint8Array.of(0x8c, 1, 0x61, 0x80, 0)],
      ["data", Uint8Array.of(0x8c, 1, 0x61)],
      ["data", Uint8Array.of(0x88, 5, 0x61)],
      ["data", Uint8Array.of(0x8b, 0xff, 0, 0, 0, 0, 0, 0, 0)],
      ["text", Uint8Array.of(0x84, 1, 0xc3, 0x80, 0)],
      ["data", utf8('"aGVsbG9="')],
      ["data", utf8('"aGVsbG8')],
      ["data", utf8('"aGVsbG9"')],
      ["data", utf8('"aGVsb"')],
      ["data", utf8("{}")],
      ["data", new Uint8Array()],
    ];
    for (const [kind, octets] of bad) await throwsMesh(read(octets, kind), "ERR_ENCODING");
  });

  it("collects containers within the limit", async () => {
    const value = { a: [1, -70000, 1n << 70n, 1.5, true, null, "]}", utf8("x".repeat(300))], b: { c: '"\\"' } };
    const octets = encodeJsonB(value);
    const reader = new ByteReader(cut(concat(octets, utf8("rest")), [2]));
    assert.equal(await collectContainer(reader, 1000), octets);
    assert.is(reader.position, octets.length);
    await throwsMesh(collectContainer(new ByteReader(once(octets)), 200), "ERR_TOO_LARGE");
    await throwsMesh(collectContainer(new ByteReader(once(utf8("12"))), 200), "ERR_ENCODING");
    await throwsMesh(collectContainer(new ByteReader(once(concat(utf8("["), Uint8Array.of(0xc0, 1)))), 200), "ERR_ENCODING");
    await throwsMesh(collectContainer(new ByteReader(once(utf8("["))), 200), "ERR_ENCODING");
  });
});
