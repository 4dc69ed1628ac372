/** A hub daemon with its own directory and a light process at its broker: what happens to it when its owner removes it. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { VirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { startVirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { completeConnection, issuePin, preconfigureDevice, requestConnection } from "../../src/account/index.ts";
import { hubClient } from "../../src/api/index.ts";
import { encodeObjectB } from "../../src/codec/index.ts";
import { loadConfig } from "../../src/config/index.ts";
import { parseConnectUri } from "../../src/crypto/index.ts";
import type { Driver } from "../../src/driver/index.ts";
import { describeDevice } from "../../src/driver/index.ts";
import { HubDaemon } from "../../src/hub/daemon.ts";
import { DevicePreconfigurationPrivate } from "../../src/schema/index.ts";
import { assert, onCleanup } from "../harness/suite.ts";
import { eventually } from "./eventually.ts";
import { ports } from "./household.ts";
import { startWorld, type World } from "./hub.ts";
import { drivers } from "./named-things.ts";

/** The house, and how its hub is run. */
export interface RemovalHouse {
  readonly world: World;
  readonly stateDir: string;
  /** A hub on the directory, not started; with more keys of its configuration. */
  daemon(flags?: Readonly<Record<string, unknown>>): HubDaemon;
  client(): ReturnType<typeof hubClient>;
  /** Joins (again) as hub, with the keys that the directory has. */
  join(): Promise<void>;
  /** Connects a device of a class, which is a process of its own, at the running hub. */
  device(className: string, name: string): Promise<{ readonly udf: string; readonly process: VirtualDevice }>;
  /** Connects a light at the running hub. @returns its fingerprint */
  light(name: string): Promise<string>;
  stop(): Promise<void>;
}

/** Builds the house; with `startService`, at a service of one's own. */
export async function startRemovalHouse(startService?: Parameters<typeof startWorld>[0]): Promise<RemovalHouse> {
  const world = await startWorld(startService);
  const stateDir = join(world.dir, "state");
  const accountDir = join(stateDir, "account");
  mkdirSync(accountDir, { recursive: true, mode: 0o700 });
  const stops: (() => Promise<unknown>)[] = [];
  const client = () => hubClient({ socket: join(stateDir, "hub.sock"), startWith: "mesh-hub run" });
  const house: RemovalHouse = {
    world,
    stateDir,
    daemon(flags = {}) {
      const fixed = { stateDir, "mqtt.host": "127.0.0.1", "mqtt.port": 0, "tcp.enabled": false, "mdns.announce": false };
      const { config } = loadConfig({ file: undefined, env: {}, cwd: world.dir, flags: { ...fixed, "onboarding.findSeconds": 30, ...flags } });
      return new HubDaemon({ config, ports, env: {} });
    },
    client,
    async join() {
      const { uri } = await issuePin(world.alice, { roles: ["hub"], minutes: 10 });
      const { account, code } = parseConnectUri(uri);
      await requestConnection({ dir: accountDir, address: account, pin: code, serviceUrl: world.household.service.url, ports });
      await (await completeConnection({ dir: accountDir, waitSeconds: 120, ports })).close();
    },
    async device(className, name) {
      const { mqttPort } = await client().status();
      const description = describeDevice(driverOf(className), { manufacturer: "Lumen", model: className, version: "1" });
      const made = await preconfigureDevice(world.maker, { description, hailing: ["mqtt"] });
      const imageDir = join(world.dir, `image ${name}`);
      mkdirSync(imageDir);
      writeFileSync(join(imageDir, "factory.jbcd"), encodeObjectB(DevicePreconfigurationPrivate, made.image));
      const process = await startVirtualDevice({ medium: "mqtt", broker: `127.0.0.1:${mqttPort}`, imageDir, args: ["--interval", "50"] });
      stops.push(async () => void (await process.stop()));
      // A window connects what can do harm with its button pressed alone.
      await process.send("button");
      for await (const line of client().onboard({ uri: made.uri, name, place: "kitchen" })) {
        assert.is.not(line.state, "failed", line.message);
      }
      return { udf: made.deviceUdf, process };
    },
    async light(name) {
      return (await house.device("light", name)).udf;
    },
    async stop() {
      for (const stop of stops) await stop();
      await world.stop();
    },
  };
  await house.join();
  return house;
}

/** The house with its hub running; both end with the test. */
export async function runningHouse(): Promise<RemovalHouse> {
  const house = await startRemovalHouse();
  onCleanup(() => house.stop());
  const daemon = house.daemon();
  await daemon.start();
  onCleanup(() => daemon.stop());
  return house;
}

function driverOf(className: string): Driver {
  const driver = drivers.find(({ Class }) => Class === className);
  if (!driver) throw new Error(`no driver of ${className}`);
  return driver;
}

export { eventually };
