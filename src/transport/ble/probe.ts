/**
 * Whether this machine can speak Bluetooth LE: the package, the kernel, an adapter, the right to use it.
 * Nothing is sent to an adapter and no handle stays open: noble's bindings are made but never initialised, because their polling
 * cannot be stopped again and the hub may be using the adapter. Linux only, like the hub's BLE medium.
 */
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Probe, reasonOf } from "../probe.ts";
import type { NoblePackage } from "./noble-package.ts";
import { loadNoble } from "./noble-package.ts";

/** Replacements for tests. */
export interface BluetoothProbeOptions {
  readonly platform?: NodeJS.Platform;
  /** Which package is to drive the adapter. */
  readonly package?: NoblePackage;
  readonly load?: (name: NoblePackage) => Promise<unknown>;
  /** Another process drives the adapter: this one needs neither package nor right. */
  readonly elsewhere?: boolean;
  /** Root of /sys and /proc. */
  readonly root?: string;
}

/** Bit of CAP_NET_RAW in the effective capabilities. */
const netRaw = 1n << 13n;

/** Looks for a usable Bluetooth adapter. */
export async function probeBluetooth(options: BluetoothProbeOptions = {}): Promise<Probe> {
  const { platform = process.platform, package: name = "@abandonware/noble", load = loadNoble, elsewhere = false, root = "/" } = options;
  if (platform !== "linux") return { state: "unavailable", detail: `Bluetooth is not supported on ${platform}` };
  const adapters = await adaptersUnder(root);
  if (adapters.length === 0) {
    const hasKernel = await exists(join(root, "sys/class/bluetooth"));
    const detail = hasKernel ? "no Bluetooth adapter is attached" : "the kernel has no Bluetooth, or no adapter is attached";
    return { state: "unavailable", detail, remedy: "attach an adapter; everything except Bluetooth devices works without one" };
  }
  const names = adapters.map(({ name }) => name).join(", ");
  try {
    if (!elsewhere) await load(name);
  } catch (error) {
    return {
      state: "unavailable",
      detail: `adapter ${names} is there, but ${name} does not load: ${reasonOf(error)}`,
      remedy: loadRemedy(error, name),
    };
  }
  const free = adapters.filter(({ blocked }) => !blocked);
  if (free.length === 0) return { state: "unavailable", detail: `${names} is switched off by rfkill`, remedy: "run 'rfkill unblock bluetooth'" };
  if (!elsewhere && !(await mayUseRawSockets(root))) {
    return {
      state: "unavailable",
      detail: `no right to use ${names} (CAP_NET_RAW)`,
      remedy: "run 'sudo mesh-hub install --ble': a small service of its own gets the right, and the hub none",
    };
  }
  return { state: "ready", detail: `Bluetooth adapter ${free.map(({ name }) => name).join(", ")}` };
}

async function adaptersUnder(root: string): Promise<{ readonly name: string; readonly blocked: boolean }[]> {
  const directory = join(root, "sys/class/bluetooth");
  const names = (await list(directory)).filter((name) => /^hci\d+$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const switches = (await list(join(directory, name))).filter((entry) => entry.startsWith("rfkill"));
      const states = await Promise.all(switches.flatMap((entry) => ["soft", "hard"].map((kind) => text(join(directory, name, entry, kind)))));
      return { name, blocked: states.some((state) => state.trim() === "1") };
    }),
  );
}

async function mayUseRawSockets(root: string): Promise<boolean> {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(await text(join(root, "proc/self/status")))?.[1];
  return effective !== undefined && (BigInt(`0x${effective}`) & netRaw) !== 0n;
}

function loadRemedy(error: unknown, name: NoblePackage): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND") {
    const own = "install python3, make and g++, then run 'npm rebuild @abandonware/noble @abandonware/bluetooth-hci-socket'";
    return name === "@abandonware/noble" ? own : `install it beside mesh-hub: 'npm install ${name}'`;
  }
  return "check that the kernel has Bluetooth ('modprobe bluetooth')";
}

// Absent files are answers here: not every machine has them, and a probe must not fail for one it may not read.
const list = (path: string): Promise<string[]> => readdir(path).catch(() => []);
const text = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");
const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
