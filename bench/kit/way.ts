/** What a hub and its devices need for a medium on this machine, for the benches of the link. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { VirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { fromHex } from "../../src/base/bytes.ts";
import { packagePath } from "../../src/base/package-root.ts";
import type { MediumName } from "../../test/device/reach.ts";
import { environmentOn, startBtvirt, type VirtualAir } from "../../test/kit/btvirt.ts";
import { startWire } from "../../test/kit/serial-wire.ts";
import { CrowdResponder } from "./crowd-responder.ts";
import { pause } from "./house.ts";

/** A medium between one hub and devices that are powered one after the other. */
export interface Way {
  /** Of the hub's configuration. */
  readonly settings: readonly string[];
  /** Flags of the device at a place. */
  argsOf(at: number): readonly string[];
  /** Says where a device is that does not say so itself. */
  announce(device: VirtualDevice): void;
  end(): Promise<void>;
}

const patienceMs = 60_000;
const off = { tcp: "tcp.enabled=false", ble: "ble.enabled=off" } as const;
const nothing = { argsOf: () => [], announce: () => undefined, end: async () => undefined };

/** Prepares a medium for so many devices. `dir` is for its sockets. */
export async function prepareWay(medium: MediumName, devices: number, dir: string): Promise<Way> {
  if (medium === "mqtt") return { ...nothing, settings: [off.tcp, off.ble] };
  if (medium === "tcp") return overTcp();
  return medium === "serial" ? overLines(devices) : overRadio(dir);
}

/** The firmware in C looks for nobody and announces nothing: a responder does that for all of them. */
async function overTcp(): Promise<Way> {
  const responder = await CrowdResponder.open();
  const announce = ({ events }: VirtualDevice): void => {
    const port = Number(events.find(({ event }) => event === "ready")?.port);
    const hails = (events.findLast(({ event }) => event === "hail")?.hails ?? []) as string[];
    responder.announce({ port, hails: hails.map((hail) => fromHex(hail) ?? new Uint8Array()) });
  };
  return { ...nothing, settings: [off.ble], argsOf: () => ["--host", "127.0.0.1", "--no-mdns"], announce, end: async () => responder.close() };
}

async function overLines(devices: number): Promise<Way> {
  const wires = await Promise.all(Array.from({ length: devices }, () => startWire()));
  const settings = [off.tcp, off.ble, `serial.ports=${wires.map(({ hub }) => hub).join(",")}`];
  return { ...nothing, settings, argsOf: (at) => ["--line", wires[at]?.device ?? ""] };
}

async function overRadio(dir: string): Promise<Way> {
  const air = await startBtvirt();
  const socket = join(mkdtempSync(join(dir, "radio-")), "radio.sock");
  const stopRadio = await keepRadio(air, socket);
  const settings = [off.tcp, "ble.enabled=on", "ble.links=1", "ble.dutyPercent=100", `ble.socket=${socket}`];
  const end = async (): Promise<void> => {
    stopRadio();
    await air.stop();
  };
  return { ...nothing, settings, argsOf: () => ["--controller", air.controller], end };
}

/** The radio as its own unit runs it: it ends with each hub that lets go of it, and is started again. Gives the function that ends it for good. */
async function keepRadio(air: VirtualAir, socket: string): Promise<() => void> {
  const words = [packagePath("dist", "src", "app", "mesh-hub.js"), "radio", socket, "--set", "ble.dutyPercent=100"];
  let isOver = false;
  let child: ChildProcess | undefined;
  const start = (): void => {
    child = spawn(process.execPath, words, { env: environmentOn(air), stdio: ["ignore", "ignore", "inherit"] });
    child.once("exit", () => isOver || start());
  };
  start();
  const until = performance.now() + patienceMs;
  while (!existsSync(socket)) {
    if (performance.now() > until) throw new Error("the radio process does not start");
    await pause(50);
  }
  return () => {
    isOver = true;
    child?.kill();
  };
}
