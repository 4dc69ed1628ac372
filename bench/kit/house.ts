/**
 * A house of real processes for the benches: a service, a maker with devices in their boxes, the owner with her agent and an open window,
 * and a hub. Everything as in the demo: started by its program, spoken to through its socket. Starting a program is never part of a figure.
 */
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SpawnOptions, startVirtualDevice, type VirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { type HubClient, hubClient } from "../../src/api/index.ts";
import { Cast, type Running } from "../../src/app/demo/cast.ts";
import { makeScene, type Scene, startHub, startService } from "../../src/app/demo/scene.ts";

/** A hub of two hundred devices on a busy machine; its start is no part of a figure, unless it is the figure. */
const startMs = 120_000;

/** A device in its box. */
export interface Boxed {
  readonly udf: string;
  readonly uri: string;
  readonly imageDir: string;
}

/** One onboarding, in milliseconds since the URI was handed over. */
export interface Onboarded {
  readonly udf: string;
  /** When each step was done. */
  readonly steps: Readonly<Record<string, number>>;
  /** When the onboarding said that it was over. */
  readonly registered: number;
  /** When the device had acknowledged the first command; of a sensor, which takes none, the same as registered. */
  readonly controllable: number;
}

/** How a house is made. */
export interface HouseOptions {
  readonly devices: number;
  /** Whether the agent posts claims at the maker's service. */
  readonly claim: boolean;
  /** Class of the devices; lights when absent. */
  readonly kind?: "light" | "sensor";
  /** Whether the hub serves its page and the interface for programs. */
  readonly page?: boolean;
  /** More of the hub's configuration, as in `ble.links=1`. */
  readonly settings?: readonly string[];
}

/** How a device is started: over MQTT at the hub's broker unless it says something else. */
export interface Powered {
  /** One in another language. */
  readonly program?: readonly string[];
  readonly medium?: SpawnOptions["medium"];
  /** More flags. */
  readonly args?: readonly string[];
}

/** A house. */
export class House {
  readonly scene: Scene;
  readonly boxes: readonly Boxed[];
  service: Running;
  hub: Running;
  agent: Running;
  readonly devices: VirtualDevice[] = [];

  readonly #kind: string;

  private constructor(scene: Scene, boxes: readonly Boxed[], running: { kind: string; service: Running; hub: Running; agent: Running }) {
    this.scene = scene;
    this.#kind = running.kind;
    this.boxes = boxes;
    this.service = running.service;
    this.hub = running.hub;
    this.agent = running.agent;
  }

  /** Makes and starts a house in a new directory for temporary files. */
  static async open({ devices, claim, kind = "light", page = false, settings = [] }: HouseOptions): Promise<House> {
    const cast = new Cast(await mkdtemp(join(tmpdir(), "mesh-bench-")));
    try {
      const made = await makeScene(cast, { page });
      const scene = { ...made, hubArgs: [...made.hubArgs, ...settings.flatMap((setting) => ["--set", setting])] };
      const service = await startService(scene);
      const tell = <T>(home: string, args: readonly string[]): Promise<T> =>
        cast.ask<T>("meshman", ["--dir", scene.home(home), "--service", scene.serviceUrl, ...args]);
      await tell("maker", ["account", "create", "maker@example.com"]);
      const factory = scene.home("factory");
      const what = ["--class", kind, "--manufacturer", "Lumen", "--model", "B1"];
      for (let left = devices; left > 0; left -= 50) {
        await tell("maker", ["device", "preconfig", ...what, "--count", String(Math.min(left, 50)), "--out", factory]);
      }
      const boxes = await Promise.all(
        (await readdir(factory)).sort().map(async (udf) => ({
          udf,
          uri: (await readFile(join(factory, udf, "code.txt"), "utf8")).trim(),
          imageDir: join(factory, udf, "image"),
        })),
      );
      await tell("alice", ["account", "create", "alice@example.com", "--name", "alice's laptop"]);
      await tell("alice", ["place", "add", "kitchen"]);
      await tell("alice", ["device", "window", "24h", "--class", kind]);
      const agent = startAgent(scene, claim);
      const { uri } = await tell<{ uri: string }>("alice", ["account", "pin", "--role", "hub", "--name", "hub"]);
      await cast.ask("mesh-hub", ["init", ...scene.hubArgs, "--state-dir", scene.hubDir, "--service", scene.serviceUrl, "--pin", uri]);
      const hub = await startHub(scene);
      return new House(scene, boxes, { kind, service, hub, agent });
    } catch (error) {
      await cast.end();
      throw error;
    }
  }

