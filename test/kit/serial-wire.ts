/** A serial line without hardware: two unix sockets joined, with whatever a test does to what passes; or two pseudo terminals, joined by socat. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { onCleanup, tempDirectory } from "../harness/suite.ts";
import { eventually } from "./eventually.ts";

/** Why there are no pseudo terminals here; undefined when there can be. */
export function missingForTerminals(): string | undefined {
  return spawnSync("sh", ["-c", "command -v socat"]).status === 0 ? undefined : "needs socat";
}

/** Octets that the hardware of a line may hold: far more than any does. */
const mostWaiting = 1 << 18;

/** What happens to octets on their way; undefined loses them. */
type Spoil = (octets: Buffer, to: "hub" | "device") => Buffer | undefined;

/** A line. */
export interface Wire {
  /** Path of each end. */
  readonly hub: string;
  readonly device: string;
  /** From now on. */
  spoil(how: Spoil): void;
  /** Octets out of nowhere. */
  noise(octets: Uint8Array, to: "hub" | "device"): void;
  /** The hub's adapter is pulled out; `plug` puts it back. */
  unplug(): Promise<void>;
  plug(): Promise<void>;
}

/** A line of unix sockets, in place of terminals. */
export async function startWire(dir = tempDirectory()): Promise<Wire> {
  const ends = { hub: join(dir, "hub"), device: join(dir, "device") };
  const sockets: { hub?: Socket; device?: Socket } = {};
  let spoil: Spoil = (octets) => octets;
  // A line does not wait for whoever does not read.
  const put = (octets: Uint8Array, to: "hub" | "device"): void => {
    if ((sockets[to]?.writableLength ?? 0) < mostWaiting) sockets[to]?.write(octets);
  };
  const listen = (name: "hub" | "device", other: "hub" | "device"): Promise<Server> => {
    const server = createServer((socket) => {
      sockets[name]?.destroy();
      sockets[name] = socket;
      socket.on("error", () => undefined);
      socket.on("data", (octets: Buffer) => {
        const passed = spoil(octets, other);
        if (passed !== undefined) put(passed, other);
      });
    });
    return new Promise((resolve) => server.listen(ends[name], () => resolve(server)));
  };
  const closed = async (server: Server | undefined): Promise<void> => {
    if (server?.listening) await new Promise((resolve) => server.close(resolve));
  };
  let hubEnd: Server | undefined = await listen("hub", "device");
  const deviceEnd = await listen("device", "hub");
  const unplug = async (): Promise<void> => {
    sockets.hub?.destroy();
    await closed(hubEnd);
    hubEnd = undefined;
  };
  onCleanup(async () => {
    sockets.device?.destroy();
    await unplug();
    await closed(deviceEnd);
  });
  return {
    ...ends,
    spoil(how) {
      spoil = how;
    },
    noise: put,
    unplug,
    async plug() {
      hubEnd = await listen("hub", "device");
    },
  };
}

/** Two pseudo terminals, as cooked as a machine makes them. */
export async function startTerminals(): Promise<Pick<Wire, "hub" | "device"> & { stop(): Promise<void> }> {
  const dir = tempDirectory();
  const ends = { hub: join(dir, "tty-hub"), device: join(dir, "tty-device") };
  const socat = spawn("socat", [`pty,link=${ends.hub}`, `pty,link=${ends.device}`], { stdio: "ignore" });
  const exited = new Promise<void>((resolve) => socat.once("close", () => resolve()));
  const stop = async (): Promise<void> => {
    socat.kill();
    await exited;
  };
  onCleanup(stop);
  await eventually("both terminals are there", () => existsSync(ends.hub) && existsSync(ends.device));
  return { ...ends, stop };
}
