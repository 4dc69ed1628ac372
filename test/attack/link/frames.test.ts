/**
 * A man in the middle of the device link over real TCP: frames forged, replayed, reordered, truncated, lost, and handshakes of another
 * session or another hub. No command is ever carried out that the hub did not send, none twice, and a new session works afterwards.
 */

import { concat, uint64Bytes, uintBytes, utf8 } from "../../../src/base/bytes.ts";
import { TokenBucket } from "../../../src/base/token-bucket.ts";
import { encodeObjectB } from "../../../src/codec/object.ts";
import { generatePrivateKey } from "../../../src/crypto/key.ts";
import { frameType, HandshakeState, type LinkSession, openLink } from "../../../src/link/index.ts";
import { Select } from "../../../src/link/verb.ts";
import { TcpDevice } from "../../../src/transport/tcp/tcp-device.ts";
import { TcpMedium } from "../../../src/transport/tcp/tcp-medium.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { pause, ports } from "../../kit/broker.ts";
import { eventually } from "../../kit/eventually.ts";
import { dealEpoch, deviceKey, deviceUdf, honestDevice, honestHail, honestHub, hubKey, hubUdf, psk } from "../../kit/honest.ts";
import { type MiddleMan, startProxy } from "./proxy.ts";

interface Scene {
  readonly proxy: MiddleMan;
  /** Commands that the device carried out. */
  readonly done: string[];
  readonly sessions: LinkSession[];
  open(): Promise<LinkSession>;
}

/** A hub, a man in the middle and a device, each on sockets of its own. */
async function scene(): Promise<Scene> {
  const done: string[] = [];
  const sessions: LinkSession[] = [];
  // The limit on handshakes has tests of its own.
  const bucket = new TokenBucket({ perSecond: 1000, burst: 1000 }, ports.clock);
  const device = new TcpDevice({
    host: "127.0.0.1",
    port: 0,
    hails: () => [honestHail()],
    onStream: (stream) => honestDevice(stream, { bucket, onCommand: (name) => done.push(name), onSession: (session) => sessions.push(session) }),
    ...ports,
  });
  await device.start();
  onCleanup(() => device.stop());
  const medium = new TcpMedium({ browse: false, ...ports });
  await medium.start();
  onCleanup(() => medium.stop());
  const proxy = await startProxy(device.port);
  const open = async () => honestHub(await medium.open({ medium: "tcp", address: proxy.address }), 1000);
  return { proxy, done, sessions, open };
}

const command = (session: LinkSession, name: string) => session.request("Command", { Command: name, Arguments: [] }, { timeoutMs: 500 });
const flipped = (packet: Uint8Array, at: number, bit = 1) => packet.map((octet, index) => (index === at ? octet ^ bit : octet));
const lengthened = (type: number, body: Uint8Array) => concat(Uint8Array.of(type), uintBytes(body.length, 2), body);
const isTransport = (packet: Uint8Array) => packet[0] === frameType.transport;
const settle = () => pause(60);

/** After an attack: a new session is opened and obeyed, once. */
async function worksAgain({ open, done, proxy }: Scene): Promise<void> {
  proxy.toDevice.decide = (packet) => [packet];
  proxy.toHub.decide = (packet) => [packet];
  const before = done.length;
  assert.is((await command(await open(), "after")).Result, "Accept");
  assert.equal(done.slice(before), ["after"]);
}

