/**
 * A house whose hub and service are the real programs, in processes that are killed; alice, her phone and the devices live in the test, which nobody
 * kills, and ask until they are answered, as people do.
 */

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Appliance } from "../../firmware-stubs/virtual/appliance/appliance.ts";
import { DeviceCore } from "../../firmware-stubs/virtual/device/device-core.ts";
import { Flash } from "../../firmware-stubs/virtual/image/flash.ts";
import { DeviceImage, writeFactory } from "../../firmware-stubs/virtual/image/image.ts";
import { PoweredClock } from "../../firmware-stubs/virtual/image/powered-clock.ts";
import type { DeviceMedium } from "../../firmware-stubs/virtual/process/media.ts";
import { mqttMedium } from "../../firmware-stubs/virtual/process/media.ts";
import type { AccountContext, Preconfigured } from "../../src/account/index.ts";
import { attend, completeConnection, createAccount, issuePin, openWindow, preconfigureDevice, requestConnection } from "../../src/account/index.ts";
import type { DeviceView, HubClient } from "../../src/api/index.ts";
import { hubClient } from "../../src/api/index.ts";
import { asMeshError } from "../../src/base/errors.ts";
import type { Log } from "../../src/base/log.ts";
import { Mutex } from "../../src/base/mutex.ts";
import { parseConnectUri } from "../../src/crypto/index.ts";
import type { DeviceDescription, Role } from "../../src/schema/index.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { freePort } from "../kit/free-port.ts";
import { ports } from "../kit/household.ts";
import { lightDescription } from "../kit/hub.ts";
import type { Fault, LossyProxy, Process } from "./processes.ts";
import { start, startProxy } from "./processes.ts";

/** A light with a button that counts: each press is an event, so nothing may be lost and nothing told twice. */
export const countingLight: DeviceDescription = {
  ...lightDescription,
  Properties: [...lightDescription.Properties, { Name: "Press", Type: "number", Event: true, Step: 1 }],
};

/** A device of the house. */
export interface Lamp {
  readonly made: Preconfigured;
  readonly core: DeviceCore;
  readonly medium: DeviceMedium;
  readonly commands: number;
  /** Values of Press that were pressed. */
  readonly pressed: number;
  press(): void;
  off(): Promise<void>;
}

/** What a started program is to suffer. */
export interface Trouble {
  readonly fault?: Fault;
  readonly trace?: string;
  /** Errors of its wall clock, in milliseconds: the first at the start, each further one after `jump`. */
  readonly clock?: readonly number[];
}

/** The house. */
export class House {
  readonly dir = tempDirectory();
  readonly hubDir = join(this.dir, "hub");
  readonly serviceDir = join(this.dir, "service");
  alice!: AccountContext;
  maker!: AccountContext;
  /** Reads and commands from afar; the third reader. */
  phone!: AccountContext;
  proxy!: LossyProxy;
  hubUdf = "";
  hub: Process | undefined;
  service: Process | undefined;
  /** How often a program was started again. */
  restarts = 0;
  #servicePort = 0;
  #brokerPort = 0;
  /** What the service was started with the last time: it is started again in the same way. */
  #limits: readonly string[] = [];
  #agent: Promise<void> | undefined;
  #closed = false;
  readonly #mending = new Mutex();
  #made = 0;
  /** What the devices say. */
  readonly #lines: string[] = [];

  static async build(): Promise<House> {
    const house = new House();
    house.#servicePort = await freePort();
    house.#brokerPort = await freePort();
    onCleanup(() => house.close());
    house.proxy = await startProxy(house.#servicePort);
    await house.startService();
    const serviceUrl = house.serviceUrl;
    house.alice = await createAccount({ dir: join(house.dir, "alice"), address: "alice@example.com", serviceUrl, localName: "laptop", ports });
    house.maker = await createAccount({ dir: join(house.dir, "maker"), address: "maker@example.com", serviceUrl, localName: "maker", ports });
    await openWindow({ dir: house.alice.dir, minutes: 600, ports });
    house.phone = await house.#join("phone", ["device", "command"], serviceUrl);
    mkdirSync(join(house.hubDir, "account"), { recursive: true, mode: 0o700 });
    const hub = await house.#join("hub/account", ["hub"], house.proxy.url);
    house.hubUdf = hub.deviceUdf;
    await hub.sync();
    await hub.close();
    house.#agent = house.#attend();
    return house;
  }

  get serviceUrl(): string {
    return `http://127.0.0.1:${this.#servicePort}`;
  }

  get brokerPort(): number {
    return this.#brokerPort;
  }

  get client(): HubClient {
    return hubClient({ socket: join(this.hubDir, "hub.sock"), startWith: "mesh-hub run" });
  }

  async #join(name: string, roles: readonly Role[], serviceUrl: string): Promise<AccountContext> {
    const { uri } = await issuePin(this.alice, { roles, minutes: 10, localName: name.replace("/", " ") });
    const { account, code } = parseConnectUri(uri);
    const dir = join(this.dir, name);
    await requestConnection({ dir, address: account, pin: code, serviceUrl, ports });
    await this.alice.sync();
    await attend(this.alice, { claim: false });
    return completeConnection({ dir, waitSeconds: 10, ports });
  }

