/**
 * A front door: a lock that judges orders itself, its hub, and the machines of alice's house. Real service, real hub, the virtual lock as a process
 * of its own, and meshman as people type it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { VirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { startVirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { completeConnection, issuePin, openWindow, preconfigureDevice, requestConnection } from "../../src/account/index.ts";
import type { HubClient } from "../../src/api/index.ts";
import { hubClient } from "../../src/api/index.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { encodeObjectB } from "../../src/codec/index.ts";
import { loadConfig } from "../../src/config/index.ts";
import { parseConnectUri } from "../../src/crypto/index.ts";
import { describeDevice, loadDrivers } from "../../src/driver/index.ts";
import { HubDaemon } from "../../src/hub/daemon.ts";
import { Delegation, DevicePreconfigurationPrivate, deviceCatalog, peekObject } from "../../src/schema/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { ports } from "../kit/household.ts";
import type { World } from "../kit/hub.ts";
import { startWorld } from "../kit/hub.ts";
import type { Machine } from "../kit/meshman-terminal.ts";
import { machine } from "../kit/meshman-terminal.ts";

describe("scenario: a front door", (it) => {
  let world: World;
  let daemon: HubDaemon;
  let lock: VirtualDevice;
  let lockUdf: string;
  let hub: HubClient;
  let socket: string;
  let bob: Machine;
  let carol: Machine;
  let carolUdf: string;

  const isLocked = async (): Promise<unknown> => ((await lock.status()).values as Record<string, unknown>).Locked;
  const joins = async (name: string): Promise<Machine> => {
    const { uri } = await issuePin(world.alice, { roles: ["web", "command"], minutes: 10, localName: name });
    const made = machine(join(world.dir, name), world.household.service.url);
    await made.does("device", "join", uri);
    await made.does("device", "complete", "--wait", "60s");
    return made;
  };
  const delegated = (udf: string): boolean => {
    const known = world.alice.get(deviceCatalog, lockUdf)?.EnvelopedDelegation;
    return known !== undefined && peekObject(Delegation, known).Grants.some(({ Udf }) => Udf === udf);
  };

  it.before(async () => {
    world = await startWorld();
    await openWindow({ dir: world.alice.dir, minutes: 60, ports });
    const stateDir = join(world.dir, "state");
    const dir = join(stateDir, "account");
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const { uri } = await issuePin(world.alice, { roles: ["hub"], minutes: 10 });
    const { account, code } = parseConnectUri(uri);
    await requestConnection({ dir, address: account, pin: code, serviceUrl: world.household.service.url, ports });
    await (await completeConnection({ dir, waitSeconds: 20, ports })).close();
    const flags = { stateDir, "mqtt.host": "127.0.0.1", "mqtt.port": 0, "tcp.enabled": false, "mdns.announce": false };
    daemon = new HubDaemon({ config: loadConfig({ file: undefined, env: {}, cwd: world.dir, flags }).config, ports, env: {} });
    await daemon.start();
    socket = join(stateDir, "hub.sock");
    hub = hubClient({ socket, startWith: "mesh-hub run" });

    const driver = loadDrivers({ packageDir: packagePath("drivers"), log: ports.log }).drivers.get("lock");
    if (!driver) throw new Error("no driver of locks");
    const description = describeDevice(driver, { manufacturer: "Bolt", model: "L1", version: "1" });
    const made = await preconfigureDevice(world.maker, { description, hailing: ["mqtt"] });
    lockUdf = made.deviceUdf;
    const imageDir = join(world.dir, "lock");
    mkdirSync(imageDir);
    writeFileSync(join(imageDir, "factory.jbcd"), encodeObjectB(DevicePreconfigurationPrivate, made.image));
    const { mqttPort } = await hub.status();
    lock = await startVirtualDevice({ medium: "mqtt", broker: `127.0.0.1:${mqttPort}`, imageDir });
    await lock.send("button short");
    for await (const line of hub.onboard({ uri: made.uri, name: "front door" })) assert.is.not(line.state, "failed", line.message);
    bob = await joins("bob");
    carol = await joins("carol");
    carolUdf = (await carol.json("account", "status")).device.udf;
    await eventually("the lock is known by its name", async () =>
      (await hub.devices()).some(({ name, status }) => name === "front door" && status === "Online"),
    );
  });
  it.after(async () => {
    await lock?.stop();
    await daemon?.stop();
    await world.stop();
  });

  it("is not opened by the word of its hub, which says how it is done", async () => {
    const said = await hub.say({ text: "unlock the front door" });
    assert.is(said.kind, "failed");
    assert.match(said.text, /from a device of its owner alone/);
    assert.is(await isLocked(), true);
  });

  it(
    "opens for bob from afar, by its own signed word",
    async () => {
      const { devices } = await bob.json("device", "say", "unlock the front door");
      assert.is(devices[0].result, "Accept");
      assert.is(devices[0].source, "device");
      assert.is(devices[0].values.Locked, false);
      assert.is(await isLocked(), false);
      await bob.does("device", "say", "lock the front door");
      assert.is(await isLocked(), true);
    },
    { timeoutMs: 120_000 },
  );

  it(
    "says itself how it is: in every list, and over a nonce of bob's",
    async () => {
      await eventually("the account has its word", async () =>
        (await bob.json("device", "list")).devices.some((one: { source?: string }) => one.source === "device"),
      );
      await eventually("its hub shows its word", async () =>
        (await hub.devices()).some(({ name, says }) => name === "front door" && says === "device"),
      );
      assert.match(await bob.does("device", "say", "is the front door locked", "--now"), /front door: locked \(its own word, now\)/);
    },
    { timeoutMs: 120_000 },
  );

  it(
    "opens for carol at home, and not any more once she was removed and the lock has met it",
    async () => {
      await carol.does("device", "say", "unlock the front door", "--hub", socket);
      assert.is(await isLocked(), false);
      await carol.does("device", "say", "lock the front door", "--hub", socket);
      assert.ok(delegated(carolUdf));
      // The agent and a command are two processes otherwise, which take turns.
      await world.agent(false);
      const desk = machine(world.alice.dir, world.household.service.url);
      const deleted = await desk.run(["device", "delete", carolUdf, "--yes"]);
      assert.is(deleted.status, 0, deleted.stderr);
      assert.match(deleted.stderr, /these take orders of carol until a hub has brought them the removal: front door/);
      await world.alice.refresh();
      await world.alice.sync();
      await world.agent(true);
      assert.not(delegated(carolUdf));
      // A stolen laptop that never asks the service again, in the house of a hub that does what it should.
      await eventually("the lock refuses her", async () => {
        await lock.send("set Locked true").catch(() => undefined);
        const { status } = await carol.run(["--no-sync", "device", "say", "unlock the front door", "--hub", socket]);
        return status !== 0;
      });
      await bob.does("device", "say", "lock the front door");
      const { status, stderr } = await carol.run(["--no-sync", "device", "say", "unlock the front door", "--hub", socket]);
      assert.is(status, 75, stderr);
      assert.match(stderr, /unknown: front door has not said what came of it/);
      assert.is(await isLocked(), true);
    },
    { timeoutMs: 180_000 },
  );

  it(
    "opens for bob without Internet, through the door of its hub",
    async () => {
      await bob.does("account", "sync");
      await world.agent(false);
      await world.household.service.stop();
      const { devices } = await bob.json("device", "say", "unlock the front door", "--hub", socket);
      assert.is(devices[0].source, "device");
      assert.is(await isLocked(), false);
      // The socket of a hub on this machine is found by itself: MESH_HUB_SOCKET, or where a hub keeps it.
      await bob.does("device", "say", "lock the front door", "--hub", socket);
      const found = await bob.run(["device", "say", "unlock the front door"], { env: { MESH_HUB_SOCKET: socket } });
      assert.is(found.status, 0, found.stderr);
      assert.match(found.stderr, new RegExp(`asking the hub on this machine \\(${socket}\\)`));
      assert.match(found.stdout, /front door: .*\(its own word\)/);
      assert.is(await isLocked(), false);
      const asked = await bob.run(["device", "say", "is the front door locked", "--now", "--json"], { env: { MESH_HUB_SOCKET: socket } });
      assert.is(asked.status, 0, asked.stderr);
      const [word] = JSON.parse(asked.stdout).devices;
      assert.equal([word.values.Locked, word.source, word.now], [false, "device", true]);
      const nowhere = { env: { MESH_HUB_SOCKET: join(world.dir, "no.sock") } };
      const away = await bob.run(["device", "say", "unlock the front door"], nowhere);
      assert.is(away.status, 69, away.stderr);
      assert.match(away.stderr, /hint: .*--hub/);
    },
    { timeoutMs: 180_000 },
  );
});