describe("attack on the link: frames changed on their way", (it) => {
  it("a flipped bit in any octet of a command is never obeyed", async () => {
    const found = await scene();
    const { proxy, done } = found;
    // Type, length, counter, ciphertext and tag.
    for (const place of [0, 1, 2, 3, 10, 11, 12, 30, -16, -1]) {
      const session = await found.open();
      await settle();
      proxy.toDevice.decide = (packet) => (isTransport(packet) ? [flipped(packet, place < 0 ? packet.length + place : place)] : [packet]);
      await command(session, "forged").then(
        () => assert.unreachable(`octet ${place}`),
        () => undefined,
      );
      proxy.toDevice.decide = (packet) => [packet];
      assert.equal(done, [], `octet ${place}`);
    }
    await worksAgain(found);
  });

  it("every truncation of a command is refused, and the frame as the last word too", async () => {
    const found = await scene();
    const { proxy, done } = found;
    const session = await found.open();
    await settle();
    let cut = 0;
    proxy.toDevice.decide = (packet) => {
      if (!isTransport(packet)) return [packet];
      // Cut as it is: not a frame. Seven of them are passed over, the eighth closes the stream.
      cut = packet.length;
      return [0, 1, 2, 3, 10, 11].map((length) => packet.slice(0, Math.max(1, length)));
    };
    await throwsMesh(command(session, "cut"), "ERR_TIMEOUT");
    assert.ok(cut > 0);
    assert.equal(done, []);
    // Cut with a length that fits: the tag fails, the session ends.
    proxy.toDevice.decide = (packet) => (isTransport(packet) ? [lengthened(frameType.transport, packet.slice(3, -1))] : [packet]);
    await command(session, "shortened").then(
      () => assert.unreachable(),
      () => undefined,
    );
    assert.ok(session.isClosed);
    assert.equal(done, []);
    await worksAgain(found);
  });

  it("a stream cut in the middle of a packet ends both sides", async () => {
    const found = await scene();
    const { proxy, done, sessions } = found;
    const session = await found.open();
    await settle();
    proxy.toDevice.decide = (packet) => {
      proxy.toDevice.raw(concat(uintBytes(packet.length, 2), packet.slice(0, packet.length >> 1)));
      proxy.close();
      return [];
    };
    await throwsMesh(command(session, "half"), "ERR_LINK");
    await eventually("sessions[0]?.isClosed === true", () => sessions[0]?.isClosed === true);
    assert.equal(done, []);
  });

  it("a replayed command is not carried out again, in its session or in a later one", async () => {
    const found = await scene();
    const { proxy, done } = found;
    const session = await found.open();
    await command(session, "once");
    const frame = proxy.toDevice.seen.findLast(isTransport);
    assert.ok(frame);
    for (let count = 0; count < 20; count++) proxy.toDevice.inject(frame!);
    for (const old of proxy.toDevice.seen.filter(isTransport)) proxy.toDevice.inject(old);
    await settle();
    assert.equal(done, ["once"]);
    assert.is((await command(session, "twice")).Result, "Accept", "duplicates do no harm");
    // In another session of the same keys, as the first frame and later.
    const recorded = [...proxy.toDevice.seen];
    await session.close();
    proxy.toDevice.decide = (packet) => (isTransport(packet) ? [...recorded.filter(isTransport), packet] : [packet]);
    const later = await found.open();
    await settle();
    assert.equal(done, ["once", "twice"]);
    proxy.toDevice.decide = (packet) => [packet];
    if (!later.isClosed) {
      for (const old of recorded) proxy.toDevice.inject(old);
      await settle();
    }
    assert.equal(done, ["once", "twice"]);
    await worksAgain(found);
  });

  it("a whole recorded session opens nothing", async () => {
    const found = await scene();
    const { proxy, done, sessions } = found;
    const session = await found.open();
    await command(session, "recorded");
    const recorded = [...proxy.toDevice.seen];
    session.end();
    assert.is(sessions.length, 1);
    // The same octets to the device once more, over a stream of its own, as a thief of a recording would.
    const medium = new TcpMedium({ browse: false, ...ports });
    await medium.start();
    onCleanup(() => medium.stop());
    const stream = await medium.open({ medium: "tcp", address: proxy.address });
    for (const packet of recorded) await stream.send(packet);
    await settle();
    assert.is(sessions.length, 1, "no session");
    assert.equal(done, ["recorded"]);
  });

  it("commands that change places end the session before the second is carried out", async () => {
    const found = await scene();
    const { proxy, done } = found;
    const session = await found.open();
    await command(session, "first");
    let held: Uint8Array | undefined;
    proxy.toDevice.decide = (packet) => {
      if (!isTransport(packet)) return [packet];
      if (held === undefined) {
        held = packet;
        return [];
      }
      return [packet, held];
    };
    const both = [command(session, "open"), command(session, "shut")];
    for (const sent of both) {
      await sent.then(
        () => assert.unreachable("reordered"),
        () => undefined,
      );
    }
    assert.ok(session.isClosed);
    assert.equal(done, ["first"]);
    await worksAgain(found);
  });

  it("a lost command is noticed at the next one", async () => {
    const found = await scene();
    const { proxy, done } = found;
    const session = await found.open();
    await settle();
    proxy.toDevice.decide = () => [];
    await throwsMesh(command(session, "lost"), "ERR_TIMEOUT");
    proxy.toDevice.decide = (packet) => [packet];
    await throwsMesh(command(session, "next"), "ERR_LINK");
    assert.equal(done, []);
    await worksAgain(found);
  });

  it("answers reflected, or sent back to their sender, are believed by nobody", async () => {
    const found = await scene();
    const { proxy, done } = found;
    const session = await found.open();
    await command(session, "first");
    proxy.toDevice.decide = (packet) => {
      // The hub gets its own frame as the answer.
      proxy.toHub.inject(packet);
      return [];
    };
    await command(session, "echo").then(
      () => assert.unreachable("a reflection was taken for an answer"),
      () => undefined,
    );
    assert.equal(done, ["first"]);
    await worksAgain(found);
  });
});

