/** Hub and service as processes: a terminal that goes away (SIGHUP) and a full disk behind stdout and stderr end nothing; SIGTERM ends cleanly. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { hubClient } from "../../src/api/index.ts";
import { systemClock } from "../../src/base/clock.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe, onCleanup, tempDirectory } from "../harness/suite.ts";
import { startHousehold } from "../kit/household.ts";
import { nodeWords } from "../kit/node-words.ts";

const program = (name: string): string => packagePath(`src/app/${name}.ts`);

/** A process with stdout and stderr in the files given; it is killed when the test ends. */
function start(name: string, args: readonly string[], files: { readonly stdout: string; readonly stderr: string }) {
  const [out, err] = [openSync(files.stdout, "a"), openSync(files.stderr, "a")];
  const child = spawn(process.execPath, [...nodeWords(program(name)), ...args], { stdio: ["ignore", out, err] });
  for (const fd of [out, err]) closeSync(fd);
  const ended = new Promise<number | string>((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal ?? "")));
  onCleanup(() => void child.kill("SIGKILL"));
  return { child, ended };
}

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (let turn = 0; turn < 1200; turn++) {
    if (await isSo()) return;
    await systemClock.sleep(100);
  }
  throw new Error(`never: ${what}`);
}

const text = (path: string): string => readFileSync(path, "utf8");
const hubArguments = (dir: string): readonly string[] =>
  [
    "run",
    ...Object.entries({
      stateDir: dir,
      "mqtt.port": 0,
      "mqtt.host": "127.0.0.1",
      "tcp.enabled": false,
      "mdns.announce": false,
      "ble.enabled": "off",
    }),
  ].flatMap((part) => (typeof part === "string" ? [part] : ["--set", part.join("=")]));
/** State directory of a hub that belongs to an account. */
async function hubDirectory(): Promise<string> {
  const household = await startHousehold();
  onCleanup(() => household.stop());
  const alice = await household.create("alice", "alice@example.com");
  await (await household.join(alice, "account", ["hub"])).close();
  return household.dir;
}

const busy = { timeoutMs: 300_000 };

describe("programs that run on", (it) => {
  it("meshman that waits for a service that never answers ends when it is told to", async () => {
    const household = await startHousehold();
    onCleanup(() => household.stop());
    const alice = await household.create("alice", "alice@example.com");
    await alice.close();
    const asked: Socket[] = [];
    const mute = createServer((socket) => void asked.push(socket));
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    onCleanup(() => {
      for (const socket of asked) socket.destroy();
      mute.close();
    });
    const files = { stdout: join(household.dir, "out"), stderr: join(household.dir, "err") };
    const url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const { child, ended } = start("meshman", ["--dir", alice.dir, "--service", url, "account", "sync"], files);
    await until("it asks", () => asked.length > 0);
    child.kill("SIGTERM");
    // Not with the status of a service which cannot be reached.
    assert.is(await ended, "SIGTERM");
  });

  it(
    "mesh-hub run: SIGHUP has the configuration read anew and ends nothing, also where it is wrong by then",
    async () => {
      const dir = await hubDirectory();
      const log = join(dir, "log");
      const file = join(dir, "hub.config.json");
      writeFileSync(file, "{}");
      const { child, ended } = start("mesh-hub", [...hubArguments(dir), "--config", file], { stdout: log, stderr: log });
      const client = hubClient({ socket: join(dir, "hub.sock"), startWith: "mesh-hub run" });
      const answers = (): Promise<boolean> =>
        client.status().then(
          () => true,
          () => child.exitCode !== null && Promise.reject(new Error(text(log))),
        );
      await until("the hub answers", answers);
      writeFileSync(file, '{ "house": { "latitude": 40.4, "longitude": -3.7 } }');
      child.kill("SIGHUP");
      await until("the configuration is read", () => text(log).includes("config.reloaded"));
      assert.match(text(log), /"taken":\["house.latitude","house.longitude"\],"waiting":\[\]/);
      writeFileSync(file, "{");
      child.kill("SIGHUP");
      await until("what is wrong is told", () => text(log).includes("config.refused") && text(log).includes(file));
      assert.ok(await answers());
      child.kill("SIGTERM");
      assert.is(await ended, 0);
    },
    busy,
  );

  it(
    "mesh-service: SIGHUP is noted and ends nothing",
    async () => {
      const dir = tempDirectory();
      const files = { stdout: join(dir, "out"), stderr: join(dir, "log") };
      const { child, ended } = start("mesh-service", ["run", "--open", "--dir", join(dir, "service"), "--port", "0"], files);
      await until("the service listens", () => text(files.stdout).includes("listening at"));
      child.kill("SIGHUP");
      await until("SIGHUP is noted", () => text(files.stderr).includes("signal.ignored"));
      const url = /listening at (\S+)/.exec(text(files.stdout))?.[1] ?? "";
      assert.ok((await fetch(url)).status > 0);
      child.kill("SIGTERM");
      assert.is(await ended, 0);
    },
    busy,
  );

  it(
    "mesh-hub run: a full disk behind its log ends nothing",
    async () => {
      const dir = await hubDirectory();
      const { child, ended } = start("mesh-hub", hubArguments(dir), { stdout: "/dev/full", stderr: "/dev/full" });
      const client = hubClient({ socket: join(dir, "hub.sock"), startWith: "mesh-hub run" });
      const answers = (): Promise<boolean> =>
        client.status().then(
          () => true,
          () => false,
        );
      await until("the hub answers", async () => child.exitCode !== null || (await answers()));
      child.kill("SIGHUP");
      await systemClock.sleep(500);
      assert.is(child.exitCode, null);
      assert.ok(await answers());
      child.kill("SIGTERM");
      assert.is(await ended, 0);
    },
    busy,
  );

  it(
    "mesh-service: a full disk behind its address and its log ends nothing",
    async () => {
      const dir = tempDirectory();
      const args = ["run", "--open", "--dir", join(dir, "service"), "--port", "47391"];
      const { child, ended } = start("mesh-service", args, { stdout: "/dev/full", stderr: "/dev/full" });
      const answers = (): Promise<boolean> =>
        fetch("http://127.0.0.1:47391/").then(
          () => true,
          () => false,
        );
      await until("the service answers", async () => child.exitCode !== null || (await answers()));
      child.kill("SIGHUP");
      await systemClock.sleep(500);
      assert.is(child.exitCode, null);
      assert.ok(await answers());
      child.kill("SIGTERM");
      assert.is(await ended, 0);
    },
    busy,
  );
});
