/**
 * A light that speaks Bluetooth LE, at a real hub process: connected by its printed code, commanded, its states reported; powered off and on,
 * it sleeps and is met again. The radio process and noble are the real ones, on btvirt's virtual radio (test/kit/btvirt.ts): it stands for the
 * kernel's Bluetooth and the chips.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startVirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { completeConnection, issuePin, requestConnection } from "../../src/account/index.ts";
import { hubClient } from "../../src/api/index.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { encodeObjectB } from "../../src/codec/index.ts";
import { parseConnectUri } from "../../src/crypto/index.ts";
import { DevicePreconfigurationPrivate } from "../../src/schema/index.ts";
import { assert, describe, onCleanup, skipUnless } from "../harness/suite.ts";
import { environmentOn, missingForBtvirt, startBtvirt } from "../kit/btvirt.ts";
import { eventually } from "../kit/eventually.ts";
import { ports } from "../kit/household.ts";
import { startWorld } from "../kit/hub.ts";
import { nodeWords } from "../kit/node-words.ts";

const program = packagePath("src/app/mesh-hub.ts");
const missing = missingForBtvirt();

describe("a light over Bluetooth LE", (it) => {
  it(
    "is connected by its code, obeys, reports, sleeps and is met again; the radio process dies and the light is met again",
    async () => {
      skipUnless(missing === undefined, missing ?? "");
      const air = await startBtvirt();
      const world = await startWorld();
      onCleanup(() => world.stop());
      const stateDir = join(world.dir, "state");
      const dir = join(stateDir, "account");
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      const { uri } = await issuePin(world.alice, { roles: ["hub"], minutes: 10 });
      const { account, code } = parseConnectUri(uri);
      await requestConnection({ dir, address: account, pin: code, serviceUrl: world.household.service.url, ports });
      await (await completeConnection({ dir, waitSeconds: 30, ports })).close();

      const values = { stateDir, "mqtt.enabled": false, "tcp.enabled": false, "mdns.announce": false, "ble.enabled": "on", "ble.links": 1 };
      const flags = Object.entries({ ...values, "scanner.enabled": "off" }).flatMap((entry) => ["--set", entry.join("=")]);
      const hub = spawn(process.execPath, [...nodeWords(program), "run", ...flags], {
        env: environmentOn(air),
        stdio: ["ignore", "pipe", "pipe"],
      });
      let log = "";
      for (const output of [hub.stdout, hub.stderr]) output.on("data", (part: Buffer) => (log += part.toString()));
      onCleanup(async () => {
        if (hub.exitCode === null) {
          hub.kill("SIGTERM");
          await once(hub, "exit");
        }
      });
      const client = hubClient({ socket: join(stateDir, "hub.sock"), startWith: "mesh-hub run" });
      const ble = async (): Promise<string | undefined> => (await client.status()).media.find(({ name }) => name === "ble")?.state;
      await eventually("the hub's radio is up", async () => {
        if (hub.exitCode !== null) throw new Error(log);
        return (await ble()) === "up";
      });

      const made = await world.preconfigure();
      const imageDir = join(world.dir, "image");
      mkdirSync(imageDir);
      writeFileSync(join(imageDir, "factory.jbcd"), encodeObjectB(DevicePreconfigurationPrivate, made.image));
      const powerOn = () => startVirtualDevice({ medium: "ble", imageDir, args: ["--controller", air.controller] });
      let light = await powerOn();
      onCleanup(async () => void (await light.kill()));

      const begun = performance.now();
      const steps: string[] = [];
      for await (const line of client.onboard({ uri: made.uri, name: "sentinel kitchen lantern", place: "kitchen" })) {
        assert.is.not(line.state, "failed", `${line.message} ${log.slice(-2000)}`);
        if (line.state === "done") steps.push(line.step);
      }
      assert.is(steps.at(-1), "register");
      console.log(`connected over Bluetooth in ${Math.round(performance.now() - begun)} ms`);

      const device = async () => (await client.devices()).find(({ name }) => name === "sentinel kitchen lantern");
      const isOnline = async (): Promise<boolean> => (await device())?.status === "Online";
      await eventually("it is online", isOnline);
      assert.is((await client.say({ text: "turn on the sentinel kitchen lantern" })).text, "sentinel kitchen lantern is on");
      const times: number[] = [];
      for (let turn = 0; turn < 20; turn++) {
        const from = performance.now();
        await client.say({ text: `turn ${turn % 2 === 0 ? "off" : "on"} the sentinel kitchen lantern` });
        times.push(performance.now() - from);
      }
      times.sort((a, b) => a - b);
      console.log(`20 commands over Bluetooth: median ${times[10]?.toFixed(1)} ms, slowest ${times[19]?.toFixed(1)} ms`);
      const on = async (): Promise<boolean> => (await device())?.values.some(({ name, value }) => name === "On" && value === true) === true;
      await light.send("switch off");
      await eventually("its own switch is reported", async () => !(await on()));
      await light.send("switch on");
      await eventually("and again", on);

      // Asleep: out of the air, in order, so that the virtual radio tells the hub; then back under a new hail.
      await light.stop();
      await eventually("it is seen to be away", async () => !(await isOnline()));
      light = await powerOn();
      await eventually("it is met again", isOnline);
      assert.is((await client.say({ text: "turn off the sentinel kitchen lantern" })).text, "sentinel kitchen lantern is off");

      // The radio itself goes away under the hub, and comes back.
      await air.stop();
      await eventually("the radio is down", async () => (await ble()) === "down");
      await light.kill();
      await air.start();
      light = await powerOn();
      await eventually("the radio is up again", async () => (await ble()) === "up");
      await eventually("the light is met again", isOnline);
      assert.is((await client.say({ text: "turn on the sentinel kitchen lantern" })).text, "sentinel kitchen lantern is on");
    },
    { timeoutMs: 600_000 },
  );
});
