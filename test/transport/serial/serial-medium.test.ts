/** The device link over serial lines: on unix sockets in place of terminals, where a test can spoil what passes, and on pseudo terminals. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LinkStream } from "../../../src/link/stream.ts";
import { probeSerial } from "../../../src/transport/serial/probe.ts";
import type { SerialDeviceOptions } from "../../../src/transport/serial/serial-device.ts";
import { SerialDevice } from "../../../src/transport/serial/serial-device.ts";
import { SerialMedium } from "../../../src/transport/serial/serial-medium.ts";
import { assert, describe, onCleanup, skipUnless, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { ports } from "../../kit/broker.ts";
import { eventually } from "../../kit/eventually.ts";
import { missingForTerminals, startTerminals, startWire } from "../../kit/serial-wire.ts";

const baud = 115_200;
const hail = () => ports.random.bytes(12);
const peer = (address: string) => ({ medium: "serial", address, from: address }) as const;

async function startDevice(path: string, options: Partial<SerialDeviceOptions> = {}): Promise<{ device: SerialDevice; streams: LinkStream[] }> {
  const streams: LinkStream[] = [];
  const device = new SerialDevice({
    path,
    baud,
    largest: 512,
    hails: () => [hail()],
    onStream: (stream) => streams.push(stream),
    ...ports,
    ...options,
  });
  await device.start();
  onCleanup(() => device.stop());
  return { device, streams };
}

async function startMedium(...paths: string[]): Promise<{ medium: SerialMedium; gone: string[] }> {
  const medium = new SerialMedium({ ports: paths, baud, ...ports });
  const gone: string[] = [];
  medium.onGone(({ address }) => gone.push(address));
  await medium.start();
  onCleanup(() => medium.stop());
  return { medium, gone };
}

const shows = (medium: SerialMedium, octets: Uint8Array) => medium.hails().some((found) => Buffer.from(found.octets).equals(octets));
const next = (stream: LinkStream): Promise<Uint8Array> => new Promise((resolve) => stream.onPacket(resolve));
const ended = (stream: LinkStream): Promise<Error | undefined> => new Promise((resolve) => stream.onClose(resolve));

/** Opens a stream and gives both its ends. */
async function join2(medium: SerialMedium, path: string, streams: LinkStream[]): Promise<[LinkStream, LinkStream]> {
  const before = streams.length;
  const own = await medium.open(peer(path));
  await eventually("the device has the stream", () => streams.length > before);
  const other = streams.at(-1);
  if (other === undefined) throw new Error("no stream");
  return [own, other];
}

/** Packets of every size go both ways, whatever octets they hold. */
async function carries(own: LinkStream, other: LinkStream): Promise<void> {
  for (const length of [1, 64, 253, 254, 255, own.maxPacket]) {
    const packet = Uint8Array.from({ length }, (_, at) => at);
    const down = next(other);
    await own.send(packet);
    assert.equal(await down, packet);
    const up = next(own);
    await other.send(packet);
    assert.equal(await up, packet);
  }
  await throwsMesh(own.send(new Uint8Array(own.maxPacket + 1)), "ERR_TOO_LARGE");
}

