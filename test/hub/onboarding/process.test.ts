/** The same with nothing inside the process but the hub: bulbs are processes with an empty environment, on the hub's own broker and on TCP. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { VirtualDevice } from "../../../firmware-stubs/virtual/spawn.ts";
import { startVirtualDevice } from "../../../firmware-stubs/virtual/spawn.ts";
import { toHex } from "../../../src/base/bytes.ts";
import { encodeObjectB } from "../../../src/codec/index.ts";
import { makeHail } from "../../../src/link/index.ts";
import { DevicePreconfigurationPrivate, mqttPassword } from "../../../src/schema/index.ts";
import { meshAccessPolicy } from "../../../src/transport/mqtt/broker/access-policy.ts";
import { MeshBroker } from "../../../src/transport/mqtt/broker/broker.ts";
import { MqttMedium } from "../../../src/transport/mqtt/mqtt-medium.ts";
import { TcpMedium } from "../../../src/transport/tcp/tcp-medium.ts";
import { assert, describe } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import type { Hub, World } from "../../kit/hub.ts";
import { collect, startHub, startWorld } from "../../kit/hub.ts";

/** The hails that a device showed last, in hexadecimal. */
function hailsOf(device: VirtualDevice): readonly string[] {
  const shown = device.events.filter(({ event }) => event === "hail").at(-1);
  return (shown?.hails ?? []) as readonly string[];
}

describe("onboarding of processes", (it) => {
  let world: World;
  let broker: MeshBroker;
  let medium: MqttMedium;
  let hub: Hub | undefined;
  it.before(async () => {
    world = await startWorld();
    const policy = meshAccessPolicy({ authenticate: async (credentials) => hub?.links.authenticate(credentials) });
    broker = new MeshBroker({ host: "127.0.0.1", port: 0, clock: ports.clock, log: ports.log, dataDir: join(world.dir, "broker"), policy });
    await broker.start();
    medium = new MqttMedium({ broker, clock: ports.clock, log: ports.log });
    await medium.start();
  });
  it.after(async () => {
    await hub?.stop();
    await medium.stop();
    await broker.stop();
    await world.stop();
  });

  const start = (): Promise<Hub> =>
    startHub({ context: world.hubContext, media: [medium], dir: join(world.dir, "hub"), times: { findSeconds: 8, offerSeconds: 10 } });

  async function image(name: string): Promise<{ imageDir: string; uri: string; deviceUdf: string }> {
    const made = await world.preconfigure();
    const imageDir = join(world.dir, name);
    mkdirSync(imageDir);
    writeFileSync(join(imageDir, "factory.jbcd"), encodeObjectB(DevicePreconfigurationPrivate, made.image));
    return { imageDir, uri: made.uri, deviceUdf: made.deviceUdf };
  }

  it(
    "connects a light over the broker among an impostor, survives kill -9 of light and hub, and refuses a replayed login",
    async () => {
      hub = await start();
      const light = await image("mqtt-light");
      const at = { medium: "mqtt", broker: `127.0.0.1:${broker.status().port}` } as const;
      let device: VirtualDevice = await startVirtualDevice({ ...at, imageDir: light.imageDir });
      const hail = hailsOf(device)[0] ?? "";
      const impostor = await startVirtualDevice({ ...at, imageDir: join(world.dir, "impostor"), args: ["--impostor", "--replay-hail", hail] });
      try {
        const last = (await collect(hub.onboarding.onboard({ uri: light.uri, name: "kitchen light" }))).at(-1);
        assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
        assert.is(last?.deviceUdf, light.deviceUdf);
        const on = { deviceUdf: light.deviceUdf, messageId: "NPROC-1", command: "Set", arguments: [{ Name: "On", Value: true }], timeoutMs: 8000 };
        assert.is((await hub.links.command(on)).Result, "Accept");

        await device.kill();
        await eventually("the light is gone", () => hub?.links.status(light.deviceUdf) === "Offline");
        device = await startVirtualDevice({ ...at, imageDir: light.imageDir });
        await eventually("the light is back", () => hub?.links.status(light.deviceUdf) === "Online");
        assert.ok((await device.status()).values);

        await hub.stop();
        hub = await start();
        await eventually("the hub is back", () => hub?.links.status(light.deviceUdf) === "Online", 15_000);
        const off = { ...on, messageId: "NPROC-2", arguments: [{ Name: "On", Value: false }] };
        assert.is((await hub.links.command(off)).Result, "Accept");

        // What a sniffer of the broker's port sees of a login.
        const { activation } = hub.links.devices.get(light.deviceUdf) ?? {};
        assert.ok(activation);
        const tag = toHex(makeHail(activation?.HailKey ?? new Uint8Array(), ports.random));
        const login = { tag, username: "linked", password: mqttPassword(activation?.Psk ?? new Uint8Array(), tag), address: "192.0.2.1" };
        assert.is(await hub.links.authenticate(login), "device");
        assert.is(await hub.links.authenticate(login), undefined);
        assert.is(await hub.links.authenticate({ ...login, password: new Uint8Array(64) }), undefined);
        assert.is(await hub.links.authenticate({ ...login, tag: "00".repeat(12) }), undefined);
        assert.is(await hub.links.authenticate({ tag, address: "192.0.2.1" }), "unknown");
        assert.is(await hub.links.authenticate({ ...login, username: "root" }), undefined);
      } finally {
        await device.stop();
        await impostor.stop();
        // Two hubs on one account connection would take each other's news.
        await hub.stop();
        hub = undefined;
      }
    },
    { timeoutMs: 90_000 },
  );

  it(
    "connects a light that is found by mDNS and reached over TCP",
    async () => {
      const tcp = new TcpMedium({ interface: "127.0.0.1", clock: ports.clock, log: ports.log });
      await tcp.start();
      const light = await image("tcp-light");
      const device = await startVirtualDevice({ medium: "tcp", imageDir: light.imageDir, args: ["--interface", "127.0.0.1"] });
      const dir = join(world.dir, "tcp-hub");
      const other = await startHub({ context: world.hubContext, media: [tcp], dir, times: { findSeconds: 8, offerSeconds: 10 } });
      try {
        const last = (await collect(other.onboarding.onboard({ uri: light.uri, name: "hall light" }))).at(-1);
        assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
        const on = { deviceUdf: light.deviceUdf, messageId: "NTCP-1", command: "Set", arguments: [{ Name: "On", Value: true }], timeoutMs: 8000 };
        assert.is((await other.links.command(on)).Result, "Accept");
        await device.send("switch off");
        await eventually("its switch is reported", () => other.reports.some(({ cause }) => cause === "switch"));
      } finally {
        await other.stop();
        await device.stop();
        await tcp.stop();
      }
    },
    { timeoutMs: 60_000 },
  );
});
