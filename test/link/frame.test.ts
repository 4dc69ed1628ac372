import { toHex, utf8 } from "../../src/base/bytes.ts";
import { systemRandom } from "../../src/base/random.ts";
import { clearFrames, closeFrame, decodeFrame, frameType, Reassembly, transportFrame } from "../../src/link/frame.ts";
import { hailLength, makeHail, matchesHail } from "../../src/link/hail.ts";
import { linkPrologue, linkProtocol } from "../../src/link/prologue.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

describe("link frames", (it) => {
  it("have the octets of the specification", () => {
    assert.is(toHex(transportFrame(258n, Uint8Array.of(0xaa))), "2000090000000000000102aa");
    assert.is(toHex(closeFrame(2)), "7f000102");
    assert.equal(clearFrames(frameType.handshake2, Uint8Array.of(1, 2), 64).map(toHex), ["1100020102"]);
    assert.equal(
      clearFrames(frameType.described, new Uint8Array(62).fill(5), 64).map((frame) => toHex(frame).slice(0, 8)),
      ["82003d05", "02000105"],
    );
  });

  it("come back as they went, at every length", () => {
    for (let length = 0; length < 400; length += 7) {
      const message = systemRandom.bytes(length);
      const reassembly = new Reassembly();
      const results = clearFrames(frameType.described, message, 64).map((packet) => reassembly.add(decodeFrame(packet)));
      assert.equal(results.pop(), message);
      assert.ok(results.every((result) => result === undefined));
    }
  });

  it("are refused when malformed", async () => {
    for (const packet of [
      [],
      [1],
      [1, 0],
      [1, 0, 1],
      [1, 0, 0, 0],
      [0x33, 0, 0],
      [0xa0, 0, 0],
      [0x81, 0, 0],
      [0x20, 0, 7, 0, 0, 0, 0, 0, 0, 0],
      [0xff, 0, 0],
    ]) {
      await throwsMesh(() => decodeFrame(Uint8Array.from(packet)), "ERR_ENCODING");
    }
    await throwsMesh(() => clearFrames(frameType.described, new Uint8Array(16_385), 64), "ERR_TOO_LARGE");
  });

  it("are put together within a limit, and anew after another type", async () => {
    const reassembly = new Reassembly(10);
    const part = (type: 0x02 | 0x10, more: boolean, length: number) => ({ type, more, payload: new Uint8Array(length).fill(type) });
    reassembly.add(part(0x02, true, 6));
    assert.equal(reassembly.add(part(0x10, false, 2)), Uint8Array.of(0x10, 0x10));
    reassembly.add(part(0x02, true, 6));
    await throwsMesh(() => reassembly.add(part(0x02, true, 5)), "ERR_TOO_LARGE");
    await throwsMesh(() => reassembly.add(part(0x02, true, 0)), "ERR_ENCODING");
    assert.is(reassembly.add(part(0x02, false, 10))?.length, 10);
  });
});

describe("link prologue", (it) => {
  it("has the octets of the specification", () => {
    assert.is(
      toHex(linkPrologue({ medium: "mqtt", mode: "linked", id: "MA" })),
      `000a${toHex(utf8("mmm/link/1"))}0004${toHex(utf8("mqtt"))}0001010002${toHex(utf8("MA"))}`,
    );
  });

  it("goes with a suite told by the key", async () => {
    assert.is(linkProtocol({ curve: "X448" }), "Noise_IKpsk2_448_AESGCM_SHA512");
    await throwsMesh(() => linkProtocol({ curve: "Ed25519" }), "ERR_KEY");
  });
});

describe("hail", (it) => {
  const key = systemRandom.bytes(32);

  it("is known by its key alone", () => {
    const hail = makeHail(key, systemRandom);
    assert.is(hail.length, hailLength);
    assert.ok(matchesHail(key, hail));
    assert.not(matchesHail(systemRandom.bytes(32), hail));
    for (let at = 0; at < hail.length; at++) {
      const changed = hail.slice();
      changed[at] = changed[at]! ^ 1;
      assert.not(matchesHail(key, changed));
      assert.not(matchesHail(key, hail.subarray(0, at)));
    }
  });

  it("has the octets of the specification", () => {
    // Computed with Python's hmac and hashlib: key 00..1f, nonce 01020304.
    const fixed = { bytes: () => Uint8Array.of(1, 2, 3, 4) };
    assert.is(
      toHex(
        makeHail(
          Uint8Array.from({ length: 32 }, (_, at) => at),
          fixed,
        ),
      ),
      "01020304cdaff26929e56cf2",
    );
  });
});
