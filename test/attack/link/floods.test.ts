/**
 * Floods against a device on TCP and against the hub's search for devices: handshakes, silent connections, octets that drip in, describe
 * requests, and mDNS answers that nobody asked for. The device's live session goes on and its memory stays; the hub's lists stay bounded.
 */

import { createSocket } from "node:dgram";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { concat, uintBytes, utf8 } from "../../../src/base/bytes.ts";
import { packagePath } from "../../../src/base/package-root.ts";
import { encodeBase64url } from "../../../src/codec/base64url.ts";
import { frameType } from "../../../src/link/index.ts";
import { MdnsResponder } from "../../../src/transport/mdns/responder.ts";
import { TcpMedium } from "../../../src/transport/tcp/tcp-medium.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { pause, ports } from "../../kit/broker.ts";
import { eventually } from "../../kit/eventually.ts";
import { honestHub } from "../../kit/honest.ts";
import { Attacker, quantile, startTarget, times } from "../../kit/raw-mqtt.ts";

const device = packagePath("test/attack/link/device-target.ts");
const mostGrowth = 10 * 1024 * 1024;
const mostMedianMs = 50;

async function medium(): Promise<TcpMedium> {
  const made = new TcpMedium({ browse: false, ...ports });
  await made.start();
  onCleanup(() => made.stop());
  return made;
}

const framed = (body: Uint8Array) => concat(uintBytes(body.length, 2), body);
const handshake1 = (length: number) =>
  framed(concat(Uint8Array.of(frameType.handshake1), uintBytes(length, 2), Uint8Array.of(1), ports.random.bytes(length - 1)));

