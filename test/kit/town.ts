/** Two services and people at them, every service and every command a process of its own: example.com and example.net, which know each other. */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { assert, tempDirectory } from "../harness/suite.ts";
import { freePort } from "./free-port.ts";
import type { Ended } from "./program.ts";
import { runProgram, startProgram } from "./program.ts";
import type { ServiceProcess } from "./service-process.ts";
import { startServiceProcess } from "./service-process.ts";

const names = ["com", "net"] as const;
type Name = (typeof names)[number];

/** People and their machines are named by directories. */
export interface Town {
  readonly dir: string;
  url(service: Name): string;
  /** A service's directory. */
  disk(service: Name): string;
  home(machine: string): string;
  run(machine: string, ...args: string[]): Ended;
  /** Runs with --json, demands success, and gives the document. */
  // biome-ignore lint/suspicious/noExplicitAny: documents of any shape
  json(machine: string, ...args: string[]): any;
  /** Runs, demands the exit status, and gives what was said. */
  fails(status: number, machine: string, ...args: string[]): string;
  /** Starts a command, which may be killed. */
  start(machine: string, ...args: string[]): ReturnType<typeof startProgram>;
  create(machine: string, address: string): void;
  /** Lets another machine in by a code. */
  letIn(admin: string, machine: string, role: string): void;
  /** Ends a service at once, has something done while it is down, and starts it again. */
  whileDown(service: Name, task?: () => void): Promise<void>;
  /** Keeps a service's directory as it is. */
  backUp(service: Name): Promise<void>;
  /** Puts a service back to what was kept. */
  putBack(service: Name): Promise<void>;
}

/** Starts both services; they end with the test. */
export async function startTown(): Promise<Town> {
  const dir = tempDirectory();
  const ports = { com: await freePort(), net: await freePort() };
  const url = (name: Name): string => `http://127.0.0.1:${ports[name]}`;
  const disk = (name: Name): string => join(dir, `service.${name}`);
  const begin = (name: Name): Promise<ServiceProcess> => {
    const other = name === "com" ? "net" : "com";
    return startServiceProcess([
      ...["--dir", disk(name), "--port", `${ports[name]}`, "--domain", `example.${name}`],
      ...["--peer", `example.${other}=${url(other)}`, "--limit", "peerRetryMs=50", "peerRetryMostMs=400"],
    ]);
  };
  const running = { com: await begin("com"), net: await begin("net") };
  const peers = names.flatMap((name) => ["--peer", `example.${name}=${url(name)}`]);
  const home = (machine: string): string => join(dir, machine);
  const at = (machine: string) => ({ cwd: process.cwd(), dir: home(machine) });
  const run = (machine: string, ...args: string[]): Ended => {
    const ran = runProgram([...peers, ...args], at(machine));
    assert.not.match(ran.stdout.toString() + ran.stderr, /^\s+at .*\d+:\d+\)?$/m, "a stack trace");
    return ran;
  };
  const json: Town["json"] = (machine, ...args) => {
    const { status, stdout, stderr } = run(machine, ...args, "--json");
    assert.is(status, 0, `${machine}: ${args.join(" ")}: ${stdout}${stderr}`);
    return JSON.parse(stdout.toString());
  };
  const whileDown: Town["whileDown"] = async (name, task) => {
    await running[name].end("SIGKILL");
    task?.();
    running[name] = await begin(name);
  };
  return {
    dir,
    url,
    disk,
    home,
    run,
    json,
    fails(status, machine, ...args) {
      const ran = run(machine, ...args);
      assert.is(ran.status, status, `${machine}: ${args.join(" ")}: ${ran.stdout}${ran.stderr}`);
      assert.match(ran.stderr, /^error: .+\nhint: .+$/m);
      return ran.stderr;
    },
    start: (machine, ...args) => startProgram([...peers, ...args], at(machine)),
    create: (machine, address) => json(machine, "account", "create", address, "--service", url(address.endsWith(".com") ? "com" : "net")),
    letIn(admin, machine, role) {
      const { uri } = json(admin, "account", "pin", "--role", role, "--name", machine);
      json(machine, "device", "request", uri, "--service", json(admin, "account", "get").service.url);
      json(admin, "account", "sync");
      json(machine, "device", "complete", "--wait", "60s");
    },
    whileDown,
    backUp: (name) =>
      whileDown(name, () => {
        rmSync(`${disk(name)}-kept`, { recursive: true, force: true });
        cpSync(disk(name), `${disk(name)}-kept`, { recursive: true });
      }),
    putBack: (name) =>
      whileDown(name, () => {
        rmSync(disk(name), { recursive: true });
        cpSync(`${disk(name)}-kept`, disk(name), { recursive: true });
      }),
  };
}
