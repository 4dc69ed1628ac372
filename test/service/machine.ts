/** A machine that is booted with systemd-nspawn: no network but its own loopback, and commands are run in it from outside. */
import type { ChildProcess } from "node:child_process";
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { type Answer, Booted, type RunOptions } from "./booted.ts";

/** A control group that limits the memory of a whole machine, made outside of it. */
export interface MemoryLimit {
  readonly procs: string;
  /** The most that was used, octets. */
  peak(): number;
  /** How often a process was killed for want of memory. */
  kills(): number;
  remove(): void;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until the answer is not undefined. */
export async function until<T>(what: string, check: () => Promise<T | undefined>, timeoutMs = 180_000): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await sleep(200);
  }
}

/** One machine; its root survives `powerOff`, so that it can be booted again. */
export class Machine extends Booted {
  readonly root: string;
  /** /sys can be written in it: without that systemd starts no udev. */
  readonly #hasUdev: boolean;
  #container: ChildProcess | undefined;
  #leader = 0;
  #console = "";

  constructor(root: string, { hasUdev = false }: { readonly hasUdev?: boolean } = {}) {
    super();
    this.root = root;
    this.#hasUdev = hasUdev;
  }

  /** Process id of its first process, as this machine sees it; for its network. */
  get leader(): number {
    return this.#leader;
  }

  /** Boots and waits until all services were started. */
  async boot(limit?: MemoryLimit): Promise<void> {
    const args = ["--quiet", "--register=no", "--keep-unit", "--private-network", "--link-journal=no", "--resolv-conf=off", "--timezone=off"];
    const command = ["systemd-nspawn", ...args, "--console=pipe", "--boot", "-D", this.root];
    const enter = limit === undefined ? "" : `echo $$ > ${limit.procs} && `;
    const env = { ...process.env, ...(this.#hasUdev ? { SYSTEMD_NSPAWN_API_VFS_WRITABLE: "yes" } : {}) };
    const container = spawn("sh", ["-c", `${enter}exec "$@"`, "sh", ...command], { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [container.stdout, container.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        this.#console = (this.#console + chunk.toString()).slice(-20_000);
      });
    }
    this.#container = container;
    this.#leader = await until("the machine has a first process", async () => {
      if (container.exitCode !== null) throw new Error(`systemd-nspawn ended with ${container.exitCode}: ${this.#console}`);
      return leaderOf(container.pid ?? 0);
    });
    await until("the machine is up", async () => {
      const { stdout } = await this.run("systemctl is-system-running", { mayFail: true });
      return /^(running|degraded)/.test(stdout) ? true : undefined;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.#console}`);
    });
  }

  /** Runs a shell command in the machine. Throws when it fails, unless it may. */
  async run(command: string, { mayFail = false, timeoutMs = 240_000 }: RunOptions = {}): Promise<Answer> {
    const enter = ["--target", String(this.#leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd"];
    const answer = await new Promise<Answer>((resolve) => {
      const env = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", HOME: "/root", LC_ALL: "C.UTF-8" };
      execFile("nsenter", [...enter, "/bin/sh", "-c", command], { env, timeout: timeoutMs, maxBuffer: 1 << 24 }, (error, stdout, stderr) =>
        resolve({ status: error === null ? 0 : typeof error.code === "number" ? error.code : 255, stdout, stderr }),
      );
    });
    if (answer.status !== 0 && !mayFail) throw new Error(`'${command}' ended with ${answer.status}: ${answer.stdout}${answer.stderr}`);
    return answer;
  }

  /** Shuts the machine down in order. */
  async powerOff(): Promise<void> {
    const container = this.#container;
    if (container === undefined || container.exitCode !== null) return;
    const ended = once(container, "exit");
    await this.run("systemctl --no-block poweroff", { mayFail: true });
    await ended;
    this.#leader = 0;
    this.#container = undefined;
  }

  /** Ends the machine at once; harmless when it is off. */
  async kill(): Promise<void> {
    const container = this.#container;
    if (container === undefined || container.exitCode !== null || container.signalCode !== null) return;
    const ended = once(container, "exit");
    // Its first process and with it all others: they outlive a systemd-nspawn that is killed.
    if (this.#leader !== 0) process.kill(this.#leader, "SIGKILL");
    else container.kill("SIGKILL");
    await ended;
    this.#leader = 0;
    this.#container = undefined;
  }
}

/** The machine's first process: the child of systemd-nspawn that is number 1 in its own namespace. */
function leaderOf(container: number): number | undefined {
  for (const task of readdirSync(`/proc/${container}/task`)) {
    for (const child of readFileSync(`/proc/${container}/task/${task}/children`, "utf8").split(" ").filter(Boolean)) {
      const numbers = /^NSpid:\s+\d+\s+(\d+)$/m.exec(readFileSync(`/proc/${child}/status`, "utf8"));
      if (numbers?.[1] === "1") return Number(child);
    }
  }
  return undefined;
}

/** Makes a control group with this limit; undefined where none can be had. */
export function limitMemory(octets: number): MemoryLimit | undefined {
  const name = `mesh-hub-service-${process.pid}`;
  const kinds = [
    { dir: `/sys/fs/cgroup/memory/${name}`, limit: "memory.limit_in_bytes", peak: "memory.max_usage_in_bytes", events: "memory.oom_control" },
    { dir: `/sys/fs/cgroup/${name}`, limit: "memory.max", peak: "memory.peak", events: "memory.events" },
  ];
  for (const { dir, limit, peak, events } of kinds) {
    try {
      mkdirSync(dir);
    } catch {
      // Not mounted here, or not ours to change.
      continue;
    }
    try {
      writeFileSync(`${dir}/${limit}`, String(octets));
      return {
        procs: `${dir}/cgroup.procs`,
        peak: () => Number(readFileSync(`${dir}/${peak}`, "utf8")),
        // The first hierarchy counts them where the victim was.
        kills: () =>
          groupsIn(dir).reduce((sum, group) => sum + Number(/^oom_kill (\d+)$/m.exec(readFileSync(`${group}/${events}`, "utf8"))?.[1] ?? 0), 0),
        remove: () => removeGroup(dir),
      };
    } catch {
      // No memory controller in this hierarchy.
      removeGroup(dir);
    }
  }
  return undefined;
}

/** With the groups that systemd made below. */
function removeGroup(dir: string): void {
  for (const path of groupsIn(dir)) rmdirSync(path);
}

/** A group and all below it, the deepest first. */
function groupsIn(dir: string): string[] {
  const { stdout } = spawnSync("find", [dir, "-depth", "-type", "d"], { encoding: "utf8" });
  return stdout.split("\n").filter(Boolean);
}
