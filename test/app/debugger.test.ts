/** Programs that hold keys, and those they start: SIGUSR1, by which Node opens its debugger to whoever runs as the same user, opens none and ends nothing. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe, onCleanup, tempDirectory } from "../harness/suite.ts";
import { startHousehold } from "../kit/household.ts";
import { nodeWords } from "../kit/node-words.ts";

/** A process, with what it has said; killed when the test ends. */
function start(script: string, args: readonly string[], words: readonly string[] = []) {
  const child = spawn(process.execPath, [...words, ...nodeWords(packagePath(script)), ...args], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  onCleanup(() => void child.kill("SIGKILL"));
  let said = "";
  for (const output of [child.stdout, child.stderr]) output?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  return { child, said: () => said };
}

/** The children say nothing before the hub does: one is up when it has its listener for a terminal's interrupt. */
const tellsOfSigint = 'process.on("newListener", (name) => { if (name === "SIGINT") setImmediate(() => process.stdout.write("up\\n")); });';
const busy = { timeoutMs: 300_000 };

/** Signals it until it has had time to open what it opens, and long after it has started. */
async function holds({ child, said }: ReturnType<typeof start>, isUp: () => Promise<boolean> | boolean): Promise<void> {
  for (let turn = 0; !(await isUp()); turn++) {
    assert.ok(turn < 1200, `it does not start: ${said()}`);
    await systemClock.sleep(100);
  }
  child.kill("SIGUSR1");
  await systemClock.sleep(1500);
  assert.equal([child.exitCode, child.signalCode], [null, null], said());
  assert.not.match(said(), /debugger|inspector/i);
}

describe("the debugger that SIGUSR1 opens", (it) => {
  it(
    "is opened by no mesh-hub",
    async () => {
      const socket = join(tempDirectory(), "scanner.sock");
      await holds(start("src/app/mesh-hub.ts", ["scanner", socket]), () => existsSync(socket));
    },
    busy,
  );

  it(
    "is opened by no mesh-service",
    async () => {
      const service = start("src/app/mesh-service.ts", ["run", "--open", "--dir", join(tempDirectory(), "service"), "--port", "0"]);
      await holds(service, () => service.said().includes("listening at"));
    },
    busy,
  );

  it(
    "is opened by no meshman that runs the owner's agent",
    async () => {
      const household = await startHousehold();
      onCleanup(() => household.stop());
      const alice = await household.create("alice", "alice@example.com");
      await alice.close();
      const agent = start("src/app/meshman.ts", ["--dir", alice.dir, "agent"]);
      await holds(agent, () => agent.said() !== "");
    },
    busy,
  );

  for (const [what, script, args] of [
    ["the Matter process", "src/matter/process/main.ts", [tempDirectory(), "0", ""]],
    ["the scanner's process", "src/transport/hid/scanner-main.ts", []],
    ["the radio's process", "src/transport/ble/radio-main.ts", ["@abandonware/noble", "50"]],
  ] as const) {
    it(
      `is not opened by ${what}`,
      async () => {
        const started = start(script, args, ["--import", `data:text/javascript,${encodeURIComponent(tellsOfSigint)}`]);
        await holds(started, () => started.said().includes("up"));
      },
      busy,
    );
  }
});
