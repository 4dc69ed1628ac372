import { systemRandom } from "../../src/base/random.ts";
import { decodeFrame } from "../../src/link/frame.ts";
import { CipherState } from "../../src/link/noise/cipher-state.ts";
import type { Channels } from "../../src/link/noise/handshake.ts";
import { maxFrames, Transport } from "../../src/link/transport.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

function channels(): [Channels, Channels] {
  const keys = [systemRandom.bytes(32), systemRandom.bytes(32)];
  const cipher = (index: number): CipherState => new CipherState("ChaChaPoly", keys[index]!.slice());
  return [
    { send: cipher(0), receive: cipher(1) },
    { send: cipher(1), receive: cipher(0) },
  ];
}

function transports(maxPacket = 8192): [Transport, Transport] {
  const [a, b] = channels();
  return [new Transport(a, maxPacket), new Transport(b, maxPacket)];
}

const message = (n: number): Uint8Array => Uint8Array.of(n, n, n);

describe("link transport", (it) => {
  it("drops duplicates of any age", () => {
    const [a, b] = transports();
    const frames = [1, 2, 3].flatMap((n) => a.seal(message(n)));
    for (const [index, frame] of frames.entries()) {
      assert.equal(b.open(decodeFrame(frame)), message(index + 1));
      for (const old of frames.slice(0, index + 1)) assert.is(b.open(decodeFrame(old)), undefined);
    }
  });

  it("refuses a gap and a reordering", async () => {
    const [a, b] = transports();
    const [one, two, three] = [1, 2, 3].flatMap((n) => a.seal(message(n)));
    b.open(decodeFrame(one!));
    await throwsMesh(() => b.open(decodeFrame(three!)), "ERR_LINK");
    assert.equal(b.open(decodeFrame(two!)), message(2));
  });

  it("takes other counters before the first frame for those of an earlier session", () => {
    const [a, b] = transports();
    const [one, two] = [1, 2].flatMap((n) => a.seal(message(n)));
    assert.is(b.open(decodeFrame(two!)), undefined);
    assert.equal(b.open(decodeFrame(one!)), message(1));
  });

  it("refuses every flipped bit and every cut, and neither moves the counter", async () => {
    const [a, b] = transports();
    b.open(decodeFrame(a.seal(message(0))[0]!));
    const frame = a.seal(message(1))[0]!;
    for (let at = 3; at < frame.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = frame.slice();
        changed[at] = changed[at]! ^ (1 << bit);
        let opened: Uint8Array | undefined;
        try {
          opened = b.open(decodeFrame(changed));
        } catch (error) {
          await throwsMesh(() => Promise.reject(error), at < 11 ? "ERR_LINK" : "ERR_VERIFICATION");
        }
        assert.is(opened, undefined);
      }
    }
    for (let length = 0; length < frame.length; length++) {
      await throwsMesh(() => b.open(decodeFrame(frame.subarray(0, length))), "ERR_ENCODING");
      if (length < 11) continue;
      const cut = frame.slice(0, length);
      new DataView(cut.buffer).setUint16(1, length - 3);
      await throwsMesh(() => b.open(decodeFrame(cut)), "ERR_VERIFICATION");
    }
    assert.equal(b.open(decodeFrame(frame)), message(1));
  });

  it("does not take the parts of a message for the whole", () => {
    const [a, b] = transports(64);
    const frames = a.seal(new Uint8Array(100));
    assert.is(frames.length, 3);
    for (const frame of frames) assert.ok(frame.length <= 64);
    assert.is(b.open(decodeFrame(frames[0]!)), undefined);
    assert.is(b.open(decodeFrame(frames[0]!)), undefined);
    assert.is(b.open(decodeFrame(frames[1]!)), undefined);
    assert.equal(b.open(decodeFrame(frames[2]!)), new Uint8Array(100));
  });

  it("bounds what an endless message may hold", async () => {
    const [hostile, honest] = channels();
    const b = new Transport(honest, 8192);
    const part = new Uint8Array(4001).fill(1);
    const push = () => {
      const counter = hostile.send.nonce;
      return b.open({ type: 0x20, more: false, counter, payload: hostile.send.encrypt(part) });
    };
    for (let count = 0; count < 4; count++) assert.is(push(), undefined);
    await throwsMesh(push, "ERR_TOO_LARGE");
  });

  it("refuses a part with an unknown flag, or none", async () => {
    for (const plaintext of [new Uint8Array(0), Uint8Array.of(2, 1), Uint8Array.of(1)]) {
      const [hostile, honest] = channels();
      const b = new Transport(honest, 8192);
      await throwsMesh(
        () => b.open({ type: 0x20, more: false, counter: 0n, payload: hostile.send.encrypt(plaintext) }),
        plaintext[0] === 1 ? "ERR_ENCODING" : "ERR_VERIFICATION",
      );
    }
  });

  it("is stale before 2^20 frames and ends there", async () => {
    const [sender, receiver] = channels();
    const [a, b] = [new Transport(sender, 8192), new Transport(receiver, 8192)];
    assert.not(a.isStale);
    sender.send.setNonce(BigInt(maxFrames - 1));
    receiver.receive.setNonce(BigInt(maxFrames - 1));
    assert.ok(a.isStale);
    assert.ok(b.isStale);
    assert.equal(b.open(decodeFrame(a.seal(message(1))[0]!)), message(1));
    await throwsMesh(() => a.seal(message(2)), "ERR_LINK");
    await throwsMesh(() => b.open({ type: 0x20, more: false, counter: BigInt(maxFrames), payload: new Uint8Array(20) }), "ERR_LINK");
  });

  it("cannot be used after wipe", async () => {
    const [a] = transports();
    a.wipe();
    await throwsMesh(() => a.seal(message(1)), "ERR_LINK");
  });
});
