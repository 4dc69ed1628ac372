/** The real programs as processes that can be killed, with a layer between them and their disk (fault-layer.mjs), and a proxy that loses answers. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

/** What goes wrong; see fault-layer.mjs. */
export interface Fault {
  readonly at: number;
  readonly mode: "before" | "torn" | "after" | "power" | "EIO" | "ENOSPC" | "EROFS";
  readonly count?: number;
}

/** A program that runs. */
export interface Process {
  readonly pid: number | undefined;
  /** Resolves when it has ended, whoever ended it. */
  readonly gone: Promise<void>;
  readonly isGone: () => boolean;
  /** Last lines of its log. */
  readonly words: () => string;
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Sends a signal that does not end it. */
  signal(signal: NodeJS.Signals): void;
}

/** Where the compiled programs are. */
const dist = process.env.MESH_KILL_DIST ?? "dist";

/** How a program is started. */
export interface StartOptions {
  readonly program: "mesh-hub" | "mesh-service";
  readonly args: readonly string[];
  /** Directory whose files the fault layer watches. */
  readonly dir: string;
  readonly fault?: Fault;
  /** File that gets a line for every call that changes a file. */
  readonly trace?: string;
  /** Errors of its wall clock, in milliseconds; see clock-layer.mjs. */
  readonly clock?: readonly number[];
  /** The line of its output that says that it is up. */
  readonly up: (line: string) => boolean;
}

/** Starts a program. The promise of `up` is false when it ends before it is up. */
export function start({ program, args, dir, fault, trace, clock, up }: StartOptions): { readonly process: Process; readonly up: Promise<boolean> } {
  const layers = [...((fault ?? trace) ? ["fault-layer.mjs"] : []), ...(clock ? ["clock-layer.mjs"] : [])];
  const preloads = layers.flatMap((layer) => ["--import", resolve("test/kill", layer)]);
  const child: ChildProcess = spawn(process.execPath, [...preloads, resolve(dist, "src/app", `${program}.js`), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, FAULT: JSON.stringify({ dir, trace, ...fault }), CLOCK: JSON.stringify({ offsets: clock }) },
  });
  const lines: string[] = [];
  let isGone = false;
  let tell: (isUp: boolean) => void = () => undefined;
  const isUp = new Promise<boolean>((settle) => {
    tell = settle;
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (lines.length > 400) lines.shift();
      if (up(line)) tell(true);
    });
  }
  const gone = once(child, "exit").then(() => {
    isGone = true;
    tell(false);
  });
  return {
    up: isUp,
    process: {
      pid: child.pid,
      gone,
      isGone: () => isGone,
      words: () => lines.slice(-60).join("\n"),
      signal: (signal) => void child.kill(signal),
      async kill(signal = "SIGKILL") {
        if (!isGone) child.kill(signal);
        await gone;
      },
    },
  };
}

/** The calls of a trace, by number. */
export function pointsOf(trace: string): readonly { readonly number: number; readonly call: string; readonly path: string }[] {
  return readFileSync(trace, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [number = "", call = "", path = ""] = line.split(" ");
      return { number: Number(number), call, path };
    });
}

/** A proxy in front of the service. */
export interface LossyProxy {
  readonly url: string;
  /** Judges each exchange by the size of its request; true loses the answer after the service has given it. */
  lose: (requestOctets: number) => boolean;
  /** Answers lost so far. */
  lost: number;
  close(): Promise<void>;
}

/** Starts a proxy before a port of loopback. */
export async function startProxy(target: number): Promise<LossyProxy> {
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on("error", () => outgoing.destroy());
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      const body = Buffer.concat(parts);
      const { host: _host, ...headers } = incoming.headers;
      const onward = request({ host: "127.0.0.1", port: target, method: incoming.method, path: incoming.url, headers }, (answer) => {
        const given: Buffer[] = [];
        answer.on("error", () => outgoing.destroy());
        answer.on("data", (part: Buffer) => given.push(part));
        answer.on("end", () => {
          if (proxy.lose(body.length)) {
            proxy.lost += 1;
            outgoing.destroy();
            return;
          }
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          outgoing.end(Buffer.concat(given));
        });
      });
      onward.on("error", () => outgoing.destroy());
      outgoing.on("close", () => onward.destroy());
      onward.end(body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const proxy: LossyProxy = {
    url: `http://127.0.0.1:${port}`,
    lose: () => false,
    lost: 0,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}