/** A live session while strangers attack; both memory and round trips are measured. */
async function underAttack(attack: (attacker: Attacker) => Promise<void>): Promise<{ port: number }> {
  const target = await startTarget(device);
  const session = await honestHub(await (await medium()).open({ medium: "tcp", address: `127.0.0.1:${target.port}` }));
  const ping = () => session.request("Ping", {});
  await times(50, ping);
  const before = await target.measure();
  const attacker = new Attacker(target.port);
  const running = attack(attacker);
  const sorted = await times(100, async () => {
    await ping();
    await pause(5);
  });
  await running;
  const after = await target.measure();
  const [grown, median, p99] = [after.held - before.held, quantile(sorted, 0.5) - 5, quantile(sorted, 0.99) - 5];
  console.log(`grown ${(grown / 1048576).toFixed(1)} MB held; round trip p50 ${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
  assert.not(session.isClosed, "the live session goes on");
  assert.ok(grown <= mostGrowth, `held ${grown} octets more`);
  assert.ok(median <= mostMedianMs, `median ${median} ms`);
  return { port: target.port };
}

describe("attack on a device: floods", (it) => {
  it(
    "handshakes that open nothing",
    async () => {
      await underAttack(async (attacker) => {
        for (let round = 0; round < 30; round++) {
          await attacker.openMany(8, 2);
          for (const socket of attacker.sockets) for (let count = 0; count < 20; count++) socket.write(handshake1(200));
          await pause(20);
        }
      });
    },
    { timeoutMs: 60_000 },
  );

  it(
    "silent connections do not keep the hub out",
    async () => {
      const { port } = await underAttack((attacker) => attacker.openMany(200, 3));
      const again = await honestHub(await (await medium()).open({ medium: "tcp", address: `127.0.0.1:${port}` }));
      await again.request("Ping", {});
    },
    { timeoutMs: 60_000 },
  );

  it(
    "packets of 16 kB octet by octet, and describe requests",
    async () => {
      await underAttack(async (attacker) => {
        await attacker.openMany(4, 4);
        const [first, ...others] = [...attacker.sockets];
        for (let count = 0; count < 200; count++) first?.write(framed(Uint8Array.of(frameType.describeRequest, 0, 0)));
        for (const socket of others) socket.write(uintBytes(16_384, 2));
        for (let at = 0; at < 600; at++) {
          for (const socket of others) socket.write(Uint8Array.of(0));
          await pause(1);
        }
      });
    },
    { timeoutMs: 60_000 },
  );

  it(
    "a packet that drips in ends with its deadline, not with its last octet",
    async () => {
      const target = await startTarget(device);
      const attacker = new Attacker(target.port);
      const socket = await attacker.open(2, uintBytes(16_384, 2));
      const start = performance.now();
      const drip = setInterval(() => socket.write(Uint8Array.of(0)), 500);
      onCleanup(() => clearInterval(drip));
      await eventually("socket.destroyed", () => socket.destroyed, 13_000);
      assert.ok(performance.now() - start > 9000);
    },
    { timeoutMs: 20_000 },
  );
});

/** Octets in use after a collection. */
function held(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** An mDNS answer (RFC 6763) for an invented device with a hail of its own. */
function mdnsAnswer(name: string, port: number): Uint8Array {
  const labels = (text: string) => concat(...text.split(".").flatMap((label) => [Uint8Array.of(label.length), utf8(label)]), Uint8Array.of(0));
  const record = (owner: string, type: number, data: Uint8Array) =>
    concat(labels(owner), uintBytes(type, 2), uintBytes(1, 2), uintBytes(4500, 4), uintBytes(data.length, 2), data);
  const service = "_mesh-device._tcp.local";
  const instance = `${name}.${service}`;
  const text = utf8(`h=${encodeBase64url(ports.random.bytes(12))}`);
  return concat(
    ...[0, 0x8400, 0, 3, 0, 0].map((value) => uintBytes(value, 2)),
    record(service, 12, labels(instance)),
    record(instance, 33, concat(uintBytes(0, 4), uintBytes(port, 2), labels(`${name}.local`))),
    record(instance, 16, concat(Uint8Array.of(text.length), text)),
  );
}

/** Sockets of as many addresses of this machine, from which packets go to the group. */
async function senders(count: number): Promise<(sender: number, packet: Uint8Array) => Promise<void>> {
  const sockets = await Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const socket = createSocket({ type: "udp4", reuseAddr: true });
      onCleanup(() => new Promise<void>((resolve) => socket.close(() => resolve())));
      await new Promise<void>((resolve) => socket.bind(0, `127.0.0.${at + 2}`, resolve));
      socket.setMulticastInterface("127.0.0.1");
      return socket;
    }),
  );
  return (sender, packet) => new Promise((resolve) => sockets[sender]?.send(packet, 5353, "224.0.0.251", () => resolve()));
}

describe("attack on the hub's search: mDNS answers that nobody asked for", (it) => {
  it(
    "8000 invented devices of four senders fill neither the hub's lists nor its memory, and an honest one is found",
    async () => {
      const hub = new TcpMedium({ interface: "127.0.0.1", ...ports });
      await hub.start();
      onCleanup(() => hub.stop());
      const say = await senders(4);
      const before = held();
      // Each of the four is read up to its quota; the last one goes far beyond.
      for (let index = 0; index < 8000; index++) {
        await say(Math.min(3, Math.floor(index / 600)), mdnsAnswer(`flood-${index}`, 1 + index));
        if (index % 200 === 0) await pause(1);
      }
      await eventually("the list of hails is full", () => hub.hails().length === 1024);
      await pause(200);
      const grown = held() - before;
      console.log(`grown ${(grown / 1048576).toFixed(1)} MB held`);
      assert.ok(grown <= mostGrowth, `held ${grown} octets more`);
      const own = ports.random.bytes(12);
      const honest = new MdnsResponder({ interface: "127.0.0.1", ...ports });
      honest.start();
      onCleanup(() => honest.stop());
      await honest.announce({ name: "honest", type: "mesh-device", port: 4242, txt: { h: encodeBase64url(own) } });
      await eventually("hub.hails().some(({ octets }) => Buffer.from(octets).equals(", () =>
        hub.hails().some(({ octets }) => Buffer.from(octets).equals(own)),
      );
      assert.is(hub.hails().length, 1024);
    },
    { timeoutMs: 60_000 },
  );

  it("forgets the oldest of too many services", async () => {
    const responder = new MdnsResponder({ interface: "127.0.0.1", ...ports });
    responder.start();
    onCleanup(() => responder.stop());
    const found: string[] = [];
    responder.browse("mesh-device", { found: ({ name }) => found.push(name), lost: () => undefined });
    const say = await senders(4);
    const first = mdnsAnswer("first", 1);
    await pause(100);
    await say(0, first);
    await eventually("found.includes('first')", () => found.includes("first"));
    for (let index = 0; found.length < 1500 && index < 2400; index++) {
      await say(index % 4, mdnsAnswer(`more-${index}`, 2));
      if (index % 20 === 0) await pause(1);
    }
    await eventually("more are found than are kept", () => found.length > 1024);
    // Known no more, so it is told as new; its sender has used up its share by now, and says it until it is heard.
    await eventually("the first is found anew", async () => {
      await say(0, first);
      return found.filter((name) => name === "first").length === 2;
    });
  });
});
