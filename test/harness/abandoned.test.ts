/** What a run that was killed has left is removed by the next one, and nothing that belongs to a living process. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { eventually } from "../kit/eventually.ts";
import { clearAbandoned, own } from "./abandoned.ts";
import { assert, describe, onCleanup, tempDirectory } from "./suite.ts";

describe("scratch directories", (it) => {
  it("go when neither their run nor its test file lives; without an owner, never", () => {
    const place = tempDirectory();
    const made = (name: string, owner?: object): string => {
      const dir = join(place, name);
      mkdirSync(dir);
      if (owner !== undefined) writeFileSync(join(dir, ".owner"), JSON.stringify(owner));
      return dir;
    };
    own(made("mesh-mine01"));
    const { pid, started } = JSON.parse(readFileSync(join(place, "mesh-mine01", ".owner"), "utf8")) as { pid: number; started: string };
    const dead = spawnSync("true").pid;
    made("mesh-dead01", { pid: dead, started: "1" });
    made("mesh-run-dead02", { pid: dead, started: "1", group: dead });
    made("mesh-other1", { pid, started: `${started}0` });
    made("mesh-young1");
    const old = made("mesh-old001");
    utimesSync(old, 1, 1);
    made("mesh-bench-dead03", { pid: dead, started: "1" });
    clearAbandoned([place, join(place, "none")]);
    assert.equal(readdirSync(place).sort(), ["mesh-bench-dead03", "mesh-mine01", "mesh-old001", "mesh-young1"]);
  });

  it("of a run that is killed stay while a process of its test file lives, and go with the next run", async () => {
    const [cwd, place] = [tempDirectory(), tempDirectory()];
    mkdirSync(join(cwd, "test"));
    writeFileSync(join(cwd, "test", "a.test.ts"), "setInterval(() => undefined, 1000);");
    const runs = (): readonly string[] => readdirSync(place).filter((name) => name.startsWith("mesh-run-"));
    const before = join(place, "mesh-run-before");
    mkdirSync(before);
    writeFileSync(join(before, ".owner"), JSON.stringify({ pid: spawnSync("true").pid, started: "1" }));
    const runner = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), resolve("test/harness/run.ts")], {
      cwd,
      stdio: "ignore",
      env: { ...process.env, TMPDIR: place, NODE_V8_COVERAGE: "" },
    });
    onCleanup(() => void runner.kill("SIGKILL"));
    let group = 0;
    await eventually("the test file runs, and what was left before is gone", () => {
      group = (JSON.parse(readFileSync(join(place, runs()[0] ?? "", ".owner"), "utf8")) as { group?: number }).group ?? 0;
      return group > 0 && !existsSync(before);
    });
    onCleanup(() => void spawnSync("kill", ["-9", "--", `-${group}`]));
    const ended = new Promise((done) => runner.once("exit", done));
    runner.kill("SIGKILL");
    await ended;
    clearAbandoned([place]);
    assert.is(runs().length, 1);
    process.kill(-group, "SIGKILL");
    await eventually("it is gone", () => {
      clearAbandoned([place]);
      return runs().length === 0;
    });
  });
});