describe("device link over serial lines, on unix sockets in place of terminals", (it) => {
  it("hears a device that starts later, carries packets, follows renewed hails, and sees the end of a stream", async () => {
    const wire = await startWire();
    const { medium } = await startMedium(wire.hub);
    const turns = [hail(), hail()];
    const [first, second] = [...turns] as [Uint8Array, Uint8Array];
    const { device, streams } = await startDevice(wire.device, { hails: () => turns.splice(0, 1) });
    await eventually("its hail", () => shows(medium, first));
    assert.equal(medium.hails()[0]?.peer, peer(wire.hub));
    assert.equal(medium.status(), { state: "up" });
    const [own, other] = await join2(medium, wire.hub, streams);
    assert.is(own.maxPacket, 512);
    await carries(own, other);
    await device.renew();
    await eventually("its new hail", () => shows(medium, second));
    const over = ended(own);
    await other.close();
    assert.match((await over)?.message ?? "", /the device ended the stream/);
    await throwsMesh(own.send(Uint8Array.of(1)), "ERR_LINK");
    await throwsMesh(medium.open(peer("/dev/ttyUSB99")), "ERR_DEVICE_OFFLINE");
  });

  it("asks who is there when it starts, and a newer stream ends the older one on both sides", async () => {
    const wire = await startWire();
    const own = hail();
    const { streams } = await startDevice(wire.device, { hails: () => [own] });
    const { medium } = await startMedium(wire.hub);
    await eventually("its hail", () => shows(medium, own));
    const [first, firstThere] = await join2(medium, wire.hub, streams);
    const [over, overThere] = [ended(first), ended(firstThere)];
    const [second, secondThere] = await join2(medium, wire.hub, streams);
    await Promise.all([over, overThere]);
    await carries(second, secondThere);
  });

  it("a question that is lost is asked again; a device that says nothing, or takes too little, is refused by name", async () => {
    const wire = await startWire();
    const { streams } = await startDevice(wire.device);
    const { medium } = await startMedium(wire.hub);
    await eventually("a hail", () => medium.hails().length > 0);
    let lost = 0;
    wire.spoil((octets) => (lost++ === 0 ? undefined : octets));
    await join2(medium, wire.hub, streams);
    assert.ok(lost > 1);
    wire.spoil(() => undefined);
    assert.match((await throwsMesh(medium.open(peer(wire.hub)), "ERR_DEVICE_OFFLINE")).message, /nobody answers/);
    const cancel = new AbortController();
    const given = medium.open(peer(wire.hub), cancel.signal);
    cancel.abort(new Error("enough"));
    await given.then(
      () => assert.unreachable(),
      (error: Error) => assert.is(error.message, "enough"),
    );

    const other = await startWire();
    await startDevice(other.device, { largest: 63 });
    const { medium: second } = await startMedium(other.hub);
    await eventually("a hail", () => second.hails().length > 0);
    assert.match((await throwsMesh(second.open(peer(other.hub)), "ERR_LINK")).message, /63 octets: a frame needs 64/);
  });

  it("an adapter that is pulled out ends the stream, is told, and comes back by itself; a device that starts anew is met anew", async () => {
    const wire = await startWire();
    const { device, streams } = await startDevice(wire.device);
    const { medium, gone } = await startMedium(wire.hub);
    await eventually("a hail", () => medium.hails().length > 0);
    const [own] = await join2(medium, wire.hub, streams);
    const over = ended(own);
    await wire.unplug();
    await over;
    await eventually("it is gone", () => gone.includes(wire.hub) && medium.hails().length === 0);
    await eventually("it says so", () => medium.status().state === "degraded");
    await eventually("why", () => (medium.status().detail ?? "").includes(`${wire.hub} is not there`));
    await throwsMesh(medium.open(peer(wire.hub)), "ERR_DEVICE_OFFLINE");
    await wire.plug();
    await eventually("it is back", () => medium.status().state === "up" && medium.hails().length > 0);
    const [again, there] = await join2(medium, wire.hub, streams);
    await carries(again, there);

    const overAgain = ended(again);
    // As if power had failed: nothing is said.
    let unheard = 0;
    wire.spoil((octets, to) => {
      if (to === "device") return octets;
      unheard += octets.length;
      return undefined;
    });
    await device.stop();
    await eventually("its last words are lost", () => unheard > 0);
    wire.spoil((octets) => octets);
    const renewed = hail();
    await startDevice(wire.device, { hails: () => [renewed] });
    assert.match((await overAgain)?.message ?? "", /started anew/);
    await eventually("its hail", () => shows(medium, renewed));
    assert.is(medium.hails().length, 1, "what it said before is forgotten");
  });

  it("names what is no line, and a line that nothing can be read of", async () => {
    const file = join(tempDirectory(), "file");
    writeFileSync(file, "");
    const wire = await startWire();
    const { medium } = await startMedium(file, "/dev/null", wire.hub);
    const probes = await Promise.all([file, wire.hub, "/dev/ttyUSB99"].map(probeSerial));
    assert.equal(
      probes.map(({ detail }) => detail),
      [`${file} is no serial port`, wire.hub, "/dev/ttyUSB99 is not there"],
    );
    await eventually("both are named", () => /file is no serial port; \/dev\/null is no serial port/.test(medium.status().detail ?? ""));
    for (let count = 0; count < 20; count++) wire.noise(Uint8Array.of(0xff, 0xfe, count, 0), "hub");
    await eventually("noise is named", () => /are both ends at 115200 baud/.test(medium.status().detail ?? ""));
    await startDevice(wire.device);
    await eventually("a good block ends that", () => !/baud/.test(medium.status().detail ?? ""));
  });
});

describe("device link over serial lines, on pseudo terminals", (it) => {
  it("sets both ends raw, carries every octet, and survives a hang-up", async () => {
    const missing = missingForTerminals();
    skipUnless(missing === undefined, missing ?? "");
    const line = await startTerminals();
    const { streams } = await startDevice(line.device);
    const { medium } = await startMedium(line.hub);
    await eventually("a hail", () => medium.hails().length > 0);
    const [own, other] = await join2(medium, line.hub, streams);
    await carries(own, other);
    const over = [ended(own), ended(other)];
    await line.stop();
    await Promise.all(over);
    await eventually("it says so", () => medium.status().state === "degraded");
  });
});
