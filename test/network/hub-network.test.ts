/** The built hub on machines with several networks, with cables that are pulled, and with addresses that come late. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { startVirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe, onCleanup } from "../harness/suite.ts";
import { newImage } from "../kit/device.ts";
import { eventually } from "../kit/eventually.ts";
import { nodeWords } from "../kit/node-words.ts";
import { makeDevice } from "../kit/owner.ts";
import { type HubProcess, hubDirectory, startHubIn } from "./hub-process.ts";
import { mdnsGroup, Namespace, plug } from "./namespaces.ts";

const port = 29_913;
const settings = ["--set", `mqtt.port=${port}`, "--set", "log.level=debug"];

/** Devices that connected to the broker, by the hub's own log. */
const met = (hub: HubProcess): number => hub.log().split("broker.connected").length - 1;

/** A bulb that looks for the hub's broker by mDNS, or that announces itself there. */
async function bulbIn(at: Namespace, address: string, medium: "mqtt" | "tcp" = "mqtt"): Promise<void> {
  const bulb = await startVirtualDevice({ imageDir: newImage(makeDevice()), medium, through: at.through, args: ["--interface", address] });
  onCleanup(async () => void (await bulb.kill()));
}

function doctorIn(at: Namespace, dir: string, args: readonly string[] = []): string {
  const [command = "", ...words] = [...at.through, process.execPath, packagePath("dist", "src", "app", "mesh-hub.js"), "doctor", ...args];
  return spawnSync(command, words, { cwd: dir, encoding: "utf8" }).stdout;
}

describe("the hub on two networks", (it) => {
  it(
    "is found by devices on both, and finds them on both",
    async () => {
      const [a, b, c] = [Namespace.add("a"), Namespace.add("b"), Namespace.add("c")];
      plug({ at: a, device: "va", address: "10.77.0.1/24" }, { at: b, device: "vb", address: "10.77.0.2/24" });
      plug({ at: a, device: "wa", address: "10.78.0.1/24" }, { at: c, device: "wc", address: "10.78.0.2/24" });
      a.ip("route", "add", "default", "via", "10.77.0.2");
      c.ip("route", "add", "default", "via", "10.78.0.1");
      const dir = await hubDirectory();
      const hub = await startHubIn(a, dir, settings);
      await bulbIn(b, "10.77.0.2");
      await eventually("the bulb on the first network meets the broker", () => met(hub) === 1);
      await bulbIn(c, "10.78.0.2");
      await eventually("the bulb on the second network meets the broker", () => met(hub) === 2);
      assert.is(await hub.medium("tcp"), "up");
      const [command = "", ...words] = [...a.through, process.execPath, ...nodeWords(packagePath("test", "network", "browse.ts"))];
      const browser = spawn(command, words, { stdio: ["ignore", "pipe", "inherit"] });
      onCleanup(() => void browser.kill());
      let found = "";
      browser.stdout.on("data", (part: Buffer) => (found += part.toString()));
      for (const [at, address] of [
        [b, "10.77.0.2"],
        [c, "10.78.0.2"],
      ] as const)
        await bulbIn(at, address, "tcp");
      await eventually("the TCP bulbs of both are found", () => found.includes("10.77.0.2:") && found.includes("10.78.0.2:"));
      for (const device of ["va", "wa"]) assert.ok(a.groups(device).includes(mdnsGroup), device);
      hub.child.kill("SIGTERM");
      const [code] = (await once(hub.child, "exit")) as [number | null];
      assert.is(code, 0, hub.log());
    },
    { timeoutMs: 150_000 },
  );
});

describe("the hub's network comes and goes", (it) => {
  it(
    "a pulled cable is a status, and what was announced and asked goes on when it is back",
    async () => {
      const [a, b] = [Namespace.add("a"), Namespace.add("b")];
      const cable = () => plug({ at: a, device: "va", address: "10.77.0.1/24" }, { at: b, device: "vb", address: "10.77.0.2/24" });
      cable();
      const dir = await hubDirectory();
      const hub = await startHubIn(a, dir, settings);
      await eventually("it listens", () => a.groups("va").includes(mdnsGroup));
      a.ip("link", "del", "va");
      await eventually("it says so", async () => /^unavailable: no network interface/.test((await hub.medium("tcp")) ?? ""));
      assert.match((await hub.medium("mdns")) ?? "", /^unavailable: no network interface/);
      assert.match(doctorIn(a, dir), /mDNS: .*no network interface/);
      cable();
      await eventually("it listens again", () => a.groups("va").includes(mdnsGroup));
      await eventually("it says so", async () => (await hub.medium("tcp")) === "up" && (await hub.medium("mdns")) === undefined);
      await bulbIn(b, "10.77.0.2");
      await eventually("the bulb meets the broker", () => met(hub) === 1);
      // The address alone: the group is lost with the last address of an interface, while the interface stays.
      a.ip("addr", "del", "10.77.0.1/24", "dev", "va");
      await eventually("it says so again", async () => (await hub.medium("tcp")) !== "up");
      a.ip("addr", "add", "10.77.0.1/24", "dev", "va");
      await eventually("it listens once more", () => a.groups("va").includes(mdnsGroup));
    },
    { timeoutMs: 200_000 },
  );

  it(
    "a broker address and an mDNS interface that are absent at the start are waited for",
    async () => {
      const [a, b] = [Namespace.add("a"), Namespace.add("b")];
      const dir = await hubDirectory();
      const args = [...settings, "--set", "mqtt.host=10.77.0.1", "--set", "tcp.interface=10.77.0.1"];
      const hub = await startHubIn(a, dir, args);
      assert.is(await hub.medium("mqtt"), "unavailable: no interface has the address 10.77.0.1");
      assert.is(await hub.medium("tcp"), "unavailable: no interface has the address 10.77.0.1");
      assert.is((await hub.status()).mqttPort, undefined);
      const said = doctorIn(a, dir, args);
      assert.match(said, /broker port: no interface has the address 10\.77\.0\.1/);
      assert.match(said, /mDNS: no interface has the address 10\.77\.0\.1/);
      plug({ at: a, device: "va", address: "10.77.0.1/24" }, { at: b, device: "vb", address: "10.77.0.2/24" });
      await eventually("it is well", async () => (await hub.medium("mqtt")) === "up" && (await hub.medium("tcp")) === "up");
      assert.is((await hub.status()).mqttPort, port);
      await bulbIn(b, "10.77.0.2");
      await eventually("the bulb meets the broker", () => met(hub) === 1);
      a.ip("link", "del", "va");
      await eventually("the broker's address has gone", async () => (await hub.medium("mqtt")) !== "up");
    },
    { timeoutMs: 200_000 },
  );
});
