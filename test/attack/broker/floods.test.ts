/**
 * Floods against the real broker in a process of its own, while an honest device keeps a link with the hub behind it: connections that say
 * nothing, packets that never end, hails, logins, messages. Before authentication the process holds at most 10 MB more, and the device's
 * reports are answered all the time.
 */

import type { LinkSession } from "../../../src/link/index.ts";
import { MqttDevice } from "../../../src/transport/mqtt/mqtt-device.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { connectPacket, newTag, packet, pause, ports, publishPacket } from "../../kit/broker.ts";
import { eventually } from "../../kit/eventually.ts";
import { honestDevice, honestHail, report } from "../../kit/honest.ts";
import { Attacker, processorOf, quantile, startTarget, type Target, times } from "../../kit/raw-mqtt.ts";

const mostGrowth = 10 * 1024 * 1024;
/** Of a processor, for target and attacker together: what is done until the honest device has its answer. */
const mostMedianMs = 25;
const mostLinkMs = 1000;

/** An honest connected device with a session; it comes back by itself when it is thrown out. */
async function connectHonest(target: Target): Promise<{ session: () => LinkSession | undefined; connections: () => number }> {
  let session: LinkSession | undefined;
  let connections = 0;
  const device = new MqttDevice({
    url: `mqtt://127.0.0.1:${target.port}`,
    hails: () => [honestHail()],
    password: () => "device",
    onStream: (stream) => {
      connections++;
      honestDevice(stream, { onSession: (opened) => (session = opened) });
    },
    ...ports,
  });
  device.start();
  onCleanup(() => device.stop());
  await eventually("session !== undefined && !session.isClosed", () => session !== undefined && !session.isClosed);
  return { session: () => (session?.isClosed ? undefined : session), connections: () => connections };
}

interface Outcome {
  readonly grownHeld: number;
  readonly grownRss: number;
  readonly median: number;
  readonly p99: number;
}

/** Runs an attack for as long as the honest device takes for its reports, and measures both. */
async function underAttack(
  attack: (attacker: Attacker, target: Target) => Promise<void>,
): Promise<{ outcome: Outcome; target: Target; attacker: Attacker }> {
  const target = await startTarget();
  const honest = await connectHonest(target);
  const send = async (): Promise<void> => {
    const session = honest.session();
    if (session === undefined) throw new Error("the honest device lost its link");
    await report(session);
  };
  // Warm: what the first packets compile and allocate is no growth.
  const warm = new Attacker(target.port);
  await warm.openMany(40, 4, () => connectPacket({ id: newTag() }));
  warm.stop();
  await times(50, send);
  await pause(100);
  const before = await target.measure();
  const attacker = new Attacker(target.port);
  const processor = processorOf([process.pid, target.pid]);
  const running = attack(attacker, target);
  const found: number[] = [];
  for (let count = 0; count < 120; count++) {
    found.push(...(await times(1, send, processor)));
    await pause(5);
  }
  await running;
  const after = await target.measure();
  const late = await times(30, send, processor);
  assert.is(honest.connections(), 1, "the honest device was never thrown out");
  const sorted = [...found, ...late].sort((a, b) => a - b);
  const outcome = {
    grownHeld: after.held - before.held,
    grownRss: after.rss - before.rss,
    median: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
  };
  console.log(
    `grown ${(outcome.grownHeld / 1048576).toFixed(1)} MB held, ${(outcome.grownRss / 1048576).toFixed(1)} MB resident; round trip p50 ${outcome.median.toFixed(1)} ms, p99 ${outcome.p99.toFixed(1)} ms of a processor`,
  );
  assert.ok(outcome.grownHeld <= mostGrowth, `held ${outcome.grownHeld} octets more`);
  assert.ok(outcome.median <= mostMedianMs, `median ${outcome.median} ms of a processor`);
  return { outcome, target, attacker };
}

/** Everything that a peer may send before the packet ends. */
const endless = (head: number, length: number): Uint8Array => {
  const whole = packet(head, new Uint8Array(length));
  return whole.subarray(0, whole.length - 1);
};

