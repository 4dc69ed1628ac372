/** The device link over MQTT, through the embedded broker and through a broker that is not ours. */

import { MeshError } from "../../src/base/errors.ts";
import type { LinkStream } from "../../src/link/stream.ts";
import type { Hail, Medium, Peer } from "../../src/transport/medium.ts";
import { defaultAllowances, meshAccessPolicy } from "../../src/transport/mqtt/broker/access-policy.ts";
import { ExternalMqttMedium } from "../../src/transport/mqtt/external-mqtt-medium.ts";
import { MqttDevice, type MqttDeviceOptions } from "../../src/transport/mqtt/mqtt-device.ts";
import { MqttMedium } from "../../src/transport/mqtt/mqtt-medium.ts";
import { hailOfTag } from "../../src/transport/mqtt/topic.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { newTag, ports, RawClient, startBroker, startStock, testAccess } from "../kit/broker.ts";
import { eventually } from "../kit/eventually.ts";

const hail = () => ports.random.bytes(12);

async function startMedium<T extends Medium>(medium: T): Promise<{ medium: T; heard: Hail[]; gone: string[] }> {
  const heard: Hail[] = [];
  const gone: string[] = [];
  medium.onHail((found) => heard.push(found));
  medium.onGone(({ address }) => gone.push(address));
  await medium.start();
  onCleanup(() => medium.stop());
  return { medium, heard, gone };
}

function startDevice(options: Partial<MqttDeviceOptions> & { url: string }): { device: MqttDevice; streams: LinkStream[] } {
  const streams: LinkStream[] = [];
  const device = new MqttDevice({ hails: () => [hail()], onStream: (stream) => streams.push(stream), ...ports, ...options });
  device.start();
  onCleanup(() => device.stop());
  return { device, streams };
}

/** Sends packets both ways and sees them come in order. */
async function exchange(hub: LinkStream, device: LinkStream): Promise<void> {
  const toDevice: number[] = [];
  const toHub: number[] = [];
  device.onPacket((packet) => toDevice.push(packet.length));
  hub.onPacket((packet) => toHub.push(packet.length));
  for (const length of [1, 100, hub.maxPacket]) {
    await hub.send(new Uint8Array(length));
    await device.send(new Uint8Array(length));
  }
  await eventually("toDevice.length === 3 && toHub.length === 3", () => toDevice.length === 3 && toHub.length === 3);
  assert.equal(toDevice, [1, 100, hub.maxPacket]);
  assert.equal(toHub, [1, 100, hub.maxPacket]);
  await throwsMesh(hub.send(new Uint8Array(hub.maxPacket + 1)), "ERR_TOO_LARGE");
}

async function startEmbedded(): Promise<{ medium: MqttMedium; heard: Hail[]; gone: string[]; url: string; port: number }> {
  const broker = await startBroker();
  const { port } = broker.status();
  return { ...(await startMedium(new MqttMedium({ broker, ...ports }))), port, url: `mqtt://127.0.0.1:${port}` };
}

function peerOf([first]: readonly Hail[]): Peer {
  if (first === undefined) throw new Error("no hail was heard");
  return first.peer;
}

function streamOf([first]: readonly LinkStream[]): LinkStream {
  if (first === undefined) throw new Error("no stream was opened");
  return first;
}

describe("device link over the embedded broker", (it) => {
  it("hears CONNECT as a hail, later hails by topic, and opens a stream", async () => {
    const { medium, heard, gone, url } = await startEmbedded();
    const [first, second, third] = [hail(), hail(), hail()];
    const turns = [[first], [second, third]];
    const { device, streams } = startDevice({ url, hails: () => turns.shift() ?? [] });
    await eventually("heard.length >= 2 && streams.length === 1", () => heard.length >= 2 && streams.length === 1);
    assert.equal(heard[0]?.octets, first);
    assert.is(heard[0]?.peer.address, Buffer.from(first).toString("hex"));
    await device.renew();
    await eventually("heard.length >= 4", () => heard.length >= 4);
    assert.equal(
      medium
        .hails()
        .map(({ octets }) => octets)
        .slice(0, 2),
      [third, second],
    );
    const peer = peerOf(heard);
    await exchange(await medium.open(peer), streamOf(streams));
    await device.stop();
    await eventually("gone.length === 1", () => gone.length === 1);
    assert.equal(medium.hails(), []);
  });

  it("ends the stream when the device leaves, and refuses absent devices", async () => {
    const { medium, heard, url } = await startEmbedded();
    const { device, streams } = startDevice({ url });
    await eventually("streams.length === 1 && heard.length >= 1", () => streams.length === 1 && heard.length >= 1);
    const stream = await medium.open(peerOf(heard));
    let reason: Error | undefined;
    stream.onClose((found) => {
      reason = found;
    });
    await device.stop();
    await eventually("reason instanceof MeshError", () => reason instanceof MeshError);
    await throwsMesh(stream.send(new Uint8Array(1)), "ERR_LINK");
    await throwsMesh(medium.open({ medium: "mqtt", address: newTag() }), "ERR_DEVICE_OFFLINE");
  });

  it("opens only when the device listens, and stops waiting when told to", async () => {
    const { medium, port } = await startEmbedded();
    const tag = newTag();
    const client = await RawClient.login(port, { id: tag });
    const cancel = new AbortController();
    const given = medium.open({ medium: "mqtt", address: tag }, cancel.signal).catch((error: unknown) => error);
    cancel.abort(new MeshError("ERR_TIMEOUT", "enough"));
    assert.is(((await given) as MeshError).code, "ERR_TIMEOUT");
    const opening = medium.open({ medium: "mqtt", address: tag });
    await client.subscribe(`mesh/${tag}/down`);
    await (await opening).send(Uint8Array.of(65));
    assert.is(await client.message(), `mesh/${tag}/down A`);
  });

  it("takes no hail of a wrong length and bounds the number of hails of one device", async () => {
    const { medium, heard, port } = await startEmbedded();
    const tag = newTag();
    const client = await RawClient.login(port, { id: tag });
    for (const length of [0, 11, 13, 12 * 17]) client.publish({ topic: "mesh/hail", payload: new Uint8Array(length) });
    for (let index = 0; index < 40; index++) client.publish({ topic: `mesh/hail/${tag}`, payload: hail() });
    await eventually("heard.length === 41", () => heard.length === 41);
    assert.is(medium.hails().length, 16);
  });

  it("a device comes back after the broker was away, under a new tag", async () => {
    const dataDir = tempDirectory();
    const first = await startBroker({ dataDir });
    const { port } = first.status();
    const before = await startMedium(new MqttMedium({ broker: first, ...ports }));
    startDevice({ url: `mqtt://127.0.0.1:${port}` });
    await eventually("before.heard.length >= 1", () => before.heard.length >= 1);
    await first.stop();
    assert.equal(before.gone, [before.heard[0]?.peer.address]);
    const second = await startBroker({ dataDir, port });
    const after = await startMedium(new MqttMedium({ broker: second, ...ports }));
    await eventually("after.heard.length >= 1", () => after.heard.length >= 1);
    assert.is.not(after.heard[0]?.peer.address, before.heard[0]?.peer.address);
  });

  it("logs a connected device in with its password", async () => {
    const { heard, url } = await startEmbedded();
    let asked = "";
    const { device } = startDevice({
      url,
      password: (tag) => {
        asked = tag;
        return "device";
      },
    });
    await eventually("heard.length >= 1", () => heard.length >= 1);
    assert.is(device.connected, true);
    assert.is(heard[0]?.peer.address, asked);
    assert.equal(hailOfTag(asked), heard[0]?.octets);
  });
});

