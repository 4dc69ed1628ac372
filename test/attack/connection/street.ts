/**
 * Neighbours at one service, all of it real programs: mesh-service, and for each person meshman, its agent and a mesh-hub with a broker of its own.
 * Lights are processes, too; which hub hears one is decided by the broker that it is powered at.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { VirtualDevice } from "../../../firmware-stubs/virtual/spawn.ts";
import { startVirtualDevice } from "../../../firmware-stubs/virtual/spawn.ts";
import type { OnboardLine } from "../../../src/api/index.ts";
import { hubClient } from "../../../src/api/index.ts";
import type { Running } from "../../../src/app/demo/cast.ts";
import { Cast } from "../../../src/app/demo/cast.ts";
import { decodeObject, encodeObjectB } from "../../../src/codec/index.ts";
import { DevicePreconfigurationPrivate } from "../../../src/schema/index.ts";
import { onCleanup, tempDirectory } from "../../harness/suite.ts";

/** For a program that never says what it should. */
const patienceMs = 120_000;

/** A hub process. */
export class StreetHub {
  readonly broker: string;
  readonly dir: string;
  readonly #name: string;
  readonly #args: readonly string[];
  readonly #cast: Cast;
  #process: Running | undefined;

  constructor(cast: Cast, name: string, port: number) {
    this.#cast = cast;
    this.#name = name;
    this.dir = join(cast.dir, name);
    this.broker = `127.0.0.1:${port}`;
    const settings = { "mqtt.host": "127.0.0.1", "mqtt.port": port, "tcp.enabled": false, "mdns.announce": false };
    const times = { "onboarding.findSeconds": 3, "onboarding.offerSeconds": 30 };
    const set = Object.entries({ ...settings, ...times }).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    this.#args = ["--config", join(cast.dir, `${name}.json`), "--state-dir", this.dir, ...set];
  }

  get client() {
    return hubClient({ socket: join(this.dir, "hub.sock"), startWith: "mesh-hub run" });
  }

  /** Joins an account by its PIN. @returns exit status and what it said */
  init(service: string, pin: string, wait = 60) {
    return this.#cast.run("mesh-hub", ["init", ...this.#args, "--service", service, "--pin", pin, "--wait", String(wait), "--json"]);
  }

  /** A copy of its disk as it is, for somebody who keeps it from every service. */
  async copied(): Promise<StreetHub> {
    const copy = new StreetHub(this.#cast, `${this.#name}-copy`, await freePort());
    cpSync(this.dir, copy.dir, { recursive: true, filter: (path) => !/(\.lock|\.sock)$/.test(path) });
    cpSync(`${this.dir}.json`, `${copy.dir}.json`);
    return copy;
  }

  /** Resolves when it has said that its owner removed it. */
  async removed(): Promise<void> {
    await this.#process?.line((line) => line.includes('"hub.removed"'), patienceMs);
  }

  async start(...more: readonly string[]): Promise<void> {
    this.#process = this.#cast.start(this.#name, "mesh-hub", ["run", ...this.#args, ...more]);
    await this.#process.line((line) => line.includes('"hub.started"'), patienceMs);
  }

  /** Hands it a code. @returns the last word */
  async onboard(uri: string, name?: string): Promise<OnboardLine | undefined> {
    let last: OnboardLine | undefined;
    for await (const line of this.client.onboard({ uri, ...(name === undefined ? {} : { name }) })) last = line;
    return last;
  }

  async status(udf: string): Promise<string | undefined> {
    return (await this.client.devices()).find((device) => device.udf === udf)?.status;
  }

  /** Gives a command. @returns the device's answer, or the code of the error. @param timeoutMs how long a device that does not obey is waited for */
  async command(udf: string, on: boolean, timeoutMs = 30_000): Promise<string> {
    const order = { device: udf, command: "Set", arguments: [{ name: "On", value: on }], timeoutMs };
    return this.client.command(order).then(
      ({ result }) => result,
      (error: { readonly code?: string }) => error.code ?? String(error),
    );
  }
}

/** A device in its box. */
export interface Boxed {
  readonly udf: string;
  readonly uri: string;
  readonly imageDir: string;
  readonly image: DevicePreconfigurationPrivate;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The street. */
export class Street {
  readonly cast = new Cast(tempDirectory());
  serviceUrl = "";
  #made = 0;

  static async build(): Promise<Street> {
    const street = new Street();
    street.serviceUrl = await street.service("service");
    await street.meshman("maker", ["account", "create", "maker@example.com"]);
    return street;
  }

  /** Starts a service. @returns its URL */
  async service(name: string): Promise<string> {
    const port = await freePort();
    const running = this.cast.start(name, "mesh-service", ["--dir", join(this.cast.dir, name), "--open", "--port", String(port), "--json"]);
    await running.line((line) => line.includes('"udf"'), patienceMs);
    return `http://127.0.0.1:${port}`;
  }

  home(name: string): string {
    return join(this.cast.dir, name);
  }

  meshman<T>(home: string, args: readonly string[], service = this.serviceUrl): Promise<T> {
    return this.cast.ask<T>("meshman", ["--dir", this.home(home), "--service", service, ...args]);
  }

  /** Somebody with an account, an agent that accepts lights, and a hub. */
  async person(name: string): Promise<StreetHub> {
    await this.meshman(name, ["account", "create", `${name}@example.com`]);
    await this.meshman(name, ["device", "window", "1h"]);
    this.cast.start(`${name}-agent`, "meshman", ["--dir", this.home(name), "--service", this.serviceUrl, "agent"]);
    return this.hub(name, `${name}-hub`);
  }

  /** Another hub of a person. */
  async hub(person: string, name: string): Promise<StreetHub> {
    const hub = new StreetHub(this.cast, name, await freePort());
    const { uri } = await this.meshman<{ uri: string }>(person, ["account", "pin", "--role", "hub", "--name", name]);
    const { status, stderr, stdout } = await hub.init(this.serviceUrl, uri);
    if (status !== 0) throw new Error(`init: ${stdout}${stderr}`);
    await hub.start();
    return hub;
  }

  async box(): Promise<Boxed> {
    const out = this.home(`factory-${++this.#made}`);
    await this.meshman("maker", ["device", "preconfig", "--class", "light", "--manufacturer", "Lumen", "--model", "B1", "--out", out]);
    const [udf = ""] = readdirSync(out);
    const imageDir = join(out, udf, "image");
    const image = decodeObject(DevicePreconfigurationPrivate, readFileSync(join(imageDir, "factory.jbcd")));
    return { udf, uri: readFileSync(join(out, udf, "code.txt"), "utf8").trim(), imageDir, image };
  }

  /** Another image of somebody's making in a directory of its own. */
  forge(image: DevicePreconfigurationPrivate): string {
    const dir = this.home(`forged-${++this.#made}`);
    mkdirSync(dir);
    writeFileSync(join(dir, "factory.jbcd"), encodeObjectB(DevicePreconfigurationPrivate, image));
    return dir;
  }

  /** Powers a light where a hub hears it. */
  async power(imageDir: string, { broker }: StreetHub): Promise<VirtualDevice> {
    const device = await startVirtualDevice({ imageDir, medium: "mqtt", broker });
    onCleanup(async () => void (await device.kill()));
    await device.waitFor("hail", { from: 0 });
    return device;
  }
}
