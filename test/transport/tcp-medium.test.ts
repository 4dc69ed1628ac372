/** The device link over TCP: found by mDNS on the loopback interface or by configured address. */

import { type AddressInfo, connect, createServer } from "node:net";
import { concat, uintBytes } from "../../src/base/bytes.ts";
import { MeshError } from "../../src/base/errors.ts";
import type { LinkStream } from "../../src/link/stream.ts";
import { announceBroker, announceWyoming, findBroker } from "../../src/transport/mdns/announce.ts";
import { MdnsResponder } from "../../src/transport/mdns/responder.ts";
import { TcpDevice, type TcpDeviceOptions } from "../../src/transport/tcp/tcp-device.ts";
import { TcpMedium, type TcpMediumOptions } from "../../src/transport/tcp/tcp-medium.ts";
import { assert, describe, onCleanup, throwsMesh } from "../harness/suite.ts";
import { pause, ports } from "../kit/broker.ts";
import { eventually } from "../kit/eventually.ts";

const loopback = "127.0.0.1";
const hail = () => ports.random.bytes(12);

async function startDevice(options: Partial<TcpDeviceOptions> = {}): Promise<{ device: TcpDevice; streams: LinkStream[] }> {
  const streams: LinkStream[] = [];
  const device = new TcpDevice({ host: loopback, port: 0, hails: () => [hail()], onStream: (stream) => streams.push(stream), ...ports, ...options });
  await device.start();
  onCleanup(() => device.stop());
  return { device, streams };
}

async function startMedium(options: Partial<TcpMediumOptions> = {}): Promise<{ medium: TcpMedium; gone: string[] }> {
  const medium = new TcpMedium({ interface: loopback, ...ports, ...options });
  const gone: string[] = [];
  medium.onGone(({ address }) => gone.push(address));
  await medium.start();
  onCleanup(() => medium.stop());
  return { medium, gone };
}

const shows = (medium: TcpMedium, octets: Uint8Array) => medium.hails().some((found) => Buffer.from(found.octets).equals(octets));

/** A server that sends what it is told on each connection. */
async function impostor(...chunks: Uint8Array[]): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    for (const chunk of chunks) socket.write(chunk);
    onCleanup(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  onCleanup(() => void server.close());
  return `${loopback}:${(server.address() as AddressInfo).port}`;
}