describe("attack on the link: forged handshakes and frames", (it) => {
  it("frames without a session, of every type and counter, do nothing", async () => {
    const found = await scene();
    const { proxy, done, sessions } = found;
    const medium = new TcpMedium({ browse: false, ...ports });
    await medium.start();
    onCleanup(() => medium.stop());
    const stream = await medium.open({ medium: "tcp", address: proxy.address });
    for (const counter of [0n, 1n, 2n ** 20n, 2n ** 64n - 1n]) {
      await stream.send(lengthened(frameType.transport, concat(uint64Bytes(counter), ports.random.bytes(60))));
    }
    await stream.send(lengthened(frameType.describeRequest, utf8("{}")));
    await stream.send(lengthened(frameType.close, Uint8Array.of(2)));
    await settle();
    assert.is(sessions.length, 0);
    assert.equal(done, []);
    assert.equal(proxy.toHub.seen, [], "and a connected device does not describe itself");
    await worksAgain(found);
  });

  const strangers: readonly (readonly [string, Partial<Parameters<typeof openLink>[0]>, "ERR_LINK" | "ERR_VERIFICATION"])[] = [
    ["the device's public key but not the psk", { psk: new Uint8Array(32).fill(9) }, "ERR_VERIFICATION"],
    ["the psk but not the device's public key", { remote: generatePrivateKey("X25519", ports.random).public }, "ERR_LINK"],
    ["an older epoch", { dealEpoch: dealEpoch - 1 }, "ERR_LINK"],
    ["another hub's name", { hubUdf: "MHUB-OTHER" }, "ERR_LINK"],
    ["a mode that is shut", { mode: "onboard" }, "ERR_LINK"],
    ["the name of another device", { id: "MDEV-OTHER" }, "ERR_LINK"],
  ];
  for (const [what, changes, code] of strangers) {
    it(`a stranger with ${what} gets no session`, async () => {
      const found = await scene();
      const medium = new TcpMedium({ browse: false, ...ports });
      await medium.start();
      onCleanup(() => medium.stop());
      const stream = await medium.open({ medium: "tcp", address: found.proxy.address });
      const base = {
        stream,
        mode: "linked",
        id: deviceUdf,
        local: hubKey,
        remote: deviceKey.public,
        psk,
        hubUdf,
        dealEpoch,
        timeoutMs: 1000,
        ...ports,
      } as const;
      await throwsMesh(openLink({ ...base, ...changes }), code);
      await settle();
      assert.is(found.sessions.length, 0);
    });
  }

  it("an impostor of the device cannot answer the hub's handshake", async () => {
    const found = await scene();
    const impostor = generatePrivateKey("X25519", ports.random);
    for (const answer of ["garbage", "own key", "recorded"] as const) {
      const before = await found.open();
      const recorded = found.proxy.toHub.seen.find((packet) => packet[0] === frameType.handshake2);
      await before.close();
      found.proxy.toHub.decide = (packet) => {
        if (packet[0] !== frameType.handshake2) return [packet];
        if (answer === "recorded") return recorded === undefined ? [] : [recorded];
        if (answer === "garbage") return [lengthened(frameType.handshake2, ports.random.bytes(48))];
        return [lengthened(frameType.handshake2, concat(impostor.public.octets, ports.random.bytes(16)))];
      };
      await throwsMesh(found.open(), "ERR_VERIFICATION");
      found.proxy.toHub.decide = (packet) => [packet];
    }
    assert.equal(found.done, []);
  });

  it("points of small order give no handshake", async () => {
    const found = await scene();
    const medium = new TcpMedium({ browse: false, ...ports });
    await medium.start();
    onCleanup(() => medium.stop());
    const stream = await medium.open({ medium: "tcp", address: found.proxy.address });
    const points = ["00".repeat(32), `01${"00".repeat(31)}`, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"];
    const replies: number[] = [];
    stream.onPacket((packet) => replies.push(packet[0] ?? 0));
    for (const point of points) {
      await stream.send(lengthened(frameType.handshake1, concat(Uint8Array.of(1), Buffer.from(point, "hex"), ports.random.bytes(100))));
    }
    await eventually("replies.length === points.length", () => replies.length === points.length);
    assert.equal(new Set(replies), new Set([frameType.close]));
    assert.is(found.sessions.length, 0);
  });

  it("a valid first half by a stranger does not disturb the live session", async () => {
    const found = await scene();
    const session = await found.open();
    await command(session, "before");
    const thief = generatePrivateKey("X25519", ports.random);
    const prologue = concat(
      ...[utf8("mmm/link/1"), utf8("tcp"), Uint8Array.of(1), utf8(deviceUdf)].flatMap((field) => [uintBytes(field.length, 2), field]),
    );
    const state = new HandshakeState({
      protocol: "Noise_IKpsk2_25519_ChaChaPoly_SHA512",
      role: "initiator",
      prologue,
      random: ports.random,
      local: thief,
      remote: deviceKey.public,
      psk: new Uint8Array(32),
    });
    const message1 = state.writeMessage(encodeObjectB(Select, { HubUdf: hubUdf, DealEpoch: dealEpoch }));
    found.proxy.toDevice.inject(lengthened(frameType.handshake1, concat(Uint8Array.of(1), message1)));
    await eventually("found.proxy.toHub.seen.some((packet) => packet[0] === frameT", () =>
      found.proxy.toHub.seen.some((packet) => packet[0] === frameType.handshake2 && packet !== found.proxy.toHub.seen[0]),
    );
    found.proxy.toDevice.inject(lengthened(frameType.transport, concat(uint64Bytes(0n), ports.random.bytes(17))));
    await settle();
    assert.is((await command(session, "after")).Result, "Accept");
    assert.is(found.sessions.length, 1);
    assert.equal(found.done, ["before", "after"]);
  });
});
