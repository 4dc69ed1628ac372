/** What the attacks on the broker share: a target in its own process, and attackers that come from addresses of their own. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { onCleanup, tempDirectory } from "../harness/suite.ts";
import { pause } from "./broker.ts";
import { nodeWords } from "./node-words.ts";

/** What a target says of itself. */
export interface Measure {
  /** Octets in use after a collection. */
  readonly held: number;
  readonly rss: number;
  readonly clients: number;
  readonly refused: number;
  readonly hails: number;
}

/** In a target process: says the port, and answers measures until the parent is gone. */
export function answerMeasures(port: number, counts: () => Omit<Measure, "held" | "rss">): void {
  process.on("disconnect", () => process.exit());
  process.on("message", async () => {
    // What a collection finds only once its finalizers have run.
    for (let round = 0; round < 3; round++) {
      globalThis.gc?.();
      await pause(20);
    }
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send?.({ held: heapUsed + external, rss, ...counts() });
  });
  process.send?.({ port });
}

/** A target process. */
export interface Target {
  readonly port: number;
  readonly pid: number;
  measure(): Promise<Measure>;
}

/** Starts a program that speaks as target.ts does. */
export async function startTarget(program = "test/attack/broker/target.ts"): Promise<Target> {
  const words = nodeWords(program);
  const child: ChildProcess = fork(words.at(-1) ?? "", [tempDirectory()], {
    execArgv: ["--expose-gc", ...words.slice(0, -1)],
    // The report is the parent's.
    env: { ...process.env, MESH_TEST_REPORT: "" },
  });
  onCleanup(() => void child.kill("SIGKILL"));
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return {
    port,
    pid: child.pid ?? 0,
    measure: async () => {
      const answer = once(child, "message");
      child.send("measure");
      const [measure] = (await answer) as [Measure];
      return measure;
    },
  };
}

/** Sockets of an attacker; those that are closed by the target are counted. */
export class Attacker {
  readonly #port: number;
  readonly sockets = new Set<Socket>();
  closed = 0;

  constructor(port: number) {
    this.#port = port;
    onCleanup(() => this.stop());
  }

  /** A connection from loopback address number `host`; resolves when it stands or was refused. */
  async open(host: number, first?: Uint8Array): Promise<Socket> {
    const socket = connect({ port: this.#port, host: "127.0.0.1", localAddress: `127.0.${host >> 8}.${host & 255}`, noDelay: true });
    this.sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.sockets.delete(socket);
      this.closed++;
    });
    await Promise.race([once(socket, "connect"), once(socket, "close")]).catch(() => undefined);
    if (first !== undefined && !socket.destroyed) socket.write(first);
    return socket;
  }

  /** `count` connections, spread over `hosts` addresses. */
  async openMany(count: number, hosts: number, first?: (index: number) => Uint8Array): Promise<void> {
    const step = 64;
    for (let start = 0; start < count; start += step) {
      const batch = Array.from({ length: Math.min(step, count - start) }, (_, index) => start + index);
      await Promise.all(batch.map((index) => this.open(2 + (index % hosts), first?.(index))));
    }
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

/** Milliseconds of each of `count` round trips, sorted. @param clock of what time: what passes, or what processes have had of a processor */
export async function times(count: number, trip: () => Promise<unknown>, clock = (): number => performance.now()): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = clock();
    await trip();
    found.push(clock() - start);
  }
  return found.sort((a, b) => a - b);
}

/**
 * Milliseconds that the main threads of processes have had a processor (Linux; elsewhere the time that passes): what is done before an answer comes, however
 * long others on the machine keep it from being done.
 */
export function processorOf(pids: readonly number[]): () => number {
  const rows = pids.map((pid) => `/proc/${pid}/schedstat`);
  if (!rows.every((row) => existsSync(row))) return () => performance.now();
  return () => rows.reduce((sum, row) => sum + Number(readFileSync(row, "utf8").split(" ")[0]) / 1e6, 0);
}

/** The value below which a share of sorted values lies. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
