/** Frames: sealing and opening with key exchanges, Macs, signatures and cloaked metadata; the tree. */
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { systemRandom } from "../../src/base/random.ts";
import { encodeJson, parseJson } from "../../src/codec/index.ts";
import { generatePrivateKey } from "../../src/crypto/key.ts";
import type { EncodedFrame, SequenceFrame } from "../../src/dare/index.ts";
import {
  checkFrame,
  decodeFrame,
  encodeEnvelope,
  encodeFrame,
  exchangeSeed,
  firstFrame,
  frameOf,
  frontierOf,
  newExchange,
  openFrame,
  parseEnvelope,
  parseFrame,
  previousFrame,
  sealFrame,
  TreeFrontier,
  treeDigest,
  verifyEnvelope,
} from "../../src/dare/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

const random = systemRandom;
const storeKey = generatePrivateKey("X448", random);
const signer = generatePrivateKey("Ed448", random);
const payload = utf8('{"CatalogUpdate":{"Store":"MMM_Device","Event":"New","Key":"kitchen light"}}');
const first = firstFrame({ contentType: "application/mmm-catalog" });

function sealed(options: Partial<Parameters<typeof sealFrame>[0]> = {}): EncodedFrame {
  const frontier = new TreeFrontier();
  frontier.push(first.treeDigest);
  const exchange = newExchange({ recipients: [storeKey.public], random });
  return sealFrame({ index: 1, payload, exchange, treePosition: 0, lookup: frontier.lookup, random, ...options });
}

