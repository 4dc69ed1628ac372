/**
 * One virtual device as a process: an image directory, a medium, orders on standard input, one JSON line on standard output for each answer
 * (`ok` or `error`) and each event (`event`). It needs no environment, and reads nothing but its image, its flags and the driver of its class.
 */
import { createInterface, type Interface } from "node:readline";
import { systemClock } from "../../src/base/clock.ts";
import { asMeshError } from "../../src/base/errors.ts";
import type { Log } from "../../src/base/log.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { readFlags, usage } from "./process/flags.ts";
import { Life, type LifeOptions } from "./process/life.ts";

function say(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function makeLog(name: string): Log {
  const write = (level: string) => (event: string, data?: Record<string, unknown>) =>
    void process.stderr.write(`${JSON.stringify({ level, name, event, ...data })}\n`);
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error"), child: (child) => makeLog(`${name}.${child}`) };
}

/** Lives until it ends, which ends the process, or starts again. */
async function live(options: LifeOptions, input: Interface): Promise<void> {
  const life = new Life(options);
  await life.start();
  const stop = (): void => life.stop();
  input.removeAllListeners();
  input.on("line", (line) => life.obey(line));
  input.on("close", () => options.flags.exitWithInput && stop());
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.removeAllListeners(signal).on(signal, stop);
  await life.untilRestart();
}

try {
  const flags = readFlags(process.argv.slice(2));
  if (flags === "help") process.stdout.write(usage);
  else {
    const input = createInterface({ input: process.stdin });
    const log = flags.verbose ? makeLog("device") : silentLog;
    const options = { flags, say, log, exit: (status: number) => process.exit(status), clock: systemClock, random: systemRandom };
    for (;;) await live(options, input);
  }
} catch (error) {
  const { code, message, hint, exitStatus } = asMeshError(error);
  process.stderr.write(`error: ${message}\nhint: ${code === "ERR_USAGE" ? "see --help" : hint}\n`);
  process.exit(exitStatus);
}
