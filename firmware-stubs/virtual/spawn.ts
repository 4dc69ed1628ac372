/** Starts virtual devices as processes of their own, with an empty environment and one image directory: for tests and the demo. */
import type { ChildProcessByStdio } from "node:child_process";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { MeshError } from "../../src/base/errors.ts";
import { ownProgram } from "../../src/base/package-root.ts";

/** One line that a device wrote: an event, an answer, or an error. */
export type DeviceLine = Readonly<Record<string, unknown>> & { readonly event?: string; readonly ok?: string; readonly error?: string };

/** Which device, and how it is to be reached. */
export interface SpawnOptions {
  readonly imageDir: string;
  readonly medium: "mqtt" | "tcp" | "ble" | "serial";
  /** `host:port` of the broker; found by mDNS when absent. */
  readonly broker?: string;
  /** Port to listen on, medium tcp; any by default. */
  readonly port?: number;
  /** Another program that takes the same flags and orders: a device in another language. */
  readonly program?: readonly string[];
  /** More flags of main.ts. */
  readonly args?: readonly string[];
  /** Words that run it somewhere else, as in `ip netns exec NAME`. */
  readonly through?: readonly string[];
  /** How long it may take to start, to answer an order, and until an event that is waited for: 30 and 15 s when absent. */
  readonly patienceMs?: number;
  /** Told of every line at once. */
  readonly onLine?: (line: DeviceLine) => void;
  /** Told of what the device writes to its standard error. */
  readonly onLog?: (line: string) => void;
}

/** A running device. */
export interface VirtualDevice {
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  /** All lines so far. */
  readonly events: readonly DeviceLine[];
  /** Sends an order and gives its answer. Throws ERR_COMMAND with the device's own words, ERR_DEVICE_OFFLINE when it has ended. */
  send(order: string): Promise<DeviceLine>;
  status(): Promise<DeviceLine>;
  /** The next line with this event, or an earlier one from position `from` of `events`. Throws ERR_TIMEOUT, ERR_DEVICE_OFFLINE. */
  waitFor(event: string, options?: { readonly from?: number; readonly timeoutMs?: number }): Promise<DeviceLine>;
  /** Ends it in order. */
  stop(): Promise<number | null>;
  /** Power off. */
  kill(): Promise<number | null>;
  /** Exit status, once it has ended. */
  readonly exited: Promise<number | null>;
}

const usualOrderMs = 15_000;
const usualStartMs = 30_000;

/** Starts a device; resolves when it is ready. Throws ERR_DEVICE_OFFLINE with its error output when it ends before. */
export async function startVirtualDevice(options: SpawnOptions): Promise<VirtualDevice> {
  const [command = "", ...words] = [
    ...(options.through ?? []),
    ...(options.program ?? [process.execPath, ...ownProgram("firmware-stubs", "virtual", "main")]),
    ...flagsOf(options),
  ];
  const child = spawn(command, words, { env: {}, stdio: ["pipe", "pipe", "pipe"] });
  const orderMs = options.patienceMs ?? usualOrderMs;
  const events: DeviceLine[] = [];
  const watchers = new Set<(line: DeviceLine | undefined) => void>();
  let complaint = "";
  const tell = (line: DeviceLine | undefined): void => {
    for (const watcher of [...watchers]) watcher(line);
  };
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = JSON.parse(text) as DeviceLine;
    events.push(line);
    options.onLine?.(line);
    tell(line);
  });
  createInterface({ input: child.stderr }).on("line", (text) => {
    complaint = `${complaint}\n${text}`.slice(-2_000);
    options.onLog?.(text);
  });
  // An order to a device that has just died is answered by its end.
  child.stdin.on("error", () => undefined);
  let ended = false;
  const exited = new Promise<number | null>((resolve) => {
    child.once("close", (code) => {
      ended = true;
      resolve(code);
      tell(undefined);
    });
    child.once("error", (error) => {
      complaint = error.message;
    });
  });

  const gone = (): MeshError => new MeshError("ERR_DEVICE_OFFLINE", `the device has ended${complaint === "" ? "" : `: ${complaint.trim()}`}`);
  const next = (matches: (line: DeviceLine) => boolean, what: string, timeoutMs: number): Promise<DeviceLine> =>
    new Promise((resolve, reject) => {
      if (ended) {
        reject(gone());
        return;
      }
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        watchers.delete(watcher);
        act();
      };
      const watcher = (line: DeviceLine | undefined): void => {
        if (line === undefined) settle(() => reject(gone()));
        else if (matches(line)) settle(() => resolve(line));
      };
      const timer = setTimeout(() => settle(() => reject(new MeshError("ERR_TIMEOUT", `no ${what} within ${timeoutMs} ms`))), timeoutMs);
      watchers.add(watcher);
    });

  const device: VirtualDevice = {
    process: child,
    events,
    exited,
    async send(order) {
      const answer = next((line) => line.ok === order.trim() || line.order === order.trim(), `answer to ${order}`, orderMs);
      child.stdin.write(`${order}\n`);
      const line = await answer;
      if (line.error !== undefined) throw new MeshError("ERR_COMMAND", `${order}: ${String(line.message)}`);
      return line;
    },
    status: () => device.send("status"),
    async waitFor(event, { from = events.length, timeoutMs = orderMs } = {}) {
      return events.slice(from).find((line) => line.event === event) ?? (await next((line) => line.event === event, event, timeoutMs));
    },
    async stop() {
      child.stdin.end();
      child.kill("SIGTERM");
      return exited;
    },
    async kill() {
      child.kill("SIGKILL");
      return exited;
    },
  };
  await device.waitFor("ready", { from: 0, timeoutMs: options.patienceMs ?? usualStartMs });
  return device;
}

function flagsOf({ imageDir, medium, broker, port, args = [] }: SpawnOptions): string[] {
  return [
    ...["--image", imageDir, "--medium", medium, "--exit-with-input"],
    ...(broker === undefined ? [] : ["--broker", broker]),
    ...(port === undefined ? [] : ["--port", String(port)]),
    ...args,
  ];
}