  async #attend(): Promise<void> {
    const log = this.#logOf("alice");
    while (!this.#closed) {
      try {
        await this.alice.sync();
        await attend(this.alice, { claim: false });
        await this.maker.sync();
        await attend(this.maker, { claim: false });
      } catch (error) {
        // The service may be away: it is asked again, and what stays wrong is found in the words of a failure.
        log.warn("agent", { code: asMeshError(error).code, reason: asMeshError(error).message });
      }
      await ports.clock.sleep(40);
    }
  }

  /** Starts the service; false when it died before it was up. */
  async startService({ fault, trace, clock, limits = this.#limits }: Trouble & { readonly limits?: readonly string[] } = {}): Promise<boolean> {
    const { process, up } = start({
      program: "mesh-service",
      args: ["--dir", this.serviceDir, "--open", "--port", String(this.#servicePort), "--json", ...limits.flatMap((limit) => ["--limit", limit])],
      dir: this.serviceDir,
      ...(fault && { fault }),
      ...(trace === undefined ? {} : { trace }),
      ...(clock && { clock }),
      up: (line) => line.startsWith('{"url"'),
    });
    this.service = process;
    this.#limits = limits;
    return up;
  }

  /** Starts the hub; false when it died before it was up. */
  async startHub({ fault, trace, clock }: Trouble = {}): Promise<boolean> {
    const settings = {
      stateDir: this.hubDir,
      "mqtt.host": "127.0.0.1",
      "mqtt.port": this.#brokerPort,
      "tcp.enabled": false,
      "mdns.announce": false,
      "account.service.url": this.proxy.url,
      "state.coalesceMs": 50,
      "onboarding.findSeconds": 30,
      "onboarding.offerSeconds": 30,
    };
    const { process, up } = start({
      program: "mesh-hub",
      args: ["run", ...Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`])],
      dir: this.hubDir,
      ...(fault && { fault }),
      ...(trace === undefined ? {} : { trace }),
      ...(clock && { clock }),
      up: (line) => line.includes('"hub.started"'),
    });
    this.hub = process;
    return up;
  }

  #logOf(name: string): Log {
    const write = (event: string, data?: Record<string, unknown>): void => {
      this.#lines.push(`${new Date(ports.clock.now()).toISOString()} ${name} ${event} ${JSON.stringify(data ?? {})}`);
      if (this.#lines.length > 400) this.#lines.shift();
    };
    return { debug: write, info: write, warn: write, error: write, child: () => this.#logOf(name) };
  }

  /** Starts again whatever has died, without a fault. */
  mend(): Promise<void> {
    return this.#mending.run(() => this.#mend());
  }

  async #mend(): Promise<void> {
    for (const [name, process, again] of [
      ["service", this.service, () => this.startService()],
      ["hub", this.hub, () => this.startHub()],
    ] as const) {
      if (!process?.isGone()) continue;
      this.restarts += 1;
      if (!(await again())) throw new Error(`the ${name} does not start again:\n${this.words}\nbefore:\n${process.words()}`);
    }
  }

  get words(): string {
    return `hub:\n${this.hub?.words()}\nservice:\n${this.service?.words()}\ndevices:\n${this.#lines.slice(-60).join("\n")}`;
  }

  /** Waits for something, starting again what dies meanwhile. */
  async until(what: string, test: () => boolean | Promise<boolean>, timeoutMs = 90_000): Promise<void> {
    const mended = async (): Promise<boolean> => {
      await this.mend();
      return test();
    };
    await eventually(what, mended, timeoutMs).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.words}`);
    });
  }

  /** Does something until it succeeds. */
  async insist<T>(what: string, task: () => Promise<T>): Promise<T> {
    let result: { readonly value: T } | undefined;
    await this.until(what, async () => {
      result = { value: await task() };
      return true;
    });
    return (result as { readonly value: T }).value;
  }

  /** A new device that is powered. */
  async lamp(): Promise<Lamp> {
    const made = await this.insist("a device is made", () => preconfigureDevice(this.maker, { description: countingLight, hailing: ["mqtt"] }));
    const dir = join(this.dir, `lamp-${++this.#made}`);
    const flash = new Flash(dir, () => {
      throw new Error("no power failure was asked for");
    });
    if (!existsSync(join(dir, "factory.jbcd"))) writeFactory(flash, made.image);
    const { clock, random } = ports;
    const log = this.#logOf(`lamp-${this.#made}`);
    const image = new DeviceImage(flash);
    const light = new Appliance(countingLight, { On: false, Brightness: 100, ColourTemperature: 2700, Label: "", Press: 0 });
    const count = { commands: 0, pressed: 0 };
    const core = new DeviceCore({
      image,
      appliance: light,
      powered: new PoweredClock(image, clock),
      clock,
      random,
      log,
      onEvent: (event, data) => {
        log.info(event, data);
        if (event === "command") count.commands += 1;
      },
      onHails: (reconnect) => void (reconnect ? medium.reconnect() : medium.renew()).catch(() => undefined),
    });
    const medium = mqttMedium({
      broker: `mqtt://127.0.0.1:${this.#brokerPort}`,
      hails: () => core.hails(),
      password: (tag) => core.password(tag),
      onStream: (stream) => core.attach(stream),
      // It comes back soon, so that a run of many kills takes hours less; the times of the back-off itself are tested elsewhere.
      clock: { ...clock, sleep: (ms, signal) => clock.sleep(Math.min(ms, 300), signal) },
      random,
      log,
    });
    const lamp: Lamp = {
      made,
      core,
      medium,
      get commands() {
        return count.commands;
      },
      get pressed() {
        return count.pressed;
      },
      press: () => light.change("Press", ++count.pressed),
      async off() {
        await core.close();
        await medium.stop();
      },
    };
    onCleanup(() => lamp.off());
    await medium.start();
    return lamp;
  }

  /** What the hub says of a device. */
  async view(udf: string): Promise<DeviceView | undefined> {
    const devices = await this.client.devices();
    return devices.find((device) => device.udf === udf);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.hub?.kill();
    await this.#agent;
    await Promise.all([this.alice?.close(), this.phone?.close(), this.maker?.close()]);
    await this.service?.kill();
    await this.proxy.close();
  }
}
