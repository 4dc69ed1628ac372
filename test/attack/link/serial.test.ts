/** Attacks by whoever holds the wire of a serial line (a unix socket in its place): noise, floods, half blocks, invented hails and streams. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { concat } from "../../../src/base/bytes.ts";
import type { LinkSession } from "../../../src/link/index.ts";
import { encodeHello, encodeLinePacket, lineType } from "../../../src/transport/serial/line-packet.ts";
import { SerialDevice } from "../../../src/transport/serial/serial-device.ts";
import { SerialMedium } from "../../../src/transport/serial/serial-medium.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { pause, ports } from "../../kit/broker.ts";
import { eventually } from "../../kit/eventually.ts";
import { honestDevice, honestHail, honestHub } from "../../kit/honest.ts";
import type { Wire } from "../../kit/serial-wire.ts";
import { startWire } from "../../kit/serial-wire.ts";

const mostGrowth = 10 * 1024 * 1024;
const largest = 1024;

async function house(): Promise<{ wire: Wire; medium: SerialMedium; session: () => Promise<LinkSession> }> {
  const wire = await startWire();
  const device = new SerialDevice({
    path: wire.device,
    baud: 115_200,
    largest,
    hails: () => [honestHail()],
    onStream: (stream) => honestDevice(stream),
    ...ports,
  });
  await device.start();
  onCleanup(() => device.stop());
  const medium = new SerialMedium({ ports: [wire.hub], baud: 115_200, ...ports });
  await medium.start();
  onCleanup(() => medium.stop());
  await eventually("its hail", () => medium.hails().length > 0);
  const session = async (): Promise<LinkSession> => honestHub(await medium.open({ medium: "serial", address: wire.hub }), 2000);
  return { wire, medium, session };
}

async function held(): Promise<number> {
  setFlagsFromString("--expose-gc");
  // What a collection finds only once its finalizers have run.
  for (let round = 0; round < 3; round++) {
    (runInNewContext("gc") as () => void)();
    await pause(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe("attack on a serial line", (it) => {
  it("noise between blocks changes nothing, noise within one ends at most the session, and the next one stands", async () => {
    const { wire, session } = await house();
    const live = await session();
    let turn = 0;
    wire.spoil((octets) => (turn++ % 2 === 0 ? Buffer.concat([ports.random.bytes(40), Buffer.of(0), octets]) : octets));
    for (let count = 0; count < 40; count++) assert.is((await live.request("Ping", {})).Result, "Accept");
    wire.spoil((octets) => {
      const spoilt = Buffer.from(octets);
      const at = Math.floor(spoilt.length / 2);
      spoilt[at] = (spoilt[at] ?? 0) ^ 0x21;
      return spoilt;
    });
    await live.request("Ping", {}, { timeoutMs: 200 }).catch(() => undefined);
    wire.spoil((octets) => octets);
    const later = await session();
    assert.is((await later.request("Ping", {})).Result, "Accept");
  });

  it("a flood of noise, of endless blocks and of good blocks grows neither side, and the device is met afterwards", async () => {
    const { wire, session } = await house();
    await session();
    const before = await held();
    const endless = new Uint8Array(60_000).fill(0x55);
    const junk = encodeLinePacket({ type: lineType.frame, stream: 77, body: ports.random.bytes(60) });
    for (let round = 0; round < 100; round++) {
      for (const to of ["hub", "device"] as const) {
        wire.noise(ports.random.bytes(2000), to);
        wire.noise(endless, to);
        wire.noise(concat(junk, junk, junk, junk), to);
      }
      await pause(2);
    }
    const grown = (await held()) - before;
    console.log(`grown ${(grown / 1048576).toFixed(1)} MB held`);
    assert.ok(grown <= mostGrowth, `held ${grown} octets more`);
    await eventually("a session", async () => (await (await session()).request("Ping", {})).Result === "Accept");
  });

  it("a thousand invented hails fill no list, and nobody is told of most of them", async () => {
    const { wire, medium } = await house();
    let told = 0;
    medium.onHail(() => told++);
    for (let count = 0; count < 1000; count++) {
      const body = encodeHello({ largest, hails: Array.from({ length: 16 }, () => ports.random.bytes(12)) });
      wire.noise(encodeLinePacket({ type: lineType.hello, stream: 0, body }), "hub");
    }
    await eventually("some are told", () => told > 0);
    await pause(300);
    assert.ok(told <= 16 * 20, `${told} told`);
    assert.ok(medium.hails().length <= 16);
  });

  it("ends, opens and frames of streams that there are not end nothing", async () => {
    const { wire, session } = await house();
    const live = await session();
    for (let stream = 1; stream < 256; stream++) {
      wire.noise(encodeLinePacket({ type: lineType.hello, stream, body: Uint8Array.of(0, 9) }), "hub");
      wire.noise(encodeLinePacket({ type: lineType.open, stream, body: new Uint8Array() }), "hub");
    }
    wire.noise(encodeLinePacket({ type: lineType.hello, stream: 0, body: new Uint8Array(2000) }), "device");
    assert.is((await live.request("Ping", {})).Result, "Accept");
  });
});