describe("device link over TCP", (it) => {
  it("finds a device by mDNS, follows its renewed hails, opens a stream, and sees it leave", async () => {
    const { medium, gone } = await startMedium();
    const [first, second] = [hail(), hail()];
    const turns = [[first], [second]];
    const { device, streams } = await startDevice({ mdns: { interface: loopback }, hails: () => turns.shift() ?? [] });
    await eventually("shows(medium, first)", () => shows(medium, first));
    const peer = medium.hails().find(({ octets }) => Buffer.from(octets).equals(first))?.peer;
    const address = `${loopback}:${device.port}`;
    assert.equal(peer, { medium: "tcp", address });
    await device.renew();
    await eventually("shows(medium, second)", () => shows(medium, second));
    await pause(100);
    assert.not.ok(gone.includes(address), "a renewal is not a departure");
    const stream = await medium.open({ medium: "tcp", address });
    const [received, answered]: [number[], number[]] = [[], []];
    await eventually("streams.length === 1", () => streams.length === 1);
    streams[0]?.onPacket((packet) => received.push(packet.length));
    stream.onPacket((packet) => answered.push(packet.length));
    for (const length of [1, 700, stream.maxPacket]) {
      await stream.send(new Uint8Array(length));
      await streams[0]?.send(new Uint8Array(length));
    }
    await eventually("received.length === 3 && answered.length === 3", () => received.length === 3 && answered.length === 3);
    assert.equal(
      [received, answered],
      [
        [1, 700, 16_384],
        [1, 700, 16_384],
      ],
    );
    let closed = false;
    stream.onClose(() => {
      closed = true;
    });
    await device.stop();
    await eventually("closed && gone.includes(address)", () => closed && gone.includes(address));
    assert.not.ok(shows(medium, second));
    await throwsMesh(stream.send(new Uint8Array(1)), "ERR_LINK");
  });

  it("finds a device that was there before", async () => {
    const own = hail();
    await startDevice({ mdns: { interface: loopback }, hails: () => [own] });
    await pause(50);
    const { medium } = await startMedium();
    await eventually("shows(medium, own)", () => shows(medium, own));
  });

  it("asks configured peers for their hails, without mDNS", async () => {
    const [one, two] = [hail(), hail()];
    const { device, streams } = await startDevice({ hails: () => [one, two] });
    const { medium } = await startMedium({ browse: false, staticPeers: [`${loopback}:${device.port}`, `${loopback}:1`] });
    await eventually("shows(medium, one) && shows(medium, two)", () => shows(medium, one) && shows(medium, two));
    await eventually("streams.length === 1", () => streams.length === 1);
    const stream = await medium.open({ medium: "tcp", address: `${loopback}:${device.port}` });
    await eventually("streams.length === 2", () => streams.length === 2);
    const got = new Promise<Uint8Array>((resolve) => stream.onPacket(resolve));
    await streams[1]?.send(Uint8Array.of(7));
    assert.equal(await got, Uint8Array.of(7), "the hail packet is not part of the stream");
    await throwsMesh(startMedium({ staticPeers: ["nowhere"] }), "ERR_CONFIG");
  });

  it("refuses a peer that is absent, does not hail, or sends nonsense", async () => {
    const { medium } = await startMedium({ browse: false });
    const open = (address: string, signal?: AbortSignal) => medium.open({ medium: "tcp", address }, signal);
    await throwsMesh(open(`${loopback}:1`), "ERR_DEVICE_OFFLINE");
    await throwsMesh(open(await impostor(Uint8Array.of(0, 5, 1, 2, 3, 4, 5))), "ERR_DEVICE_OFFLINE");
    await throwsMesh(open(await impostor(Uint8Array.of(0, 0))), "ERR_DEVICE_OFFLINE");
    await throwsMesh(open(await impostor(Uint8Array.of(0xff, 0xff), new Uint8Array(70_000))), "ERR_DEVICE_OFFLINE");
    await throwsMesh(open(await impostor()), "ERR_DEVICE_OFFLINE");
    const cancel = new AbortController();
    const given = open(await impostor(), cancel.signal);
    cancel.abort(new MeshError("ERR_TIMEOUT", "enough"));
    await throwsMesh(given, "ERR_TIMEOUT");
  });

  it("closes a stream whose peer breaks the framing later", async () => {
    const { medium } = await startMedium({ browse: false });
    const address = await impostor(concat(uintBytes(12, 2), hail()), concat(uintBytes(3, 2), Uint8Array.of(1, 2, 3), uintBytes(0xffff, 2)));
    const stream = await medium.open({ medium: "tcp", address });
    const reason = await new Promise<Error | undefined>((resolve) => stream.onClose(resolve));
    assert.match(reason?.message ?? "", /forbidden length/);
  });

  it("a peer that sends packets without end waits, and loses none of them", async () => {
    const most = 1500;
    const { device, streams } = await startDevice();
    const { medium } = await startMedium({ browse: false });
    const stream = await medium.open({ medium: "tcp", address: `${loopback}:${device.port}` });
    await eventually("connected", () => streams.length === 1);
    let received = 0;
    stream.onPacket(() => received++);
    const started = performance.now();
    await Promise.all(Array.from({ length: most }, () => streams[0]?.send(Uint8Array.of(7))));
    await eventually("all have come", () => received === most);
    // 1000 at once, then 500 a second.
    assert.ok(performance.now() - started >= 800);
  });

  it("a device takes few connections and packets of bounded size", async () => {
    const { device, streams } = await startDevice();
    const sockets = Array.from({ length: 7 }, () =>
      connect(device.port, loopback)
        .on("error", () => undefined)
        .resume(),
    );
    onCleanup(() => sockets.forEach((socket) => void socket.destroy()));
    await eventually("sockets.filter(({ destroyed }) => destroyed).length === 3", () => sockets.filter(({ destroyed }) => destroyed).length === 3);
    let closed = 0;
    for (const stream of streams) stream.onClose(() => closed++);
    for (const socket of sockets) socket.write(Uint8Array.of(0x40, 0x01));
    await eventually(
      "closed === streams.length && sockets.every(({ destroyed }) =",
      () => closed === streams.length && sockets.every(({ destroyed }) => destroyed),
    );
  });
});

describe("the hub's broker in mDNS", (it) => {
  it("is found by its flag, and another broker is not taken for it", async () => {
    const other = new MdnsResponder({ interface: loopback, ...ports });
    other.start();
    await other.announce({ name: "other-broker", type: "mqtt", port: 1, txt: {} });
    onCleanup(() => other.stop());
    const announced = announceBroker({ interface: loopback, ...ports, name: "hub-test", port: 18_830 });
    onCleanup(() => announced.stop());
    // Other hubs of this machine may announce themselves too.
    assert.is(await findBroker({ interface: loopback, ...ports, ms: 5000, name: "hub-test" }), "mqtt://127.0.0.1:18830");
  });

  it("and its Wyoming door by the type that assistants look for", async () => {
    const announced = announceWyoming({ interface: loopback, ...ports, name: "hub-voice", port: 10_701 });
    onCleanup(() => announced.stop());
    const browser = new MdnsResponder({ interface: loopback, ...ports });
    onCleanup(() => browser.stop());
    browser.start();
    const found = new Map<string, number>();
    browser.browse("wyoming", { found: ({ name, port }) => found.set(name, port), lost: () => undefined });
    await eventually("the door is found", () => found.get("hub-voice") === 10_701);
  });

  it("is missed in time", async () => {
    await throwsMesh(findBroker({ interface: loopback, ...ports, ms: 100, name: "hub-absent" }), "ERR_TIMEOUT");
  });
});
