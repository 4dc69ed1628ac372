/** The service as a process, built as it is installed: of this checkout, or of the one that MESH_BENCH_PROGRAMS names. */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { packagePath } from "../../src/base/package-root.ts";

const program = join(process.env.MESH_BENCH_PROGRAMS ?? packagePath("dist", "src", "app"), "mesh-service.js");

/** A service that runs. */
export interface Running {
  readonly url: string;
  readonly pid: number;
  readonly readyMs: number;
  stop(): Promise<void>;
}

/** Older programs let everybody make accounts and have no flag for it. */
const flags = String(spawnSync(process.execPath, [program, "--help"]).stdout).includes("--open") ? ["--open"] : [];
if (flags.length > 0) flags.push("--limit", "handshakeBurst=100000", "--limit", "cookieBurst=100000", "--limit", "strangerRequestBurst=100000");

/** Starts the built service on a directory, with further arguments. */
export async function startService(dir: string, port = 0, args: readonly string[] = []): Promise<Running> {
  const begun = performance.now();
  const child = spawn(process.execPath, [program, "--dir", dir, "--port", String(port), "--json", ...flags, ...args], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  for await (const line of createInterface({ input: child.stdout })) {
    const stop = async (): Promise<void> => {
      child.kill("SIGTERM");
      await ended;
    };
    return { url: (JSON.parse(line) as { url: string }).url, pid: child.pid ?? 0, readyMs: performance.now() - begun, stop };
  }
  throw new Error("the service did not start");
}