/** The stream of a client without a login that has said one thing and listens. */
async function stranger(medium: MqttMedium, port: number) {
  const tag = newTag();
  const client = await RawClient.login(port, { id: tag });
  await client.subscribe(`mesh/${tag}/down`);
  const stream = await medium.open({ medium: "mqtt", address: tag });
  let came = 0;
  stream.onPacket(() => came++);
  const say = (packets: number): void => {
    for (let sent = 0; sent < packets; sent++) client.publish({ topic: `mesh/${tag}/up` });
  };
  return { client, stream, say, came: () => came };
}

describe("who came to the embedded broker as a stranger", (it) => {
  it("may send what a device of the house may once its link has proven it to be one, counted once for a connection", async () => {
    const packets = { perSecond: 0.001, burst: 100 };
    const allowances = {
      unknown: { ...defaultAllowances.unknown, packets: { ...packets, burst: 10 } },
      device: { ...defaultAllowances.device, packets },
    };
    const broker = await startBroker({ policy: meshAccessPolicy({ ...testAccess, allowances }) });
    const { medium } = await startMedium(new MqttMedium({ broker, ...ports }));
    const { port } = broker.status();
    const unproven = await stranger(medium, port);
    const proven = await stranger(medium, port);
    proven.stream.proven?.();
    proven.say(60);
    unproven.say(60);
    await unproven.client.whenClosed();
    await eventually("all came", () => proven.came() === 60);
    assert.is(proven.client.closed, false);
    assert.ok(unproven.came() < 10, `${unproven.came()}`);

    proven.stream.proven?.();
    unproven.stream.proven?.();
    proven.say(60);
    await proven.client.whenClosed();
    assert.ok(proven.came() <= 100, `another session is not another allowance: ${proven.came()}`);
  });

  it("keeps its place from then on, however many come", async () => {
    const broker = await startBroker({ limits: { total: 64, perNetwork: 64, rate: { burst: 64, everyMs: 1 }, unproven: 2 } });
    const { medium } = await startMedium(new MqttMedium({ broker, ...ports }));
    const { port } = broker.status();
    const proven = await stranger(medium, port);
    proven.stream.proven?.();
    const others = [await stranger(medium, port), await stranger(medium, port), await stranger(medium, port)];
    await eventually("one gave way", () => others.some(({ client }) => client.closed));
    assert.is(proven.client.closed, false);
  });
});

describe("device link over an external broker", (it) => {
  it("finds the device by its published hail and opens a stream", async () => {
    const url = `mqtt://127.0.0.1:${await startStock()}`;
    const { medium, heard } = await startMedium(new ExternalMqttMedium({ url, ...ports }));
    await eventually("medium.status().state === 'up'", () => medium.status().state === "up");
    const own = hail();
    const { device, streams } = startDevice({ url, hails: () => [own] });
    await eventually("heard.length >= 1 && streams.length === 1", () => heard.length >= 1 && streams.length === 1);
    assert.equal(heard[0]?.octets, own);
    await exchange(await medium.open(peerOf(heard)), streamOf(streams));
    await device.stop();
  });

  it("tells why the broker cannot be reached", async () => {
    const { medium } = await startMedium(new ExternalMqttMedium({ url: "mqtt://127.0.0.1:1", ...ports }));
    await eventually("medium.status().detail !== undefined", () => medium.status().detail !== undefined);
    assert.is(medium.status().state, "down");
    assert.match(medium.status().detail ?? "", /cannot be reached/);
    await throwsMesh(medium.open({ medium: "mqtt", address: newTag() }), "ERR_DEVICE_OFFLINE");
  });
});
