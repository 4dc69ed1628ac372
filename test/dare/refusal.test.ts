/** What readers, policies, spools and statements refuse, and the rarer things that they allow. */
import { join } from "node:path";
import { utf8 } from "../../src/base/bytes.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import { generatePrivateKey } from "../../src/crypto/key.ts";
import * as dare from "../../src/dare/index.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../harness/suite.ts";

const own = generatePrivateKey("X25519", random);
const other = generatePrivateKey("X25519", random);
const parameters = (key: typeof own) => dare.PublicParameters.encode(dare.publicParametersOf(key.public));

function framesOf(count: number): dare.EncodedFrame[] {
  const frontier = new dare.TreeFrontier();
  const first = dare.firstFrame({ contentType: "x" });
  frontier.push(first.treeDigest);
  return [first, ...Array.from({ length: count - 1 }, (_, i) => dare.sealNext(frontier, { payload: utf8(`p${i}`), random }))];
}

const joined = (frames: readonly dare.FrameOctets[]): Uint8Array => new Uint8Array(Buffer.concat(frames.map(dare.encodeFrame)));

describe("reading foreign sequences", (it) => {
  it("refuses what does not begin with frame 0, lacks frames, or is no file", async () => {
    const frames = framesOf(6);
    await throwsMesh(dare.SequenceReader.open(joined(frames.slice(1))), "ERR_CONFLICT");
    await throwsMesh(dare.SequenceReader.open(new Uint8Array()), "ERR_ENCODING");
    await throwsMesh(dare.SequenceReader.open(joined(frames).subarray(0, 20)), "ERR_ENCODING");
    const encoding = utf8('{"SequenceInfo":{"DataEncoding":"XML","ContainerType":"List","Index":0}}');
    await throwsMesh(dare.SequenceReader.open(joined([{ ...frames[0]!, headerOctets: encoding }])), "ERR_SCHEMA");
    const none = utf8('{"SequenceInfo":{"Index":0}}');
    await throwsMesh(dare.SequenceReader.open(joined([{ ...frames[0]!, headerOctets: none }])), "ERR_SCHEMA");
    await throwsMesh(
      dare.withSequenceReader({ path: join(tempDirectory(), "none") }, async () => undefined),
      "ERR_NOT_FOUND",
    );
  });

  it("refuses gaps forwards, backwards and on the way to a frame", async () => {
    const frames = framesOf(6);
    const gap = await dare.SequenceReader.open(joined([...frames.slice(0, 2), ...frames.slice(4)]));
    const all = async (some: AsyncIterable<unknown>) => {
      for await (const _ of some) assert.ok(true);
    };
    await throwsMesh(all(gap.frames()), "ERR_CONFLICT");
    await throwsMesh(all(gap.framesBackward()), "ERR_CONFLICT");
    await throwsMesh(gap.read(1), "ERR_CONFLICT");
    assert.equal(await gap.survey(), { frames: 2, validLength: joined(frames.slice(0, 2)).length, damage: "corrupt" });
    assert.is(gap.byteLength, joined([...frames.slice(0, 2), ...frames.slice(4)]).length);
    const cut = new Uint8Array([...joined(frames.slice(0, 3)), ...joined([frames[0]!]).subarray(5)]);
    const damaged = await dare.SequenceReader.open(cut);
    await throwsMesh(all(damaged.framesBackward()), "ERR_ENCODING");
  });
});

