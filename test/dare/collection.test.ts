/** Catalogs and spools; the index by identifier; erasure and compaction. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import { parseJson } from "../../src/codec/index.ts";
import { sha512 } from "../../src/crypto/hash.ts";
import { envelopeId } from "../../src/crypto/identifier.ts";
import { generatePrivateKey } from "../../src/crypto/key.ts";
import { newNonce } from "../../src/crypto/udf.ts";
import * as dare from "../../src/dare/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { contentsOf, freshPath, openCatalog, own, sealed } from "../kit/open-catalog.ts";

describe("catalog files", (it) => {
  it("hold what a map would hold, through any history and reopening", async () => {
    const change = fc.record({
      id: fc.constantFrom("a", "b", "c", "d"),
      event: fc.constantFrom(...dare.catalogEvents),
      text: fc.string({ maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 25 }), fc.nat(30), async (changes, reopenAt) => {
        const path = freshPath();
        const wanted = new Map<string, string>();
        let file = await openCatalog(path);
        for (const [i, { id, event, text }] of changes.entries()) {
          if (i === reopenAt) {
            await file.close();
            file = await openCatalog(path);
          }
          const isLegal = (event === "New") !== wanted.has(id);
          const applied = file.apply([{ id, event, ...(event !== "Delete" && { payload: utf8(text) }) }]);
          if (!isLegal) {
            await throwsMesh(applied, event === "New" ? "ERR_CONFLICT" : "ERR_NOT_FOUND");
            continue;
          }
          await applied;
          wanted.delete(id);
          if (event !== "Delete") wanted.set(id, text);
          const found = await file.get(id);
          assert.is(found && fromUtf8(found.payload), wanted.get(id));
        }
        assert.equal(await contentsOf(file), Object.fromEntries(wanted));
        await file.verify();
        await file.close();
      }),
      { numRuns: 25 },
    );
  });

  it("write all changes or none, and keep the line of versions", async () => {
    const file = await openCatalog(freshPath());
    const batch = [
      { id: "a", event: "New", payload: utf8("1") },
      { id: "a", event: "Update", payload: utf8("2") },
      { id: "b", event: "New", payload: utf8("3") },
      { id: "a", event: "Delete" },
      { id: "a", event: "New", payload: utf8("4") },
    ] as const;
    await throwsMesh(file.apply([...batch, { id: "c", event: "Update", payload: utf8("5") }]), "ERR_NOT_FOUND");
    assert.is(file.entries.sequence.count, 1);
    await file.apply(batch);
    assert.equal(await contentsOf(file), { a: "4", b: "3" });
    const versions: unknown[] = [];
    for await (const { contentMeta, index } of file.history("a")) versions.push([index, contentMeta.Event, contentMeta.First, contentMeta.Previous]);
    assert.equal(versions, [
      [5, "New", 1, 4],
      [4, "Delete", 1, 2],
      [2, "Update", 1, 1],
      [1, "New", undefined, undefined],
    ]);
    await throwsMesh(() => dare.nextLife({ id: "x", isLive: true, event: "new" }), "ERR_SCHEMA");
    assert.is(dare.nextLife({ id: "x", isLive: true, event: "New" }), true);
    assert.is(dare.nextLife({ id: "x", isLive: false, event: "Update" }), true);
  });

  it("under every policy: one exchange, one for the session, one for each frame", async () => {
    const EncryptKeys = [dare.PublicParameters.encode(dare.publicParametersOf(own.public))];
    const carriers: Record<string, number[]> = { Once: [0], Session: [1], Isolated: [1, 2, 3] };
    for (const Encryption of ["Once", "Session", "Isolated"]) {
      const path = freshPath();
      const file = await openCatalog(path, { policy: { Encryption, EncryptKeys, Sealed: true } });
      for (const id of ["a", "b", "c"]) await file.add(id, utf8(id));
      const found: number[] = [];
      const check = new dare.PolicyCheck(dare.policyRules((await file.entries.sequence.read(0)).header.policy));
      for await (const frame of file.entries.sequence.frames()) {
        if (frame.header.recipients) found.push(frame.index);
        check.frame(frame);
      }
      check.end();
      assert.equal(found, carriers[Encryption]);
      await file.close();
      const again = await openCatalog(path);
      assert.equal(await contentsOf(again), { a: "a", b: "b", c: "c" });
      await again.add("d", utf8("d"));
      assert.is(fromUtf8((await again.get("d"))!.payload), "d");
      const stranger = await dare.CatalogFile.open({ path, random, keys: [generatePrivateKey("X25519", random)] });
      await throwsMesh(stranger.get("a"), "ERR_VERIFICATION");
      await stranger.close();
    }
  });

  it("policies are enforced on reading and writing", async () => {
    const signer = generatePrivateKey("Ed25519", random);
    const other = generatePrivateKey("Ed25519", random);
    const SignKeys = [dare.PublicParameters.encode(dare.publicParametersOf(signer.public))];
    const policy = { Signature: "Isolated", SignKeys };
    await throwsMesh((await openCatalog(freshPath(), { policy })).add("a", utf8("x")), "ERR_VERIFICATION");
    await throwsMesh((await openCatalog(freshPath(), { policy, signer: other })).add("a", utf8("x")), "ERR_VERIFICATION");
    const file = await openCatalog(freshPath(), { policy, signer });
    await file.add("a", utf8("x"));
    await throwsMesh(() => dare.policyRules({ Encryption: "Sometimes" }), "ERR_SCHEMA");
    await throwsMesh(() => dare.policyRules({ EncryptKeys: [{ PublicKeyECDH: { crv: "X1", Public: "AA" } }] }), "ERR_KEY");
    const last = new dare.PolicyCheck(dare.policyRules({ Signature: "Last" }));
    const first = await file.entries.sequence.read(0);
    last.frame(first);
    last.frame(await file.entries.sequence.read(1));
    last.end();
    last.frame(first);
    await throwsMesh(() => last.end(), "ERR_VERIFICATION");
    const EncryptKeys = [dare.PublicParameters.encode(dare.publicParametersOf(own.public))];
    const clear = new dare.PolicyCheck(dare.policyRules({ EncryptKeys }));
    const plain = dare.parseFrame(dare.sealFrame({ index: 1, payload: utf8("x"), lookup: () => new Uint8Array(64), random }));
    await throwsMesh(() => clear.frame(plain), "ERR_VERIFICATION");
  });

  it("compaction leaves history behind and seals for other readers", async () => {
    const file = await openCatalog(freshPath());
    for (let i = 0; i < 30; i++) await file.apply([{ id: `k${i % 3}`, event: i < 3 ? "New" : "Update", payload: utf8(`v${i}`) }]);
    await file.delete("k1");
    const reader = generatePrivateKey("Ed448", random);
    const path = freshPath("compact.dseq");
    assert.is(await file.compact({ path, random, recipients: [reader.public] }), 2);
    await throwsMesh(file.compact({ path, random, recipients: [reader.public] }), "ERR_CONFLICT");
    const copy = await openCatalog(path, { keys: [reader], recipients: [reader.public] });
    assert.equal(await contentsOf(copy), { k0: "v27", k2: "v29" });
    assert.is(copy.entries.sequence.count, 3);
    await copy.verify();
  });
});

describe("index by identifier", (it) => {
  const runs = (path: string): string[] => readdirSync(join(path, "..")).filter((name) => name.includes(".ids-"));

  it("finds the newest of thousands, after reopening, truncation, and with damaged or stale runs", async () => {
    const path = freshPath();
    const file = await dare.SequenceFile.open({ path, create: true });
    const append = async (from: number, to: number, tag = ""): Promise<void> => {
      const frontier = file.frontier();
      const frames = from === 0 ? [dare.firstFrame({ contentType: "x" })] : [];
      if (from === 0) frontier.push(frames[0]!.treeDigest);
      for (let i = Math.max(1, from); i < to; i++) {
        frames.push(dare.sealNext(frontier, { payload: utf8(`${tag}${i}`), contentMeta: { UniqueId: `id-${i % 7000}` }, random }));
      }
      await file.append(frames, { sync: false });
    };
    await append(0, 9000);
    let ids = new dare.IdIndex(file);
    const expectAll = async (): Promise<void> => {
      for (const id of [1, 5, 1999, 2000, 4096, 6999, 0]) {
        const newest = id + 7000 < file.count ? id + 7000 : id;
        assert.is((await ids.find(`id-${id}`))?.index, newest === 0 ? 7000 : newest);
      }
      assert.is(await ids.find("id-7000"), undefined);
    };
    await expectAll();
    await ids.close();
    assert.ok(runs(path).length >= 1 && runs(path).length <= 3, runs(path).join());
    ids = new dare.IdIndex(file);
    await expectAll();
    await append(9000, 13_000);
    await expectAll();
    const both: number[] = [];
    for await (const index of ids.indexes("id-5")) both.push(index);
    assert.equal(both, [7005, 5]);
    await file.truncateTo(7003);
    assert.is((await ids.find("id-5"))?.index, 5);
    assert.is((await ids.find("id-2"))?.index, 7002);
    await append(7003, 7100, "other ");
    assert.is(fromUtf8((await ids.find("id-50"))!.body), "other 7050");
    await ids.close();
    for (const name of runs(path)) writeFileSync(join(path, "..", name), "damaged");
    ids = new dare.IdIndex(file);
    assert.is((await ids.find("id-50"))?.index, 7050);
    await ids.close();
    for (const name of runs(path)) rmSync(join(path, "..", name));
    ids = new dare.IdIndex(file);
    assert.is((await ids.find("id-3000"))?.index, 3000);
    await ids.close();
    await file.close();
  });

  it("takes what is appended without reading it back, and leaves to the next search what it cannot place", async () => {
    const path = freshPath();
    const file = await dare.SequenceFile.open({ path, create: true });
    const [ids, plain] = [new dare.IdIndex(file), new dare.IdIndex(file)];
    const append = async (names: readonly string[], isTold: boolean): Promise<void> => {
      const { count, lastTreeDigest } = file;
      const frontier = file.frontier();
      const frames = names.map((name) => dare.sealNext(frontier, { payload: utf8(name), contentMeta: { UniqueId: name }, random }));
      await file.append(frames, { sync: false });
      if (isTold) ids.appended(frames, { count, lastTreeDigest });
    };
    let reads = 0;
    const read = file.frames.bind(file);
    file.frames = (range) => {
      reads += 1;
      return read(range);
    };
    const first = dare.firstFrame({ contentType: "x" });
    await file.append([first], { sync: false });
    await append(["first"], true);
    assert.is((await ids.find("first"))?.index, 1);
    reads = 0;
    await append(["a", "b"], true);
    await append(["a"], true);
    assert.equal([await ids.candidates("a"), await ids.candidates("b"), reads], [[4, 2], [3], 0]);
    await append(["untold"], false);
    await append(["told after it"], true);
    for (const id of ["untold", "told after it", "a", "first"]) assert.equal(await ids.candidates(id), await plain.candidates(id), id);
    await file.truncateTo(3);
    await append(["other", "a"], true);
    for (const id of ["other", "a", "b"]) assert.equal(await ids.candidates(id), await plain.candidates(id), id);
    await ids.close();
    await plain.close();
    await file.close();
  });
});

describe("erasure", (it) => {
  it("takes the body and keeps evidence, order and proofs; a crash on the way is completed or undone", async () => {
    const path = freshPath();
    const file = await openCatalog(path, { signer: generatePrivateKey("Ed448", random) });
    for (const id of ["a", "b", "c", "d"]) await file.add(id, utf8(`secret of ${id} `.repeat(id === "b" ? 100 : 1)));
    const { sequence } = file.entries;
    const [size, digest] = [sequence.byteLength, sequence.lastTreeDigest];
    const before = await sequence.read(2);
    await sequence.redact(2);
    await sequence.redact(2);
    const after = await sequence.read(2);
    assert.ok(dare.isRedacted(after));
    assert.equal(after.header.Malt, sha512(before.header.Salt!).subarray(0, 32));
    assert.is(after.header.Salt, undefined);
    assert.equal(dare.checkPayloadDigest(after), before.trailer!.PayloadDigest);
    assert.equal([sequence.byteLength, sequence.lastTreeDigest], [size, digest]);
    await throwsMesh(file.get("b"), "ERR_NOT_FOUND");
    await throwsMesh(() => dare.verifyEnvelope(after, []), "ERR_VERIFICATION");
    await file.verify();
    await throwsMesh(sequence.redact(0), "ERR_KEY");
    await throwsMesh(sequence.redact(1), "ERR_KEY");
    await throwsMesh(sequence.redact(9), "ERR_NOT_FOUND");
    assert.not(readFileSync(path).includes(Buffer.from(before.body)));
    await file.close();

    // A crash between journal and file: the journal is there, the file half overwritten.
    const whole = readFileSync(path);
    const third = await dare.SequenceFile.open({ path });
    const offset = await third.offsetOf(3);
    const made = dare.redactFrame(await third.read(3));
    await third.close();
    const journal = Buffer.concat([utf8("mmm/sequence/red"), Buffer.from(BigInt(offset).toString(16).padStart(16, "0"), "hex"), sha512(made), made]);
    const torn = Buffer.from(whole);
    torn.set(made.subarray(0, 100), offset);
    for (const isWhole of [true, false]) {
      writeFileSync(path, isWhole ? torn : whole);
      writeFileSync(`${path}.redact`, isWhole ? journal : journal.subarray(0, journal.length - 1));
      const again = await dare.SequenceFile.open({ path });
      assert.is(dare.isRedacted(await again.read(3)), isWhole);
      await again.verify();
      await again.close();
      assert.not(existsSync(`${path}.redact`));
    }
  });

  it("fits every body length, or says that there is no room", async () => {
    const file = await dare.SequenceFile.open({ path: freshPath(), create: true });
    const frontier = file.frontier();
    const first = dare.firstFrame({ contentType: "x" });
    frontier.push(first.treeDigest);
    const frames = [first];
    for (let length = 0; length < 700; length += length < 40 || (length > 230 && length < 270) ? 1 : 13) {
      frames.push(dare.sealNext(frontier, { payload: random.bytes(length), random }));
    }
    await file.append(frames);
    let refused = 0;
    for (const frame of frames.slice(1)) {
      try {
        assert.is(dare.redactFrame(dare.parseFrame(frame)).length, dare.encodeFrame(frame).length);
      } catch {
        refused++;
        assert.ok(frame.body.length < 16, `${frame.body.length} octets`);
        await throwsMesh(() => dare.redactFrame(dare.parseFrame(frame)), "ERR_TOO_LARGE");
      }
    }
    assert.ok(refused > 0);
    for (let index = 30; index < file.count; index++) await file.redact(index);
    await file.verify();
    await file.close();
  });
});

describe("spool files", (it) => {
  const message = (id: string, text: string): dare.DareEnvelope => dare.sealEnvelope({ plaintext: utf8(text), envelopeId: id, random });

  it("keep messages as they are, and states by the newest reference, also of what has not arrived", async () => {
    const path = freshPath();
    const references = ({ body }: dare.DareEnvelope): dare.SpoolReference[] =>
      fromUtf8(body).startsWith("{") ? [parseJson(body) as unknown as dare.SpoolReference] : [];
    const options = { path, create: true, ...sealed, box: "inbound", references } as const;
    let spool = await dare.SpoolFile.open(options);
    const [a, b, c, d] = Array.from({ length: 4 }, () => envelopeId(newNonce(random)));
    const sent = message(a!, "hello");
    await spool.post([sent, message(b!, JSON.stringify({ envelopeId: c, state: "Read" }))]);
    await throwsMesh(spool.post([sent]), "ERR_CONFLICT");
    await throwsMesh(spool.post([message(c!, "x"), message(c!, "y")]), "ERR_CONFLICT");
    await throwsMesh(spool.post([dare.sealEnvelope({ plaintext: utf8("x"), random })]), "ERR_SCHEMA");
    assert.is(await spool.stateOf(a!), "Initial");
    assert.is(await spool.stateOf(c!), "Read");
    await spool.post([message(c!, "late"), message(d!, JSON.stringify({ envelopeId: a, state: "Nonsense" }))]);
    assert.equal((await spool.get(a!))!.envelope!.headerOctets, sent.headerOctets);
    const states: unknown[] = [];
    for await (const { envelopeId: id, state } of spool.messages({ from: 2 })) states.push([id, state]);
    assert.equal(states, [
      [b, "Initial"],
      [c, "Read"],
      [d, "Initial"],
    ]);
    await spool.erase(c!);
    await throwsMesh(spool.erase("nobody"), "ERR_NOT_FOUND");
    await spool.close();
    spool = await dare.SpoolFile.open(options);
    const erased = (await spool.get(c!))!;
    assert.equal([erased.envelope, erased.state, erased.envelopeId], [undefined, "Read", c]);
    assert.is(await spool.get("nobody"), undefined);
    await spool.close();
  });
});