describe("frame", (it) => {
  it("goes out and comes back, octets and all", () => {
    const frame = sealed({ contentMeta: { UniqueId: "A", Event: "New" }, cloakedMeta: { Filename: "kitchen" }, signer });
    const read = decodeFrame(encodeFrame(frame));
    assert.equal([read.headerOctets, read.body, read.trailerOctets], [frame.headerOctets, frame.body, frame.trailerOctets]);
    const baseSeed = exchangeSeed(read, [storeKey]);
    const opened = openFrame({ frame: read, baseSeed });
    assert.equal(opened.payload, payload);
    assert.is(opened.contentMeta.Event, "New");
    assert.is(opened.cloakedMeta?.Filename, "kitchen");
    assert.is(fromUtf8(read.headerOctets).includes("kitchen"), false);
    assert.is(verifyEnvelope(read, [signer.public]), signer.public);
    const carried = frameOf(parseEnvelope(encodeEnvelope(read)));
    assert.equal([carried.headerOctets, carried.body, carried.trailerOctets], [frame.headerOctets, frame.body, frame.trailerOctets]);
  });

  it("uses the key exchange of an earlier frame, and of none that is not earlier", async () => {
    const exchange = newExchange({ recipients: [storeKey.public], random });
    const frame = parseFrame(sealed({ exchange, exchangePosition: 0 }));
    assert.is(frame.header.recipients, undefined);
    assert.is(frame.header.SequenceInfo!.ExchangePosition, 0);
    assert.equal(openFrame({ frame, baseSeed: exchange.baseSeed }).payload, payload);
    await throwsMesh(() => exchangeSeed(frame, [storeKey]), "ERR_VERIFICATION");
    await throwsMesh(() => sealed({ exchange, exchangePosition: 1 }), "ERR_KEY");
    await throwsMesh(() => sealed({ exchange: undefined, cloakedMeta: {} }), "ERR_KEY");
  });

  it("refuses every bit changed in header, body and Mac, and every other Index, with one error", () => {
    const frame = sealed({ payload: utf8("on") });
    const baseSeed = exchangeSeed(parseFrame(frame), [storeKey]);
    let parsed = 0;
    const refuse = (changed: EncodedFrame | SequenceFrame) => {
      let read: SequenceFrame;
      try {
        read = "index" in changed ? changed : parseFrame(changed);
      } catch {
        return;
      }
      parsed++;
      assert.throws(() => openFrame({ frame: read, baseSeed }), /^frame \d+ did not verify$/);
    };
    for (const name of ["headerOctets", "body"] as const) {
      for (let bit = 0; bit < frame[name].length * 8; bit += name === "body" ? 1 : 5) {
        const octets = frame[name].slice();
        octets[bit >> 3]! ^= 1 << (bit & 7);
        refuse({ ...frame, [name]: octets });
      }
    }
    const read = parseFrame(frame);
    refuse({ ...read, index: 2 });
    refuse({ ...read, trailer: { ...read.trailer, Mac: undefined } });
    refuse({ ...read, trailer: { ...read.trailer, Mac: new Uint8Array(64) } });
    refuse({ ...read, header: { ...read.header, enc: undefined } });
    refuse({ ...read, header: { ...read.header, enc: "none" } });
    assert.ok(parsed > 200, `${parsed} changes reached the Mac`);
  });

  it("does not take a frame in clear for a sealed one, nor the other way round", async () => {
    const clear = parseFrame(sealed({ exchange: undefined, isMeta: true, signer }));
    assert.is(clear.isMeta, true);
    assert.is(clear.trailer!.Mac, undefined);
    assert.equal(openFrame({ frame: clear }).payload, payload);
    assert.is(verifyEnvelope(clear, [signer.public]), signer.public);
    await throwsMesh(() => openFrame({ frame: clear, baseSeed: random.bytes(32) }), "ERR_VERIFICATION");
    await throwsMesh(() => openFrame({ frame: parseFrame(sealed()) }), "ERR_VERIFICATION");
  });

  it("is checked for its place and its digests", async () => {
    const frontier = new TreeFrontier();
    await throwsMesh(() => checkFrame(parseFrame(sealed()), frontier), "ERR_CONFLICT");
    checkFrame(parseFrame(first), frontier);
    const frame = parseFrame(sealed());
    await throwsMesh(() => checkFrame({ ...frame, body: random.bytes(16) }, frontier), "ERR_VERIFICATION");
    const trailer = { ...frame.trailer, TreeDigest: new Uint8Array(64) };
    await throwsMesh(() => checkFrame({ ...frame, trailer }, frontier), "ERR_VERIFICATION");
    await throwsMesh(() => checkFrame({ ...frame, trailer: {} }, frontier), "ERR_VERIFICATION");
    assert.is(frontier.count, 1);
    checkFrame(frame, frontier);
    assert.is(frontier.count, 2);
  });

  it("refuses a first frame of another kind", async () => {
    for (const change of [{ ContainerType: "List" }, { DataEncoding: "JSON-B" }]) {
      const header = parseJson(first.headerOctets) as { SequenceInfo: object };
      const headerOctets = encodeJson({ ...header, SequenceInfo: { ...header.SequenceInfo, ...change } } as never);
      await throwsMesh(() => checkFrame(parseFrame({ ...first, headerOctets }), new TreeFrontier()), "ERR_SCHEMA");
    }
  });

  it("refuses what is no frame, and one beyond 16 MiB", async () => {
    const octets = encodeFrame(first);
    for (let cut = 0; cut < octets.length; cut++) await throwsMesh(() => decodeFrame(octets.subarray(0, cut)), "ERR_ENCODING");
    await throwsMesh(() => decodeFrame(Uint8Array.of(...octets, 0)), "ERR_ENCODING");
    await throwsMesh(() => parseFrame({ ...first, headerOctets: utf8("{}") }), "ERR_SCHEMA");
    await throwsMesh(() => encodeFrame({ ...first, body: new Uint8Array(0x1000000) }), "ERR_TOO_LARGE");
  });

  it("keeps just the digests that later frames refer to", () => {
    const frontier = new TreeFrontier();
    const all: Uint8Array[] = [];
    for (let index = 0; index < 300; index++) {
      const payloadDigest = new Uint8Array(64).fill(index);
      const wanted = treeDigest({ index, payloadDigest, lookup: (i) => all[i]! });
      assert.equal(frontier.next(payloadDigest), wanted);
      assert.ok(previousFrame(index) < index);
      all.push(wanted);
      frontier.push(wanted);
      const again = new TreeFrontier(
        index + 1,
        frontierOf(index + 1).map((i) => [i, all[i]!]),
      );
      assert.equal(again.next(payloadDigest), frontier.next(payloadDigest));
      assert.ok(frontierOf(index + 1).length <= 9);
      for (let i = 0; i <= index; i++) if (!frontierOf(index + 1).includes(i)) assert.throws(() => frontier.lookup(i));
    }
  });
});