describe("policies", (it) => {
  it("say who must read, who may, and where keys are exchanged", async () => {
    const seal = (index: number, to: readonly (typeof own)[], exchangePosition?: number) => {
      const exchange = dare.newExchange({ recipients: to.map((key) => key.public), random });
      const place = exchangePosition === undefined ? {} : { exchangePosition };
      return dare.parseFrame(dare.sealFrame({ index, payload: utf8("x"), lookup: () => new Uint8Array(64), exchange, ...place, random }));
    };
    const check = (policy: dare.DarePolicy) => new dare.PolicyCheck(dare.policyRules(policy));
    const EncryptKeys = [parameters(own)];
    check({ EncryptKeys, Encryption: "Isolated" }).frame(seal(1, [own, other]));
    await throwsMesh(() => check({ EncryptKeys, Encryption: "Isolated" }).frame(seal(1, [other])), "ERR_VERIFICATION");
    await throwsMesh(() => check({ EncryptKeys, Encryption: "Isolated", Sealed: true }).frame(seal(1, [own, other])), "ERR_VERIFICATION");
    await throwsMesh(() => check({ EncryptKeys, Encryption: "Isolated" }).frame(seal(3, [own], 1)), "ERR_VERIFICATION");
    check({ EncryptKeys, Encryption: "Once" }).frame(seal(3, [own], 0));
    await throwsMesh(() => check({ EncryptKeys, Encryption: "Once", Sealed: true }).frame(seal(3, [own], 1)), "ERR_VERIFICATION");
    await throwsMesh(() => check({ EncryptKeys, Encryption: "Once", Sealed: true }).frame(seal(3, [own])), "ERR_VERIFICATION");
    await throwsMesh(() => check({ EncryptKeys, Encryption: "Once" }).frame(dare.parseFrame(framesOf(1)[0]!)), "ERR_VERIFICATION");
    const meta = dare.sealFrame({ index: 2, payload: utf8(""), isMeta: true, lookup: () => new Uint8Array(64), random });
    check({ EncryptKeys, Encryption: "Isolated" }).frame(dare.parseFrame(meta));
    const any = check({ Signature: "Any" });
    for (const frame of framesOf(2)) any.frame(dare.parseFrame(frame));
    await throwsMesh(() => any.end(), "ERR_VERIFICATION");
    const signed = dare.sealFrame({
      index: 1,
      payload: utf8("x"),
      signer: generatePrivateKey("Ed25519", random),
      lookup: () => new Uint8Array(64),
      random,
    });
    any.frame(dare.parseFrame(signed));
    any.end();
  });
});

describe("spools, files of entries, index records", (it) => {
  const fresh = (name: string): string => join(tempDirectory(), name);

  it("a spool without rules for references keeps the first state, and knows what it holds", async () => {
    const spool = await dare.SpoolFile.open({ path: fresh("spool"), create: true, random, box: "any" });
    onCleanup(() => spool.close());
    const message = dare.sealEnvelope({ plaintext: utf8("hello ".repeat(60)), header: { EnvelopeId: "MA" }, random } as never);
    const envelope = { ...message, header: { ...message.header, EnvelopeId: "MA" }, headerOctets: utf8('{"EnvelopeId":"MA"}') };
    await spool.post([envelope]);
    await spool.post([]);
    await throwsMesh(spool.post([envelope]), "ERR_CONFLICT");
    await throwsMesh(spool.post([{ ...envelope, header: {} }]), "ERR_SCHEMA");
    assert.is((await spool.get("MA"))?.state, "Open");
    assert.is(await spool.get("MB"), undefined);
    await throwsMesh(spool.erase("MB"), "ERR_NOT_FOUND");
    await spool.erase("MA");
    assert.is((await spool.get("MA"))?.envelope, undefined);
    for await (const found of spool.messages({ from: 1 })) assert.is(found.envelopeId, "MA");
  });

  it("a file of entries closes what it opened when its policy cannot be kept", async () => {
    const path = fresh("catalog");
    await throwsMesh(dare.CatalogFile.open({ path, create: true, random, policy: { Encryption: "Sometimes" } }), "ERR_SCHEMA");
    const symmetricKey = random.bytes(32);
    const options = { path: fresh("symmetric"), random, symmetricKey, symmetricKeys: [random.bytes(32)] };
    const file = await dare.CatalogFile.open({ ...options, create: true });
    await file.add("a", utf8("x"));
    await file.close();
    const again = await dare.CatalogFile.open({ path: options.path, random, symmetricKey });
    onCleanup(() => again.close());
    assert.equal((await again.get("a"))?.payload, utf8("x"));
  });

  it("an index record may list nothing, or the end only, and no more than its bound", async () => {
    const file = await dare.SequenceFile.open({ path: fresh("indexed"), create: true });
    onCleanup(() => file.close());
    await file.append(framesOf(4));
    const empty = dare.sequenceIndexOf(await file.read(await dare.appendIndexRecord({ file, from: 4, random })));
    assert.equal(empty?.Positions ?? [], []);
    const end = dare.sequenceIndexOf(await file.read(await dare.appendIndexRecord({ file, from: 3, random })));
    assert.is(end?.Positions?.[0]?.Position, await file.offsetOf(3));
    assert.is(dare.sequenceIndexOf(await file.read(1)), undefined);
    const huge = { count: dare.maxPositions + 1 } as unknown as dare.SequenceFile;
    await throwsMesh(dare.appendIndexRecord({ file: huge, random }), "ERR_TOO_LARGE");
  });
});
