/** The runner as users meet it: counts, lines, exit status; and the kinds that no file of ours holds yet. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toHex, utf8 } from "../../src/base/bytes.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { systemRandom } from "../../src/base/random.ts";
import { encodeBase64url } from "../../src/codec/index.ts";
import { runVectors } from "../../src/conformance/run-file.ts";
import {
  contentDigestUdf,
  encryptionUdf,
  generatePrivateKey,
  parseUdf,
  publicationId,
  serviceAuthenticate,
  serviceAuthenticator,
  sha512,
  symmetricKeyId,
} from "../../src/crypto/index.ts";
import { encodeEnvelope, encodeEnvelopeB, exchangedSeed, sealEnvelope } from "../../src/dare/index.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { nodeWords } from "../kit/node-words.ts";

const vectors = packagePath("test/vectors");

function conformance(...files: readonly string[]) {
  const run = spawnSync(process.execPath, [...nodeWords(packagePath("src/conformance/main.ts")), ...files], { encoding: "utf8" });
  return { status: run.status, lines: run.stdout.trimEnd().split("\n") };
}

const outcomesOf = (file: unknown) => runVectors(utf8(JSON.stringify(file)));

describe("conformance", (it) => {
  it(
    "passes every file, and gives the reason for what it skips",
    () => {
      const files = readdirSync(vectors).filter((name) => name.endsWith(".json"));
      assert.ok(files.length >= 7);
      const { status, lines } = conformance(...files.map((name) => join(vectors, name)));
      assert.is(status, 0, lines.join("\n"));
      assert.match(lines.at(-1) ?? "", /^\d+ passed, 0 failed, \d+ skipped$/);
      for (const line of lines.slice(0, -1)) assert.match(line, /^skipped protocol\.json broken\/\d .*: .{20,}/);
    },
    { timeoutMs: 60_000 },
  );

  it(
    "passes every file of other revisions, and skips what the entry itself leaves out",
    () => {
      const place = join(vectors, "revisions");
      const { status, lines } = conformance(...readdirSync(place).map((name) => join(place, name)));
      assert.is(status, 0, lines.join("\n"));
      assert.equal(lines, [
        "skipped schema.json unsigned_objects/0 (unsigned_objects): the objects that were observed are not in the file",
        "34 passed, 0 failed, 1 skipped",
      ]);
    },
    { timeoutMs: 60_000 },
  );

  it("names file, entry, what was expected and what came, and fails", () => {
    const place = tempDirectory();
    const [vector] = JSON.parse(readFileSync(join(vectors, "udf.json"), "utf8"));
    vector.expected.typeId = 97;
    writeFileSync(join(place, "wrong.json"), JSON.stringify([vector]));
    const { status, lines } = conformance(join(place, "wrong.json"), join(vectors, "jsonbcd.json"), join(place, "absent.json"));
    assert.is(status, 1);
    assert.is(lines[0], "failed wrong.json udf13-digest-sha2 (content-digest): typeId: expected 97, came 96");
    assert.match(lines[1] ?? "", /^failed absent\.json - \(file\): expected a vector file, came /);
    assert.is(lines[2], "61 passed, 2 failed, 0 skipped");
  });

  it("fails kinds and sections that it does not know", async () => {
    const outcomes = await outcomesOf({
      format: "x",
      vectors: [{ id: "a", kind: "constructor" }, { id: "b", kind: "toString" }, { id: "c" }, 7],
      new_section: [{}, "text"],
    });
    assert.equal(
      outcomes.map(({ id, status }) => [id, status]),
      [
        ["a", "failed"],
        ["b", "failed"],
        ["c", "failed"],
        ["vectors/3", "failed"],
        ["new_section/0", "failed"],
        ["new_section/1", "failed"],
      ],
    );
    await throwsMesh(() => runVectors(utf8("{")), "ERR_ENCODING");
    await throwsMesh(() => runVectors(utf8("7")), "ERR_SCHEMA");
  });

  it("fails an entry whose members are missing or of another kind, without stopping", async () => {
    const kinds = ["content-digest", "parse", "shamir-split", "envelope-decrypt", "noise", "keygen", "split", "frost", "finalSigner", "earl.decrypt"];
    const broken = kinds.flatMap((kind) => [{ kind }, { kind, input: {}, expected: {} }, { kind, input: { udf: 7 }, keys: "x", alg: "Ed448" }]);
    for (const outcome of await outcomesOf({ vectors: broken })) assert.is(outcome.status, "failed", outcome.kind);
  });

  it("fails an entry that expects nothing", async () => {
    const [digest] = JSON.parse(readFileSync(join(vectors, "udf.json"), "utf8"));
    const key = { source: "x", crv: "Ed448", public: JSON.parse(readFileSync(join(vectors, "schema.json"), "utf8")).key_udf[0].public };
    for (const file of [[{ ...digest, expected: {} }], [{ ...digest, expected: null }], [{ ...digest, expected: undefined }], { key_udf: [key] }]) {
      assert.equal(
        (await outcomesOf(file)).map(({ status }) => status),
        ["failed"],
      );
    }
  });

  it("checks private keys and claims, of which the target revision prints none", async () => {
    const key = generatePrivateKey("X448", systemRandom);
    const { crv, Private } = key.export();
    const octets = encodeBase64url(key.public.octets);
    const claim = { key: "EAQN-I5LT-6YG6-RR5F-57CG-B755-RFUR-JVQQ-IW5N-X5FR", claimant: "maker@example.com" };
    const { data } = parseUdf(claim.key);
    const good = {
      private_keys: [{ crv, private: encodeBase64url(Private), public: octets, udf: key.public.udf, matches: true }],
      publication_claims: [
        { ...claim, publication_id: publicationId(data), service_authenticate: serviceAuthenticate(serviceAuthenticator(data), claim.claimant) },
      ],
    };
    const statuses = async (file: object) => (await outcomesOf(file)).map(({ status }) => status).join(" ");
    assert.is(await statuses(good), "passed passed");
    const udf = key.public.udf.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    assert.is(await statuses({ private_keys: [{ ...good.private_keys[0], udf }] }), "failed");
    assert.is(await statuses({ publication_claims: [{ ...good.publication_claims[0], claimant: "other@example.com" }] }), "failed");
  });

  it("takes envelope files in JSON and in the mixed form", async () => {
    const recipient = generatePrivateKey("X25519", systemRandom);
    const signer = generatePrivateKey("Ed25519", systemRandom);
    const made = sealEnvelope({ plaintext: utf8("hello"), recipients: [recipient.public], signers: [signer], random: systemRandom });
    const entry = (octets: Uint8Array, expected: object) => ({ kind: "envelope-binary", input: { file: encodeBase64url(octets) }, expected });
    const right = { bodyLength: 16, enc: "A256CBC", recipients: [recipient.public.udf] };
    const [json, mixed] = [encodeEnvelope(made), encodeEnvelopeB(made)];
    const run = async (...entries: readonly object[]) => (await outcomesOf({ vectors: entries })).map(({ status }) => status).join(" ");
    assert.is(
      await run(
        entry(mixed, { shape: "[header, body, trailer]", ...right }),
        entry(mixed, { shape: 3, ...right, recipients: 1 }),
        entry(json, { shape: ["object", "data", "object"], ...right }),
        entry(json, { shape: "array of 3", ...right }),
        entry(mixed, { shape: "mixed", ...right }),
      ),
      "passed passed passed passed passed",
    );
    assert.is(
      await run(
        entry(mixed, { shape: "[header, body]", ...right }),
        entry(mixed, { shape: 2, ...right }),
        entry(json, { shape: "mixed", ...right }),
        entry(json, { shape: "sphere", ...right }),
        entry(json, { shape: 3, ...right, bodyLength: 17 }),
        entry(json, { shape: 3, ...right, recipients: 2 }),
        entry(json, { shape: 3, ...right, enc: null }),
        entry(json.subarray(0, 40), { shape: 3, ...right }),
      ),
      "failed failed failed failed failed failed failed failed",
    );
  });

  it("opens published objects", async () => {
    const symmetricKey = systemRandom.bytes(32);
    const inner = encodeEnvelope(sealEnvelope({ plaintext: utf8("{}"), envelopeId: "MAAA-BBBB", random: systemRandom }));
    const sealed = sealEnvelope({ plaintext: inner, symmetricKey, random: systemRandom });
    const input = {
      key: encryptionUdf(symmetricKey),
      header: JSON.parse(Buffer.from(sealed.headerOctets).toString()),
      ciphertext: encodeBase64url(sealed.body),
    };
    assert.is(input.header.recipients[0].kid, symmetricKeyId(symmetricKey));
    const cek = exchangedSeed(sealed.header, { symmetricKey });
    const expected = { cek: toHex(cek), plaintextSha512: toHex(sha512(inner)), plaintextLength: inner.length, envelopeId: "MAAA-BBBB" };
    const base64 = { ...expected, cek: encodeBase64url(cek), plaintextSha512: encodeBase64url(sha512(inner)) };
    const entries = [
      expected,
      base64,
      { ...expected, plaintextLength: 1 },
      { ...expected, cek: toHex(sha512(cek).subarray(0, 32)) },
      { ...expected, envelopeId: "M" },
    ];
    const outcomes = await outcomesOf({ vectors: entries.map((wanted) => ({ kind: "earl.decrypt", input, expected: wanted })) });
    assert.equal(
      outcomes.map(({ status }) => status),
      ["passed", "passed", "failed", "failed", "failed"],
    );
  });

  it("takes numbers that are told by format and width alone, of every wide tag", async () => {
    const widths = { 148: 16, 149: 10, 150: 4, 151: 8, 152: 16 };
    const decode = (tag: number, width: number, noted = tag) => {
      const v = "22".repeat(width);
      return {
        kind: "decode",
        input: { bytes: `5b${tag.toString(16)}${v}b05d` },
        expected: {
          value: {
            t: "arr",
            v: [
              { t: "raw", tag: noted, v },
              { t: "bool", v: true },
            ],
          },
        },
      };
    };
    const statuses = async (...vectors: readonly object[]) => (await outcomesOf({ vectors })).map(({ status }) => status);
    const all = Object.entries(widths).map(([tag, width]) => [Number(tag), width] as const);
    assert.equal(new Set(await statuses(...all.map(([tag, width]) => decode(tag, width)))), new Set(["passed"]));
    assert.equal(new Set(await statuses(...all.map(([tag, width]) => decode(tag, width - 1)))), new Set(["failed"]));
    assert.equal(await statuses(decode(148, 16, 152), decode(153, 4), decode(144, 2)), ["failed", "failed", "failed"]);
  });

  it("takes octets and digests of fingerprints in any of their forms", async () => {
    const [contentType, octets] = ["application/x509-keyinfo", sha512(utf8("x"))];
    for (const [sha3, names] of [
      [false, ["SHA-2-512", "SHA2-512", "SHA-512"]],
      [true, ["SHA-3-512", "sha3-512"]],
    ] as const) {
      const udf = contentDigestUdf({ contentType, data: octets, sha3, bits: 260 });
      const entries = names.flatMap((alg) =>
        [{ dataHex: toHex(octets) }, { dataBase64: encodeBase64url(octets) }].map((data) => ({
          kind: "content-digest",
          input: { alg, contentType, ...data, bits: 260 },
          expected: { udf },
        })),
      );
      for (const { status, text } of await outcomesOf(entries)) assert.is(status, "passed", text);
      const [entry] = entries;
      for (const input of [
        { ...entry?.input, alg: "SHA-1" },
        { ...entry?.input, bits: 120 },
        { ...entry?.input, contentType: "PKIXKey" },
      ]) {
        assert.is((await outcomesOf([{ ...entry, input }]))[0]?.status, "failed");
      }
    }
  });

  it("makes derived envelopes again, for every curve and any length of salt that is enough", async () => {
    for (const curve of ["X25519", "X448", "Ed25519", "Ed448"] as const) {
      for (const length of [16, 24, 40]) {
        const [recipient, ephemeral] = [generatePrivateKey(curve, systemRandom), generatePrivateKey(curve, systemRandom)];
        const exported = (key: typeof recipient) => ({ crv: curve, Private: encodeBase64url(key.export().Private) });
        const [baseSeed, salt] = [systemRandom.bytes(32), systemRandom.bytes(length)];
        const drawn = [baseSeed, ephemeral.export().Private, salt];
        const envelope = sealEnvelope({
          plaintext: utf8("derived"),
          recipients: [recipient.public],
          random: { bytes: () => drawn.shift()!.slice() },
        });
        const entry = {
          kind: "envelope-encrypt",
          input: {
            recipientPrivate: exported(recipient),
            recipientPublic: { crv: curve, Public: encodeBase64url(recipient.public.octets) },
            ephemeralPrivate: exported(ephemeral),
            baseSeed: toHex(baseSeed),
            salt: toHex(salt),
            plaintext: "derived",
          },
          expected: { agreement: toHex(recipient.agree(ephemeral.public)), envelope: JSON.parse(Buffer.from(encodeEnvelope(envelope)).toString()) },
        };
        const [outcome] = await outcomesOf([entry]);
        assert.is(outcome?.status, "passed", `${curve} ${length}: ${outcome?.text}`);
        const [other] = await outcomesOf([{ ...entry, input: { ...entry.input, salt: toHex(systemRandom.bytes(length)) } }]);
        assert.is(other?.status, "failed");
      }
    }
  });
});
