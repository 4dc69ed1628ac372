/** meshman as processes: the agent and its end, a service that is away, and a full-size device that is connected by its printed code. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { lockDirectory } from "../../../src/base/directory-lock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { packagePath } from "../../../src/base/package-root.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { MeshService } from "../../../src/provider/index.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import type { Machine } from "../../kit/meshman-terminal.ts";
import { fieldOf, machine } from "../../kit/meshman-terminal.ts";
import { nodeWords } from "../../kit/node-words.ts";

interface Agent {
  readonly child: ChildProcess;
  /** The next event whose kind is given. */
  event(kind: string): Promise<Record<string, unknown>>;
}

function startAgent(dir: string): Agent {
  const child = spawn(process.execPath, [...nodeWords(packagePath("src/app/meshman.ts")), "agent", "--json", "--dir", dir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onCleanup(() => void child.kill("SIGKILL"));
  let text = "";
  child.stdout?.on("data", (octets: Buffer) => (text += octets.toString()));
  return {
    child,
    async event(kind) {
      for (;;) {
        const lines = text
          .split("\n")
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Record<string, unknown>);
        const found = lines.find(({ event }) => event === kind);
        if (found) return found;
        await Promise.race([once(child.stdout ?? child, "data"), once(child, "exit").then(() => Promise.reject(new Error("the agent ended")))]);
      }
    },
  };
}

describe("meshman: processes and services", (it) => {
  const root = tempDirectory();
  const service = new MeshService();
  let desk: Machine;
  const start = (port = 0) =>
    service.start({
      bind: { kind: "open" },
      dir: join(root, "service"),
      host: "127.0.0.1",
      port,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    });

  it.before(async () => {
    await start();
    desk = machine(join(root, "desk"), service.url);
    await desk.does("account", "create", "alice@example.com", "--name", "desk");
    await desk.does("place", "add", "kitchen");
  });
  it.after(() => service.stop());

  it("lets a PIN in by the agent while other commands work, and ends it cleanly", async () => {
    const agent = startAgent(join(root, "desk"));
    const laptop = machine(join(root, "laptop"), service.url);
    const { uri } = await desk.json("account", "pin", "--role", "web");
    await laptop.does("device", "request", uri, "--name", "laptop");
    await laptop.does("device", "complete", "--wait", "15");
    assert.is((await agent.event("connected")).localName, "laptop");
    assert.match(await desk.does("device", "list"), /^laptop\t/m);
    const ended = once(agent.child, "exit");
    agent.child.kill("SIGTERM");
    assert.equal(await ended, [0, null]);
    assert.not.ok((await readdir(join(root, "desk"))).includes(".lock"), "the lock stayed");
  });

  it("names who holds the directory", async () => {
    const lock = await lockDirectory(join(root, "desk"), { purpose: "a test" });
    const ran = await desk.run(["device", "list"], { clock: { ...systemClock, monotonic: () => systemClock.monotonic() * 100 } });
    await lock.release();
    assert.is(ran.status, 75);
    assert.match(ran.stderr, /held by process \d+ \(a test\)/);
  });

  it("goes on with what it knows while the service is away, and refuses to write", async () => {
    const port = Number(new URL(service.url).port);
    await service.stop();
    const listed = await desk.run(["device", "list"]);
    assert.equal([listed.status, /^desk\t/m.test(listed.stdout)], [0, true]);
    assert.match(listed.stderr, /^warning: .*knew before$/m);
    const status = await desk.run(["account", "status", "--json"]);
    assert.equal([status.status, JSON.parse(status.stdout).success, JSON.parse(status.stdout).service.reachable], [69, false, false]);
    assert.match(await desk.fails(69, "place", "add", "bedroom"), /hint: check that the service runs/);
    assert.match(await machine(join(root, "new"), `http://127.0.0.1:${port}`).fails(69, "account", "create", "new@example.com"), /service/);
    await start(port);
    await desk.does("place", "add", "bedroom");
    assert.match(await desk.does("place", "list"), /^bedroom\t/m);
  });

  it("connects a full-size device by its printed code", async () => {
    const maker = machine(join(root, "maker"), service.url);
    await maker.does("account", "create", "maker@example.com");
    const { devices } = await maker.json("device", "preconfig", "--full", "--out", join(root, "factory"));
    const [made] = devices;
    const panel = machine(join(root, "panel"), service.url);
    const installed = await panel.does("device", "install", made.file);
    assert.is(fieldOf(installed, "Device UDF"), made.deviceUdf);
    assert.match(await panel.fails(75, "device", "complete"), /nobody has claimed/);
    const connected = await desk.json("account", "connect", made.uri, "--role", "web", "--name", "wall panel");
    assert.equal([connected.deviceUdf, connected.localName, connected.class], [made.deviceUdf, "wall panel", "light"]);
    assert.is(fieldOf(await panel.does("device", "complete", "--wait", "10"), "Account"), "alice@example.com");
    const { devices: seen } = await panel.json("device", "list");
    assert.equal(seen.find(({ kind }: { kind: string }) => kind === "this").localName, "wall panel");
    assert.match(await panel.fails(73, "device", "install", made.file), /directory of another device|already/);
    const thief = machine(join(root, "thief"), service.url);
    await thief.does("account", "create", "mallory@example.com");
    assert.match(await thief.fails(77, "account", "connect", made.uri, "--role", "web"), /claimed on 20/);
  });

  it("does not connect a small device or a PIN that way, and gives the claim back", async () => {
    const maker = machine(join(root, "maker"), service.url);
    const { devices } = await maker.json("device", "preconfig", "--out", join(root, "factory"));
    assert.match(await desk.fails(65, "account", "connect", devices[0].uri, "--role", "web"), /through a hub/);
    assert.match(await maker.fails(65, "account", "connect", devices[0].uri, "--role", "web"), /through a hub/);
    const { uri } = await desk.json("account", "pin", "--role", "web");
    assert.match(await desk.fails(65, "account", "connect", uri, "--role", "web"), /PIN of an account/);
    const blank = machine(join(root, "blank"), service.url);
    assert.match(await blank.fails(65, "device", "request", devices[0].uri), /printed code of a device/);
    await writeFile(join(root, "noise.medk"), "no device at all");
    assert.match(await blank.fails(65, "device", "install", join(root, "noise.medk")), /./);
    assert.match(await blank.fails(66, "device", "install", join(root, "missing.medk")), /no file/);
  });
});
