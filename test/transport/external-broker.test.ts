/** The device link at a broker that the house runs already: a real Mosquitto with TLS, a login and our access list. */
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { toHex } from "../../src/base/bytes.ts";
import { loadConfig } from "../../src/config/index.ts";
import type { LinkStream } from "../../src/link/stream.ts";
import { checkExternalBroker } from "../../src/machine/doctor/external-broker.ts";
import type { Hail } from "../../src/transport/medium.ts";
import { type AccessPolicy, meshAccessPolicy, type Principal } from "../../src/transport/mqtt/broker/access-policy.ts";
import { MeshBroker } from "../../src/transport/mqtt/broker/broker.ts";
import { brokerAcl } from "../../src/transport/mqtt/broker-acl.ts";
import { readAuthority } from "../../src/transport/mqtt/broker-authority.ts";
import { ExternalMqttMedium, type ExternalMqttOptions } from "../../src/transport/mqtt/external-mqtt-medium.ts";
import { MqttDevice, type MqttDeviceOptions } from "../../src/transport/mqtt/mqtt-device.ts";
import { RunningClock } from "../harness/manual-clock.ts";
import { assert, describe, onCleanup, skipUnless, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { newTag, pause, ports, RawClient } from "../kit/broker.ts";
import { eventually } from "../kit/eventually.ts";
import { hasMosquitto, hubLogin, type Mosquitto, startMosquitto } from "../kit/mosquitto.ts";

const need = "needs mosquitto and openssl";

async function startMedium(broker: Mosquitto, change: { readonly [K in keyof ExternalMqttOptions]?: ExternalMqttOptions[K] | undefined } = {}) {
  const medium = new ExternalMqttMedium({
    url: broker.url,
    ca: readAuthority(broker.caFile),
    ...hubLogin,
    ...ports,
    ...change,
  } as ExternalMqttOptions);
  const heard: Hail[] = [];
  medium.onHail((hail) => heard.push(hail));
  await medium.start();
  onCleanup(() => medium.stop());
  return { medium, heard };
}

function startDevice(
  broker: Mosquitto,
  password?: MqttDeviceOptions["password"],
): { device: MqttDevice; streams: LinkStream[]; hails: Uint8Array[] } {
  const streams: LinkStream[] = [];
  const hails: Uint8Array[] = [];
  const device = new MqttDevice({
    url: `mqtt://127.0.0.1:${broker.port}`,
    hails: () => {
      hails.unshift(ports.random.bytes(12));
      return hails.slice(0, 1);
    },
    onStream: (stream) => streams.unshift(stream),
    ...(password === undefined ? {} : { password }),
    pace: () => ({ firstMs: 100, mostMs: 500 }),
    ...ports,
  });
  device.start();
  onCleanup(() => device.stop());
  return { device, streams, hails };
}

describe("a Mosquitto of the house", (it) => {
  it("carries the link, with TLS and a login for the hub, and lets nobody into the stream of another", async () => {
    skipUnless(hasMosquitto, need);
    const broker = await startMosquitto();
    const { medium, heard } = await startMedium(broker);
    await eventually("up", () => medium.status().state === "up");
    const { streams, hails } = startDevice(broker);
    await eventually("heard", () => heard.length > 0 && streams.length > 0);
    assert.ok(hails.some((own) => toHex(own) === toHex(heard[0]?.octets ?? new Uint8Array())));
    const tag = heard[0]?.peer.address ?? "";
    const own = newTag();
    const stranger = await RawClient.login(broker.port, { id: own });
    for (const filter of [`mesh/${tag}/down`, `mesh/${tag}/up`, "mesh/hail/#", "#"]) await stranger.subscribe(filter);
    const hub = await medium.open({ medium: "mqtt", address: tag });
    const [toHub, toDevice]: [number[], number[]] = [[], []];
    hub.onPacket((packet) => toHub.push(packet.length));
    streams[0]?.onPacket((packet) => toDevice.push(packet.length));
    stranger.publish({ topic: `mesh/${tag}/up`, payload: new Uint8Array(7) });
    stranger.publish({ topic: `mesh/${tag}/down`, payload: new Uint8Array(7) });
    stranger.publish({ topic: `mesh/hail/${tag}`, payload: new Uint8Array(12) });
    for (const length of [1, 100, hub.maxPacket]) {
      await hub.send(new Uint8Array(length));
      await streams[0]?.send(new Uint8Array(length));
    }
    await eventually("both ways", () => toHub.length >= 3 && toDevice.length >= 3);
    // What the stranger may do comes last and is there, so what came before it was refused.
    stranger.publish({ topic: `mesh/hail/${own}`, payload: ports.random.bytes(12) });
    await eventually("its own hail", () => heard.some(({ peer }) => peer.address === own));
    assert.equal(
      [toHub, toDevice],
      [
        [1, 100, 8192],
        [1, 100, 8192],
      ],
    );
    const shown = hails.map(toHex);
    for (const { octets } of heard.filter(({ peer }) => peer.address === tag)) assert.ok(shown.includes(toHex(octets)), "a hail of its own");
    await stranger.subscribe(`mesh/${own}/down`);
    await (await medium.open({ medium: "mqtt", address: own })).send(Uint8Array.of(65));
    assert.is(await stranger.message(), `mesh/${own}/down A`, "of all that it subscribed to, its own");
  });

  it("is connected to again when it was away, and so are the devices", async () => {
    skipUnless(hasMosquitto, need);
    const broker = await startMosquitto();
    const { streams, hails } = startDevice(broker);
    await eventually("the device was there first", () => streams.length > 0);
    const { medium, heard } = await startMedium(broker);
    await eventually("heard", () => heard.length > 0);
    const open = await medium.open({ medium: "mqtt", address: heard[0]?.peer.address ?? "" });
    let ended = false;
    open.onClose(() => {
      ended = true;
    });
    await broker.stop();
    await eventually("down", () => medium.status().state === "down" && ended);
    const before = streams.length;
    await broker.start();
    await eventually("up again", () => medium.status().state === "up" && streams.length > before);
    const shown = (): readonly string[] => hails.map(toHex);
    await eventually("and the device is heard under its new name", () => {
      const last = heard.at(-1);
      return last !== undefined && last.peer.address !== heard[0]?.peer.address && shown().includes(toHex(last.octets));
    });
  });

  it("lets a hub that has started anew find a device that is there, and has logged in as one that is connected", async () => {
    skipUnless(hasMosquitto, need);
    const broker = await startMosquitto();
    const { streams, hails } = startDevice(broker, () => "what its hub would know");
    await eventually("the device was there first", () => streams.length > 0);
    const { heard } = await startMedium(broker);
    await eventually("it says who it is", () => heard.length > 0);
    assert.ok(hails.map(toHex).includes(toHex(heard[0]?.octets ?? new Uint8Array())));
  });

  it("is refused when it does not prove its name, and says so when it refuses the hub", async () => {
    skipUnless(hasMosquitto, need);
    const broker = await startMosquitto();
    for (const [change, wanted] of [
      [{ ca: undefined }, /does not prove its name/],
      [{ url: broker.misnamed }, /does not prove its name/],
      [{ password: "guessed" }, /refuses the login/],
    ] as const) {
      const { medium } = await startMedium(broker, change);
      await eventually("a reason", () => medium.status().detail !== undefined);
      assert.is(medium.status().state, "down");
      assert.match(medium.status().detail ?? "", wanted);
      await medium.stop();
    }
  });

  it("that lets the hub in and gives it nothing of what devices write is no medium that is up, and one that does is", async () => {
    skipUnless(hasMosquitto, need);
    const broker = await startMosquitto();
    const { medium: served } = await startMedium(broker);
    const nobody = { url: `mqtt://127.0.0.1:${broker.port}`, ca: undefined, username: undefined, password: undefined };
    const { medium: deaf } = await startMedium(broker, nobody);
    await eventually("it is said", () => deaf.status().state === "degraded");
    assert.match(deaf.status().detail ?? "", /gives it nothing of what devices write.*mesh-hub broker acl/);
    assert.equal(served.status(), { state: "up" });
  });

  it("is looked at by the doctor, who names what is missing", async () => {
    skipUnless(hasMosquitto, need);
    const broker = await startMosquitto();
    const dir = tempDirectory();
    writeFileSync(join(dir, "password"), `${hubLogin.password}\n`);
    const look = (external: Record<string, string>) => {
      writeFileSync(join(dir, "hub.config.json"), JSON.stringify({ mqtt: { external } }));
      const { config } = loadConfig({ file: join(dir, "hub.config.json"), env: {}, cwd: dir });
      return checkExternalBroker(config, config.mqtt.external.url ?? "", ports);
    };
    const right = { url: broker.url, ca: broker.caFile, username: hubLogin.username, password: "file:password" };
    assert.is((await look(right)).state, "ok");
    const unproven = await look({ url: broker.url, username: hubLogin.username, password: "file:password" });
    assert.is(unproven.state, "failure");
    assert.match(unproven.hint ?? "", /mqtt\.external\.ca/);
    const nameless = await look({ url: `mqtt://127.0.0.1:${broker.port}` });
    assert.match(nameless.message, /gives it nothing of what devices write/);
    assert.match(nameless.hint ?? "", /broker acl --user/);
    const otherKind = await look({ ...right, url: `mqtts://localhost:${broker.port}` });
    assert.match(otherKind.hint ?? "", /with TLS for mqtts/);
    const refused = await look({ ...right, username: "somebody" });
    assert.match(refused.message, /refuses the login/);
    assert.match((await look({ ...right, ca: join(dir, "password") })).message, /holds no certificate/);
  });
});

describe("a broker that is not ours", (it) => {
  it("and ends a connection that asks whether it serves, is not asked by the next, and the link is served", async () => {
    const ended: string[] = [];
    const allowance = meshAccessPolicy({ authenticate: async () => undefined }).beforeConnect;
    const anybody: Principal = {
      standing: "owner",
      allowance,
      mayPublish: (topic) => !topic.startsWith("mesh/hail/mesh-hub-") || ended.push(topic) === 0,
      maySubscribe: () => true,
      mayReceive: () => true,
    };
    const policy: AccessPolicy = { admit: async () => anybody, beforeConnect: allowance };
    const broker = new MeshBroker({ host: "127.0.0.1", port: 0, dataDir: tempDirectory(), policy, ...ports });
    await broker.start();
    onCleanup(() => broker.stop());
    const medium = new ExternalMqttMedium({ url: `mqtt://127.0.0.1:${broker.status().port}`, ...ports });
    await medium.start();
    onCleanup(() => medium.stop());
    await eventually("it has ended one", () => ended.length === 1 && medium.status().state === "down");
    await eventually("up", () => medium.status().state === "up");
    await pause(500);
    assert.equal([medium.status(), ended.length], [{ state: "up" }, 1]);
  });

  it("is degraded again after each connection that it served nothing on: one that was not ended for asking says nothing against it", async () => {
    const allowance = meshAccessPolicy({ authenticate: async () => undefined }).beforeConnect;
    const deaf: Principal = { standing: "owner", allowance, mayPublish: () => true, maySubscribe: () => true, mayReceive: () => false };
    const policy: AccessPolicy = { admit: async () => deaf, beforeConnect: allowance };
    const start = async (port: number): Promise<MeshBroker> => {
      const broker = new MeshBroker({ host: "127.0.0.1", port, dataDir: tempDirectory(), policy, ...ports });
      await broker.start();
      onCleanup(() => broker.stop());
      return broker;
    };
    const clock = new RunningClock();
    const first = await start(0);
    const { port } = first.status();
    const medium = new ExternalMqttMedium({ url: `mqtt://127.0.0.1:${port}`, ...ports, clock });
    await medium.start();
    onCleanup(() => medium.stop());
    const isDegraded = async (): Promise<void> => {
      await eventually("up", () => medium.status().state === "up");
      await pause(50);
      clock.advance(4000);
      assert.is(medium.status().state, "degraded");
    };
    await isDegraded();
    await first.stop();
    await eventually("down", () => medium.status().state === "down");
    await start(port ?? 0);
    await isDegraded();
  });

  it("is named with what it does not pass on, and with the lines of the access list that are for it", async () => {
    const allowance = meshAccessPolicy({ authenticate: async () => undefined }).beforeConnect;
    const clock = new RunningClock();
    const faultWithout = async (topics: RegExp, username?: string): Promise<string | undefined> => {
      const open = { mayPublish: () => true, maySubscribe: () => true, mayReceive: (topic: string) => !topics.test(topic) };
      const policy: AccessPolicy = { admit: async () => ({ standing: "owner", allowance, ...open }), beforeConnect: allowance };
      const broker = new MeshBroker({ host: "127.0.0.1", port: 0, dataDir: tempDirectory(), policy, ...ports });
      await broker.start();
      onCleanup(() => broker.stop());
      const url = `mqtt://127.0.0.1:${broker.status().port}`;
      const medium = new ExternalMqttMedium({ url, ...(username === undefined ? {} : { username }), ...ports, clock });
      await medium.start();
      onCleanup(() => medium.stop());
      await eventually("up", () => medium.status().state === "up");
      await pause(50);
      clock.advance(4000);
      return medium.status().detail;
    };
    assert.is(await faultWithout(/^$/), undefined);
    const hail = await faultWithout(/^mesh\/hail/, "house hub");
    const of = (topic: string, device: string, hub: string): RegExp =>
      new RegExp(`lets the hub in, and nothing comes through at ${topic}: its access list lacks the line '${device}', or, for the hub \\(${hub}'$`);
    assert.match(hail ?? "", of("mesh/hail/mesh-hub-[0-9a-f]{12}", "pattern write mesh/hail/%c", "user house hub\\), 'topic read mesh/hail/\\+"));
    assert.match(
      (await faultWithout(/\/up$/)) ?? "",
      of("mesh/mesh-hub-\\S+/up", "pattern write mesh/%c/up", "who has no name\\), 'topic read mesh/\\+/up"),
    );
    assert.match(
      (await faultWithout(/\/down$/)) ?? "",
      of("mesh/mesh-hub-\\S+/down", "pattern read mesh/%c/down", "who has no name\\), 'topic write mesh/\\+/down"),
    );
    assert.match((await faultWithout(/\/(up|down)$/)) ?? "", /nothing comes through at \S+\/up: .*; nothing comes through at \S+\/down: /);
    assert.match((await faultWithout(/./)) ?? "", /gives it nothing of what devices write: it lacks the list of 'mesh-hub broker acl'/);
  });

  it("gets no more memory than two packets, whatever length it announces", async () => {
    const taken: number[] = [];
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      // CONNACK, then a PUBLISH that announces 256 MB and goes on for ever.
      socket.write(Uint8Array.of(0x20, 2, 0, 0, 0x30, 0xff, 0xff, 0xff, 0x7f));
      const flood = setInterval(() => socket.write(new Uint8Array(65_536)), 5);
      socket.on("close", () => {
        taken.push(socket.bytesWritten);
        clearInterval(flood);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onCleanup(() => void server.close());
    const { port } = server.address() as { port: number };
    const medium = new ExternalMqttMedium({ url: `mqtt://127.0.0.1:${port}`, ...ports });
    await medium.start();
    onCleanup(() => medium.stop());
    await eventually("it was let go", () => taken.length > 0);
    await pause(10);
    assert.is(medium.status().state, "down");
  });

  it("has an access list that names the hub, devices by their own client id, and nothing else", async () => {
    const rules = brokerAcl("house hub")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    assert.equal(rules, [
      "pattern write mesh/hail/%c",
      "pattern write mesh/%c/up",
      "pattern read mesh/%c/down",
      "topic write mesh/hail",
      "topic read mesh/who",
      "user linked",
      "topic write mesh/hail",
      "topic read mesh/who",
      "user house hub",
      "topic read mesh/hail",
      "topic read mesh/hail/+",
      "topic read mesh/+/up",
      "topic write mesh/+/down",
      "topic write mesh/who",
    ]);
    for (const name of ["", "linked", " hub", "hub\ntopic readwrite #", "hub\r"]) await throwsMesh(() => brokerAcl(name), "ERR_USAGE");
  });

  it("has an authority that is a certificate, or the hub does not start", async () => {
    const dir = tempDirectory();
    const file = join(dir, "ca.pem");
    await throwsMesh(() => readAuthority(file), "ERR_CONFIG");
    writeFileSync(file, "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    assert.match((await throwsMesh(() => readAuthority(file), "ERR_CONFIG")).message, /damaged certificate/);
    assert.ok(readFileSync(file).length > 0);
  });
});
