/** meshman: the owner's command line. */
import { homedir } from "node:os";
import { systemClock } from "../../base/clock.ts";
import { systemRandom } from "../../base/random.ts";
import { runMeshman } from "../../cli/meshman/index.ts";
import { endOnSignals } from "../signals.ts";

const stop = new AbortController();
endOnSignals(stop, { graceMs: 3000 });
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
