#!/usr/bin/env node
/** meshman: the owner's command line. */
import { homedir } from "node:os";
import { systemClock } from "../base/clock.ts";
import { interruption } from "../base/interruption.ts";
import { systemRandom } from "../base/random.ts";
import { runMeshman } from "../cli/meshman/index.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => stop.abort(interruption(signal)));
}
// A reader that has seen enough (`meshman device list | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 74));

process.exitCode = await runMeshman(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  home: homedir(),
  clock: systemClock,
  random: systemRandom,
  signal: stop.signal,
});
