/**
 * Messages a second through the hub's broker with its access rules, guards and durable sessions, QoS 1, one publisher to one subscriber,
 * 100 messages under way, 100 octets each; against stock aedes and, where it is installed (Debian: mosquitto), Mosquitto with its defaults.
 * Each broker in a process of its own, the same generator, turn by turn in one run.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { packagePath } from "../src/base/package-root.ts";
import { figureOf, openTable } from "./kit/figure.ts";
import { freePort, pause } from "./kit/house.ts";
import { cpuSecondsOf, machineLine, rssOf } from "./kit/machine.ts";
import { loadBroker } from "./kit/mqtt-load.ts";
import { within } from "./kit/within.ts";

const messages = Number(process.env.MESH_BENCH_MESSAGES ?? 50_000);
const runs = Number(process.env.MESH_BENCH_RUNS ?? 7);
const window = 100;
/** A broker that takes longer for one turn is left out from then on. */
const turnMs = 120_000;

interface Candidate {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): void;
}

async function nodeBroker(which: "ours" | "aedes", name: string): Promise<Candidate> {
  const child = spawn(process.execPath, ["--import", "tsx", packagePath("bench", "kit", "broker-main.ts"), which], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return { name, port: Number(line), pid: child.pid ?? 0, stop: () => child.stdin.end() };
}

async function mosquitto(): Promise<Candidate | undefined> {
  const program = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"].find((path) => existsSync(path));
  if (!program) return undefined;
  const port = await freePort();
  const config = join(mkdtempSync(join(tmpdir(), "mesh-bench-mosquitto-")), "mosquitto.conf");
  writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n`);
  const child = spawn(program, ["-c", config], { stdio: "ignore" });
  await pause(500);
  return { name: "Mosquitto, set_tcp_nodelay, no rules", port, pid: child.pid ?? 0, stop: () => void child.kill("SIGTERM") };
}

const ours = await nodeBroker("ours", "the hub's broker, its rules and guards");
const candidates = [ours, await nodeBroker("aedes", "aedes 1.2 as it comes"), await mosquitto()].filter((one) => one !== undefined);
try {
  const rates = new Map<string, number[]>(candidates.map(({ name }) => [name, []]));
  const costs = new Map<string, number[]>(candidates.map(({ name }) => [name, []]));
  const gone = new Set<string>();
  for (let run = -1; run < runs; run += 1) {
    for (const { name, port, pid } of candidates) {
      if (gone.has(name)) continue;
      const before = cpuSecondsOf(pid);
      const rate = await within(turnMs, `${name}: ${messages} messages`, loadBroker({ port, messages, window }));
      if (rate === undefined) gone.add(name);
      // The first run warms the compiler up.
      if (run < 0 || rate === undefined) continue;
      rates.get(name)?.push(rate);
      costs.get(name)?.push((1e6 * (cpuSecondsOf(pid) - before)) / messages);
    }
  }
  const bars = { [ours.name]: { better: "more", median: 20_000 } as const };
  const table = openTable(`Broker, QoS 1, 1 to 1, ${window} under way, ${messages} messages a run (${machineLine()})`);
  for (const { name, pid } of candidates) {
    if ((rates.get(name) ?? []).length === 0) continue;
    table.add(
      figureOf(name, "messages/s", rates.get(name) ?? [], bars[name] ? { bar: bars[name] } : {}),
      figureOf(`${name}: processor time a message`, "µs", costs.get(name) ?? []),
      ...(gone.has(name) ? [] : [figureOf(`${name}: RSS afterwards`, "MB", [rssOf(pid)])]),
    );
  }
  if (candidates.length < 3) process.stdout.write("Mosquitto is not installed (Debian: apt-get install mosquitto) and was left out.\n");
} finally {
  for (const candidate of candidates) candidate.stop();
}
