/** Files that the reference implementation wrote from 2018 to 2023: read, listed and extracted on request, refused without. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { isMeshError } from "../../src/base/errors.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import type { Datum } from "../../src/codec/index.ts";
import { decodeBase64url, encodeBase64url, encodeJson, parseJson, writeFrame } from "../../src/codec/index.ts";
import { generatePrivateKey, sha512 } from "../../src/crypto/index.ts";
import { containerTypes, LegacyCatalog, SequenceFile, SequenceReader, sealEnvelope, withSequenceReader } from "../../src/dare/index.ts";
import { presentHeader } from "../../src/dare/sequence/legacy-header.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../harness/suite.ts";

interface Entry {
  readonly id: string;
  readonly kind: string;
  readonly input: { readonly file: string };
  readonly expected: {
    readonly frames: readonly { readonly payloadSha512: string; readonly payloadText?: string }[];
    readonly catalog?: readonly string[];
  };
}

const vectors: readonly Entry[] = JSON.parse(readFileSync(packagePath("test/vectors/revisions/dare.json"), "utf8")).vectors;
const fileOf = (id: string): Uint8Array => decodeBase64url(vectors.find((vector) => vector.id === id)!.input.file)!;
const legacy = { legacy: true };

async function catalogOf(octets: Uint8Array, held = {}): Promise<LegacyCatalog> {
  return LegacyCatalog.read(await SequenceReader.open(octets, legacy), held);
}

const frame = (header: unknown, body = "", trailer?: unknown): Uint8Array =>
  writeFrame([header, body, trailer].filter((part) => part !== undefined).map((part, i) => (i === 1 ? utf8(body) : encodeJson(part as Datum))));

describe("legacy sequences", (it) => {
  for (const { id, input, expected } of vectors.filter(({ kind }) => kind === "sequence-read")) {
    it(`${id}: read in both directions and listed, in legacy mode alone`, async () => {
      const octets = decodeBase64url(input.file)!;
      const reader = await SequenceReader.open(octets, legacy);
      const digests: string[] = [];
      for await (const {
        frame: { body, index },
      } of reader.frames()) {
        assert.is(index, digests.length);
        digests.push(encodeBase64url(sha512(body)));
      }
      assert.equal(
        digests,
        expected.frames.map(({ payloadSha512 }) => payloadSha512),
      );
      const backward: string[] = [];
      for await (const {
        frame: { body },
      } of reader.framesBackward())
        backward.unshift(encodeBase64url(sha512(body)));
      assert.equal(backward, digests);
      for (const [i, digest] of digests.entries()) assert.is(encodeBase64url(sha512((await reader.read(i)).frame.body)), digest);
      await throwsMesh(reader.read(digests.length), "ERR_NOT_FOUND");
      assert.not.equal((await reader.verify()).evidence, "chained");
      assert.equal(await reader.survey(), { frames: digests.length, validLength: octets.length, damage: "none" });

      const catalog = await LegacyCatalog.read(reader);
      assert.equal(catalog.ids, expected.catalog ?? []);
      for await (const { payload, index } of catalog.list()) {
        assert.is(encodeBase64url(sha512(payload)), expected.frames[index]!.payloadSha512);
        const text = expected.frames[index]!.payloadText;
        if (text !== undefined) assert.is(fromUtf8(payload), text);
      }

      const path = join(tempDirectory(), "old.dcon");
      writeFileSync(path, octets);
      // A list of 2023 without wrapped text is one of dare-12.
      if (id !== "file-2023-test1enc") {
        const strict = await withSequenceReader({ path }, (other) => other.verify()).catch((error: unknown) => error);
        assert.ok(isMeshError(strict), id);
        await throwsMesh(SequenceFile.open({ path, containerType: "any" }), "ERR_STORE_DAMAGED");
      }
      assert.equal(new Uint8Array(readFileSync(path)), octets, "nothing is written");
    });
  }

  it("extracts an archive with updates and deletes", async () => {
    const catalog = await catalogOf(fileOf("file-2023-sequence.dcon"));
    const directory = tempDirectory();
    assert.equal(await catalog.extractAll(directory), ["TestFile1.txt", "TestFile3.txt"]);
    assert.equal(readdirSync(directory).sort(), ["TestFile1.txt", "TestFile3.txt"]);
    assert.is(readFileSync(join(directory, "TestFile3.txt"), "utf8"), "This is a test 3");
    assert.is(await catalog.get("TestFile2.txt"), undefined);
    await throwsMesh((await catalogOf(fileOf("file-work-testbasicbookmark"))).extractAll(tempDirectory()), "ERR_NAME");
  });

  it("judges torn and damaged files of every length and at every place of a digest", async () => {
    const octets = fileOf("file-test1chain");
    const survey = async (changed: Uint8Array) => (await SequenceReader.open(changed, legacy)).survey();
    for (const [length, frames, validLength] of [
      [1408, 2, 864],
      [1409, 3, 1409],
      [865, 2, 864],
      [octets.length - 1, 3, 1409],
    ] as const) {
      assert.equal(await survey(octets.subarray(0, length)), { frames, validLength, damage: length === validLength ? "none" : "torn" });
    }
    for (const at of [400, 700, 1300]) {
      const changed = octets.slice();
      changed[at]! ^= 1;
      assert.is((await survey(changed)).damage, "corrupt", String(at));
    }
    const last = octets.slice();
    last[1500]! ^= 1;
    assert.equal(await survey(last), { frames: 3, validLength: 1409, damage: "torn" });
  });

  it("takes frames without Index, digests or trailer for corruption's sake as frames", async () => {
    const octets = fileOf("file-work-testbasicbookmark");
    const changed = octets.slice();
    changed[351] = 0x5b;
    assert.equal(await (await SequenceReader.open(changed, legacy)).survey(), { frames: 1, validLength: 345, damage: "corrupt" });
  });

  for (const type of containerTypes) {
    it(`${type}: the layouts of 2018, 2019, 2020 and 2021 say the same`, async () => {
      const info = { DataEncoding: "JSON", ContainerType: type, Index: 0 };
      const encoded = (meta: unknown) => encodeBase64url(encodeJson(meta as Datum));
      const layouts = [
        [
          { ...info, ContentMeta: { cty: "x" } },
          { UniqueID: "a", Event: "New", First: 0 },
          { UniqueID: "a", Event: "Delete" },
        ],
        [
          { ...info, ContentType: "x" },
          { Index: 1, ContentMeta: { UniqueId: "a", Event: "New", First: 0 } },
          { Index: 2, ContentMeta: { UniqueID: "a", Event: "Delete" } },
        ],
        [
          { ContainerInfo: info, ContentInfoData: encoded({ ContentType: "x" }) },
          { ContainerInfo: { Index: 1 }, ContentMetaData: encoded({ UniqueID: "a", Event: "New", First: 0 }) },
          { ContainerInfo: { Index: 2 }, ContentMetaData: encoded({ UniqueId: "a", Event: "Delete" }) },
        ],
        [
          { SequenceInfo: info, ContentMetaData: encoded({ cty: "x" }) },
          { SequenceInfo: { Index: 1 }, ContentMetaData: encoded({ UniqueId: "a", Event: "New", First: 0 }) },
          { SequenceInfo: { Index: 2 }, ContentMetaData: encoded({ UniqueId: "a", Event: "Delete" }) },
        ],
      ] as const;
      for (const [first, added, deleted] of layouts) {
        const head = [frame(first), frame(added, "payload", {})];
        const file = (parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
        const catalog = await catalogOf(file(head));
        assert.equal(catalog.ids, ["a"]);
        assert.is(fromUtf8((await catalog.get("a"))!.payload), "payload");
        assert.equal((await catalogOf(file([...head, writeFrame([encodeJson(deleted as unknown as Datum)])]))).ids, []);
        const reader = await SequenceReader.open(file(head), legacy);
        assert.is(reader.containerType, type);
        assert.is((await reader.verify()).evidence, "none");
        assert.equal({ ...(await catalog.get("a"))!.contentMeta }, { UniqueId: "a", Event: "New", First: 0 });
      }
    });
  }

  it("opens encrypted frames, also under a name that was given up; lists those that nobody opens", async () => {
    for (const curve of ["X25519", "X448", "Ed25519", "Ed448"] as const) {
      const key = generatePrivateKey(curve, random);
      const sealed = sealEnvelope({ plaintext: utf8("secret"), recipients: [key.public], random });
      const old = { ...(parseJson(sealed.headerOctets) as object), UniqueID: "a", Event: "New" } as Record<string, Datum>;
      const [recipient] = old.recipients as Record<string, Datum>[];
      for (const kid of [key.public.udf, "MBDO-PGWO-X7NU-45ED-27WY-RS4K-7HMK"]) {
        const header = encodeJson({ ...old, recipients: [{ ...recipient, kid }] });
        const octets = new Uint8Array(
          Buffer.concat([frame({ Index: 0, ContainerType: "List", DataEncoding: "JSON" }), writeFrame([header, sealed.body])]),
        );
        assert.is(fromUtf8((await (await catalogOf(octets, { keys: [key] })).get("a"))!.payload), "secret");
        await throwsMesh((await catalogOf(octets)).get("a"), "ERR_VERIFICATION");
      }
    }
    const foreign = {
      UniqueID: "a",
      Event: "New",
      enc: "A256CBC",
      Salt: "AAAA",
      recipients: [{ kid: "M", epk: { PublicKeyDH: { Public: "AAAA" } }, wmk: "AAAA" }],
    };
    const early = { UniqueID: "b", Event: "New", IV: "AAAA", Protected: "AAAA", Recipients: [{ Header: {} }] };
    const octets = new Uint8Array(
      Buffer.concat([frame({ Index: 0, ContainerType: "List", DataEncoding: "JSON" }), frame(foreign, "x"), frame(early, "x")]),
    );
    const catalog = await catalogOf(octets, { symmetricKey: new Uint8Array(32) });
    assert.equal(catalog.ids, ["a", "b"]);
    await throwsMesh(catalog.get("a"), "ERR_VERIFICATION");
    await throwsMesh(catalog.get("b"), "ERR_SCHEMA");
  });

  it("refuses a member that older and present names give different values, and keeps what is unknown", () => {
    assert.equal(presentHeader({ Index: 1, SequenceInfo: { Index: 1 }, Other: "x" }), { Other: "x", SequenceInfo: { Index: 1 } });
    for (const header of [
      { Index: 1, SequenceInfo: { Index: 2 } },
      { UniqueID: "a", UniqueId: "b" },
      { EnvelopeID: "a", EnvelopeId: "b" },
      { ContentMeta: { cty: "a" }, ContentType: "b" },
    ]) {
      assert.throws(
        () => presentHeader(header),
        (error: { code: string }) => error.code === "ERR_SCHEMA",
      );
    }
  });

  it("opened to be written, a file of another revision is refused whole, not cut off as a torn write", async () => {
    for (const id of ["file-test1chain", "file-test1sign", "file-2023-sequence.dcon", "file-work-testbasicbookmark", "file-scratch-testbasic"]) {
      const octets = fileOf(id);
      const { end } = (await (await SequenceReader.open(octets, legacy)).frames().next()).value!;
      for (const length of [octets.length, end]) {
        const path = join(tempDirectory(), "old.dcon");
        writeFileSync(path, octets.subarray(0, length));
        await throwsMesh(SequenceFile.open({ path, containerType: "any" }), "ERR_STORE_DAMAGED");
        assert.equal(new Uint8Array(readFileSync(path)), octets.slice(0, length), `${id} ${length}`);
      }
    }
  });

  it("refuses events that follow from nothing, another Index, and a type that is none", async () => {
    const first = frame({ Index: 0, ContainerType: "List", DataEncoding: "JSON" });
    const file = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat([first, ...parts]));
    await throwsMesh(catalogOf(file(frame({ UniqueID: "a", Event: "Delete" }))), "ERR_NOT_FOUND");
    await throwsMesh(catalogOf(file(frame({ UniqueID: "a", Event: "new" }))), "ERR_SCHEMA");
    await throwsMesh(catalogOf(file(frame({ Index: 2 }))), "ERR_CONFLICT");
    await throwsMesh(SequenceReader.open(frame({ Index: 0, ContainerType: "Heap" }), legacy), "ERR_SCHEMA");
    await throwsMesh(SequenceReader.open(frame({ Index: 1, ContainerType: "List" }), legacy), "ERR_CONFLICT");
    await throwsMesh(SequenceReader.open(frame({ Index: 0, ContainerType: "List", DataEncoding: "JSON-B" }), legacy), "ERR_SCHEMA");
  });
});
