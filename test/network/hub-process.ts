/** The built hub as a process in a network of its own, asked by its socket as its own commands ask it. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type HubStatus, hubClient } from "../../src/api/index.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { startHousehold } from "../kit/household.ts";
import type { Namespace } from "./namespaces.ts";

/** A directory with a configuration and a hub's account; the service is away when the hub runs. */
export async function hubDirectory(config: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const house = await startHousehold();
  const alice = await house.create("alice", "alice@example.com");
  await house.join(alice, "hub", ["hub"]);
  await house.stop();
  const dir = tempDirectory();
  cpSync(house.home("hub"), join(dir, "account"), { recursive: true });
  writeFileSync(join(dir, "hub.config.json"), JSON.stringify({ stateDir: ".", ...config }));
  return dir;
}

/** A running hub. */
export interface HubProcess {
  readonly child: ChildProcess;
  /** What it logged. */
  log(): string;
  status(): Promise<HubStatus>;
  /** State and detail of one medium, undefined when it is not shown. */
  medium(name: string): Promise<string | undefined>;
}

const program = packagePath("dist", "src", "app", "mesh-hub.js");

/** Starts the hub of a directory; ended after the test. */
export async function startHubIn(at: Namespace, dir: string, args: readonly string[] = []): Promise<HubProcess> {
  const [command = "", ...words] = [...at.through, process.execPath, program, "run", ...args];
  const child = spawn(command, words, { cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stdout.on("data", (part: Buffer) => (log += part.toString()));
  child.stderr.on("data", (part: Buffer) => (log += part.toString()));
  onCleanup(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  });
  const client = hubClient({ socket: join(dir, "hub.sock"), startWith: "mesh-hub run" });
  const status = (): Promise<HubStatus> => client.status();
  const hub: HubProcess = {
    child,
    log: () => log,
    status,
    async medium(name) {
      const found = (await status()).media.find((medium) => medium.name === name);
      return found && `${found.state}${found.detail === undefined ? "" : `: ${found.detail}`}`;
    },
  };
  await eventually(`the hub runs\n${log}`, async () => {
    if (child.exitCode !== null) throw new Error(`the hub ended with ${child.exitCode}: ${log}`);
    return existsSync(join(dir, "hub.sock")) && (await status().catch(() => undefined)) !== undefined;
  });
  return hub;
}
