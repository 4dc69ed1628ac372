/**
 * Runs commands side by side, each with its words in one piece when it ends: what uses one core alone leaves the others idle.
 *   node --import tsx test/harness/together.ts COMMAND...
 * Each is given to the shell. The exit status is 1 when one of them fails; the others go on, so that everything that is wrong is told.
 */
import { spawn } from "node:child_process";

async function run(command: string): Promise<boolean> {
  const began = performance.now();
  const child = spawn(command, { shell: true, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (said += part.toString()));
  const status = await new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 1)));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${said}${status === 0 ? "ok  " : "FAIL"} ${command} (${seconds} s)`);
  return status === 0;
}

const commands = process.argv.slice(2);
const passed = await Promise.all(commands.map(run));
process.exitCode = commands.length > 0 && passed.every(Boolean) ? 0 : 1;