describe("attack on the broker: floods before authentication", (it) => {
  it(
    "connections that say nothing, from eight addresses",
    async () => {
      const { target } = await underAttack((attacker) => attacker.openMany(1500, 8));
      const newcomer = await connectHonest(target);
      assert.ok(newcomer.session(), "a device that connects meanwhile finds a place");
    },
    { timeoutMs: 240_000 },
  );

  it(
    "CONNECT packets that never end",
    async () => {
      await underAttack((attacker) => attacker.openMany(1000, 8, () => endless(0x10, 16 * 1024)));
    },
    { timeoutMs: 240_000 },
  );

  it(
    "CONNECT packets octet by octet",
    async () => {
      await underAttack(async (attacker) => {
        const whole = endless(0x10, 16 * 1024);
        await attacker.openMany(300, 8, () => whole.subarray(0, 4));
        for (let at = 4; at < 400; at++) {
          for (const socket of attacker.sockets) socket.write(Uint8Array.of(0));
          await pause(2);
        }
      });
    },
    { timeoutMs: 240_000 },
  );

  it(
    "unknown clients with a packet in part each",
    async () => {
      await underAttack(async (attacker) => {
        await attacker.openMany(600, 8, () => connectPacket({ id: newTag() }));
        for (const socket of attacker.sockets) socket.write(endless(0x30, 16 * 1024));
        await pause(300);
      });
    },
    { timeoutMs: 240_000 },
  );

  it(
    "hails, as fast as they go",
    async () => {
      const { target } = await underAttack(async (attacker) => {
        await attacker.openMany(200, 8, () => connectPacket({ id: newTag() }));
        for (let round = 0; round < 40; round++) {
          for (const socket of attacker.sockets) socket.write(publishPacket({ topic: "mesh/hail", payload: ports.random.bytes(16 * 12) }));
          await pause(10);
        }
      });
      assert.ok((await target.measure()).hails <= 1024, "hails are bounded");
    },
    { timeoutMs: 240_000 },
  );

  it(
    "logins that are refused",
    async () => {
      const { target } = await underAttack(async (attacker) => {
        for (let round = 0; round < 10; round++) {
          await attacker.openMany(100, 8, () => connectPacket({ id: newTag(), username: "linked", password: "x".repeat(8000) }));
          await pause(20);
        }
      });
      assert.ok((await target.measure()).refused >= 500);
    },
    { timeoutMs: 240_000 },
  );

  it(
    "messages and subscriptions of unknown clients, as many as they may send, answers unread",
    async () => {
      await underAttack(async (attacker) => {
        const filters = packet(0x82, subscribeBody(1200));
        await attacker.openMany(100, 8, () => connectPacket({ id: newTag() }));
        for (const socket of attacker.sockets) socket.pause();
        for (let round = 0; round < 30; round++) {
          for (const socket of attacker.sockets) socket.write(round % 2 === 0 ? filters : packet(0xc0, new Uint8Array()));
          await pause(20);
        }
      });
    },
    { timeoutMs: 240_000 },
  );
});

/** A SUBSCRIBE of many filters that are all refused. */
function subscribeBody(count: number): Uint8Array {
  const body = new Uint8Array(2 + 6 * count);
  body.set([0, 5]);
  for (let index = 0; index < count; index++) body.set([0, 3, 0x61, 0x2f, 0x2b, 1], 2 + 6 * index);
  return body;
}

describe("attack on the broker: places", (it) => {
  it(
    "a flood from many addresses does not keep an honest login out",
    async () => {
      const target = await startTarget();
      const attacker = new Attacker(target.port);
      await attacker.openMany(1100, 60);
      let flooding = true;
      const flood = (async () => {
        while (flooding) {
          await attacker.openMany(60, 60);
          await pause(10);
        }
      })();
      const [ms = 0] = await times(1, () => connectHonest(target), processorOf([process.pid, target.pid]));
      flooding = false;
      await flood;
      console.log(`an honest device was linked after ${ms.toFixed(0)} ms of a processor`);
      assert.ok(ms < mostLinkMs, `linked after ${ms} ms of a processor`);
    },
    { timeoutMs: 240_000 },
  );
});
