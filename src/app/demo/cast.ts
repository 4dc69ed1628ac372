/** The processes of the demo: real programs, started as a person would start them, with their output at hand. */
import type { ChildProcess, ChildProcessByStdio } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { MeshError } from "../../base/errors.ts";
import { packagePath } from "../../base/package-root.ts";

/** The three programs. */
export type Program = "mesh-hub" | "meshman" | "mesh-service";

/** What a command answered. */
export interface Answer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that keeps running. */
export interface Running {
  readonly child: ChildProcess;
  /** The first line of its output that the predicate takes. Errors: ERR_INTERNAL with its last words when it ends before, ERR_TIMEOUT. */
  line(accept: (line: string) => boolean, timeoutMs: number): Promise<string>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

function scriptOf(program: Program): string {
  return packagePath("dist", "src", "app", `${program}.js`);
}

/** A program that was told to end and has not by then is killed. */
const patienceMs = 5000;

/** Everything that runs for one demo. */
export class Cast {
  readonly dir: string;
  readonly #children = new Map<ChildProcess, Promise<unknown>>();
  #isOver = false;

  constructor(dir: string) {
    this.dir = dir;
  }

  /** Runs a command to its end. */
  async run(program: Program, args: readonly string[], options: { readonly onlyPort?: number } = {}): Promise<Answer> {
    const guard = options.onlyPort === undefined ? [] : ["--import", packagePath("dist", "src", "app", "demo", "network-guard.js")];
    const limits = options.onlyPort === undefined ? {} : { MESH_DEMO_ONLY_PORT: String(options.onlyPort) };
    const child = this.#spawn([...guard, scriptOf(program), ...args], limits);
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    const [status] = (await once(child, "close")) as [number | null];
    return { status: status ?? 70, stdout: stdout(), stderr: stderr() };
  }

  /** Runs a command that has to succeed and gives its JSON answer. Errors: ERR_INTERNAL with what it wrote. */
  async ask<T>(program: Program, args: readonly string[], options: { readonly onlyPort?: number } = {}): Promise<T> {
    const answer = await this.run(program, [...args, "--json"], options);
    if (answer.status !== 0)
      throw new MeshError("ERR_INTERNAL", `${program} ${args.join(" ")} ended with ${answer.status}: ${answer.stderr || answer.stdout}`);
    const last = answer.stdout.trim().split("\n").at(-1) ?? "";
    return JSON.parse(answer.stdout.trim().startsWith("{\n") ? answer.stdout : last) as T;
  }

  /** Starts a program that stays; its output goes to a log file too. */
  start(name: string, program: Program, args: readonly string[]): Running {
    const child = this.#spawn([scriptOf(program), ...args]);
    const log = createWriteStream(join(this.dir, `${name}.log`), { flags: "a" });
    child.stderr.pipe(log, { end: false });
    const lines: string[] = [];
    const waiting = new Set<(line: string | undefined) => void>();
    createInterface({ input: child.stdout }).on("line", (line) => {
      log.write(`${line}\n`);
      lines.push(line);
      for (const wake of [...waiting]) wake(line);
    });
    const ended = once(child, "close").then(() => {
      for (const wake of [...waiting]) wake(undefined);
      log.end();
    });
    const running: Running = {
      child,
      line: (accept, timeoutMs) =>
        new Promise((resolve, reject) => {
          const early = lines.find(accept);
          if (early !== undefined) return resolve(early);
          const settle = (act: () => void): void => {
            clearTimeout(timer);
            waiting.delete(wake);
            act();
          };
          const wake = (line: string | undefined): void => {
            if (line === undefined)
              settle(() => reject(new MeshError("ERR_INTERNAL", `${name} ended; its last words are in ${name}.log: ${lines.slice(-3).join(" | ")}`)));
            else if (accept(line)) settle(() => resolve(line));
          };
          const timer = setTimeout(
            () => settle(() => reject(new MeshError("ERR_TIMEOUT", `${name} did not answer within ${timeoutMs} ms, see ${name}.log`))),
            timeoutMs,
          );
          waiting.add(wake);
        }),
      kill: async (signal) => {
        if (child.exitCode === null && child.signalCode === null) child.kill(signal);
        await ended;
      },
    };
    return running;
  }

  /** Ends everything that still runs; when this resolves it is gone, and nothing more is started. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all([...this.#children].map(([child, gone]) => endChild(child, gone)));
  }

  #spawn(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcessByStdio<null, Readable, Readable> {
    if (this.#isOver) throw new MeshError("ERR_REJECTED", "the demo was ended");
    const child = spawn(process.execPath, args, { env: { ...environment(), ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const gone = once(child, "close").then(() => this.#children.delete(child));
    this.#children.set(child, gone);
    return child;
  }
}

async function endChild(child: ChildProcess, gone: Promise<unknown>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  await gone;
  clearTimeout(timer);
}

/** What the programs inherit: no settings of the person who runs the demo. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TERM, LANG } = process.env;
  return { ...(PATH && { PATH }), ...(HOME && { HOME }), ...(TERM && { TERM }), ...(LANG && { LANG }) };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const parts: Buffer[] = [];
  stream.on("data", (part: Buffer) => parts.push(part));
  return () => Buffer.concat(parts).toString("utf8");
}
