/** meshman as a process of its own: for pipes, signals and limits, which a function of this process has not got. */
import { spawn, spawnSync } from "node:child_process";
import { packagePath } from "../../src/base/package-root.ts";
import { nodeWords } from "./node-words.ts";

const words = nodeWords(packagePath("src/app/meshman.ts"));

/** What a process did. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs to the end. `ulimit` is given to the shell's command of that name. */
export function runProgram(
  args: readonly string[],
  options: { readonly cwd: string; readonly input?: Uint8Array; readonly dir?: string; readonly ulimit?: string },
): Ended {
  const { cwd, input, dir = cwd, ulimit } = options;
  const limit = ulimit === undefined ? "" : `ulimit ${ulimit}; `;
  const command = ["-c", `${limit}exec "$@"`, "sh", process.execPath, ...words, ...args];
  const { status, stdout, stderr } = spawnSync("bash", command, {
    cwd,
    input: input ?? "",
    env: { ...process.env, MESHMAN_DIR: dir },
    maxBuffer: 1 << 28,
    timeout: 240_000,
  });
  return { status, stdout, stderr: stderr.toString() };
}

/** Starts one. */
export function startProgram(args: readonly string[], { cwd, dir = cwd }: { readonly cwd: string; readonly dir?: string }) {
  return spawn(process.execPath, [...words, ...args], { cwd, env: { ...process.env, MESHMAN_DIR: dir } });
}
