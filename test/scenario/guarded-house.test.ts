/**
 * A garage door and an alarm panel, end to end as the front door: virtual devices as processes, a real hub and service, and meshman as people type it.
 * What carries a risk is the owner's devices' to order; what carries none, the hub does at a word.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { VirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { startVirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { issuePin, openWindow, preconfigureDevice } from "../../src/account/index.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { encodeObjectB } from "../../src/codec/index.ts";
import { describeDevice, loadDrivers } from "../../src/driver/index.ts";
import type { HubDaemon } from "../../src/hub/daemon.ts";
import { DevicePreconfigurationPrivate } from "../../src/schema/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { ports } from "../kit/household.ts";
import type { Machine } from "../kit/meshman-terminal.ts";
import { machine } from "../kit/meshman-terminal.ts";
import type { RemovalHouse } from "../kit/removal-house.ts";
import { startRemovalHouse } from "../kit/removal-house.ts";

describe("scenario: a garage door and an alarm panel", (it) => {
  let house: RemovalHouse;
  let daemon: HubDaemon;
  let bob: Machine;
  const devices = new Map<string, VirtualDevice>();

  const shown = async (name: string, property: string): Promise<unknown> => {
    const { values = {} } = (await devices.get(name)?.status()) ?? {};
    return (values as Record<string, unknown>)[property];
  };

  const connect = async (driverName: string, name: string): Promise<void> => {
    const driver = loadDrivers({ packageDir: packagePath("drivers"), log: ports.log }).drivers.get(driverName);
    if (!driver) throw new Error(`no driver ${driverName}`);
    const description = describeDevice(driver, { manufacturer: "Bolt", model: driverName, version: "1" });
    const made = await preconfigureDevice(house.world.maker, { description, hailing: ["mqtt"] });
    const imageDir = join(house.world.dir, `image of ${driverName}`);
    mkdirSync(imageDir);
    writeFileSync(join(imageDir, "factory.jbcd"), encodeObjectB(DevicePreconfigurationPrivate, made.image));
    const { mqttPort } = await house.client().status();
    const device = await startVirtualDevice({ medium: "mqtt", broker: `127.0.0.1:${mqttPort}`, imageDir });
    devices.set(name, device);
    await device.send("button short");
    for await (const line of house.client().onboard({ uri: made.uri, name })) assert.is.not(line.state, "failed", line.message);
    await eventually(`${name} is there`, async () =>
      (await house.client().devices()).some((device) => device.name === name && device.status === "Online"),
    );
  };

  it.before(async () => {
    house = await startRemovalHouse();
    await openWindow({ dir: house.world.alice.dir, minutes: 60, ports });
    daemon = house.daemon();
    await daemon.start();
    await connect("garage-door", "garage door");
    await connect("siren", "alarm panel");
    const { uri } = await issuePin(house.world.alice, { roles: ["web", "command"], minutes: 10, localName: "bob" });
    bob = machine(join(house.world.dir, "bob"), house.world.household.service.url);
    await bob.does("device", "join", uri);
    await bob.does("device", "complete", "--wait", "60s");
  });
  it.after(async () => {
    for (const device of devices.values()) await device.stop();
    await daemon.stop();
    await house.stop();
  });

  it("its hub opens, arms and disarms nothing by its own word", async () => {
    for (const text of ["open the garage door", "arm the alarm panel", "disarm the alarm panel"]) {
      const said = await house.client().say({ text });
      assert.is(said.kind, "failed", text);
      assert.match(said.text, /from a device of its owner alone/, text);
    }
    assert.equal([await shown("garage door", "Position"), await shown("alarm panel", "Armed")], [0, false]);
  });

  it(
    "the garage door opens for bob, by its own signed word, and its hub may close it",
    async () => {
      const { devices: answers } = await bob.json("device", "say", "open the garage door");
      assert.equal([answers[0].result, answers[0].source, answers[0].values.Position], ["Accept", "device", 100]);
      assert.is(await shown("garage door", "Position"), 100);
      const closed = await house.client().say({ text: "close the garage door" });
      assert.is(closed.kind, "done", closed.text);
      assert.is(await shown("garage door", "Position"), 0);
    },
    { timeoutMs: 120_000 },
  );

  it(
    "the alarm panel is armed and disarmed by bob, at home without the service",
    async () => {
      await bob.does("account", "sync");
      await house.world.agent(false);
      await house.world.household.service.stop();
      const socket = join(house.stateDir, "hub.sock");
      const { devices: armed } = await bob.json("device", "say", "arm the alarm panel", "--hub", socket);
      assert.equal([armed[0].result, armed[0].source, armed[0].values.Armed], ["Accept", "device", true]);
      assert.is(await shown("alarm panel", "Armed"), true);
      const { devices: disarmed } = await bob.json("device", "say", "disarm the alarm panel", "--hub", socket);
      assert.equal([disarmed[0].result, disarmed[0].values.Armed], ["Accept", false]);
      assert.is(await shown("alarm panel", "Armed"), false);
    },
    { timeoutMs: 180_000 },
  );
});