  /** The hub's socket. */
  get client(): HubClient {
    return hubClient({ socket: join(this.scene.hubDir, "hub.sock"), startWith: "mesh-hub run" });
  }

  /** Powers a device, as a process of its own, and waits until it hails. */
  async power(box: Boxed, { program, medium = "mqtt", args = [] }: Powered = {}): Promise<VirtualDevice> {
    const broker = medium === "mqtt" ? { broker: `127.0.0.1:${this.scene.brokerPort}` } : {};
    const device = await startVirtualDevice({ imageDir: box.imageDir, medium, ...broker, args, ...(program ? { program } : {}) });
    this.devices.push(device);
    await device.waitFor("hail", { from: 0 });
    // What it hailed has to reach the hub.
    await pause(250);
    return device;
  }

  /** Hands a code to the hub and commands the device as soon as the hub says that it is connected. */
  async onboard(box: Boxed, name: string): Promise<Onboarded> {
    const { client } = this;
    const begun = performance.now();
    const steps: Record<string, number> = {};
    let udf = "";
    for await (const line of client.onboard({ uri: box.uri, name })) {
      if (line.state === "failed") throw new Error(`${line.step}: ${line.error?.message ?? line.message}`);
      if (line.state === "done") steps[line.step] = performance.now() - begun;
      udf = line.deviceUdf ?? udf;
    }
    const registered = performance.now() - begun;
    if (this.#kind === "light") await this.command(udf, true);
    return { udf, steps, registered, controllable: performance.now() - begun };
  }

  /** Switches a light; resolves when the device has acknowledged. */
  async command(udf: string, on: boolean): Promise<void> {
    const body = { device: udf, command: "Set", arguments: [{ name: "On", value: on }] };
    const { result } = await this.client.command(body);
    if (result !== "Accept") throw new Error(`the command came to ${result}`);
  }

  /** Connects another machine of the owner; gives its directory. */
  async join(name: string, roles: string): Promise<string> {
    const { cast, serviceUrl } = this.scene;
    const tell = <T>(home: string, args: readonly string[]): Promise<T> =>
      cast.ask<T>("meshman", ["--dir", this.scene.home(home), "--service", serviceUrl, ...args]);
    const { uri } = await tell<{ uri: string }>("alice", ["account", "pin", "--role", roles, "--name", name]);
    await tell(name, ["device", "request", uri]);
    await tell(name, ["device", "complete", "--wait", "20"]);
    return this.scene.home(name);
  }

  /** Devices that the hub has a link with. */
  async online(): Promise<number> {
    const devices = await this.client.devices();
    return devices.filter(({ status }) => status === "Online").length;
  }

  /** Waits until so many devices are online. */
  async untilOnline(count: number, timeoutMs = 120_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    while ((await this.online()) < count) {
      if (performance.now() > end) throw new Error(`${await this.online()} of ${count} devices are online`);
      await pause(250);
    }
  }

  /** Starts the hub after it was stopped; resolves when it is up. */
  async startHub(): Promise<void> {
    this.hub = await startHub(this.scene, startMs);
  }

  /** Ends everything and takes the directory away. */
  async close(): Promise<void> {
    await Promise.all(this.devices.map((device) => device.stop()));
    await this.scene.cast.end();
    await rm(this.scene.dir, { recursive: true, force: true });
  }
}

function startAgent(scene: Scene, claim: boolean): Running {
  const args = ["--dir", scene.home("alice"), "--service", scene.serviceUrl, "agent", ...(claim ? [] : ["--no-claim"])];
  return scene.cast.start("agent", "meshman", args);
}

/** Process id of a running program. */
export function pidOf({ child }: Pick<Running, "child">): number {
  if (child.pid === undefined) throw new Error("a program without a process");
  return child.pid;
}

/** A port of loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || !address) throw new Error("no free port on loopback");
  return address.port;
}

/** Waits. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
