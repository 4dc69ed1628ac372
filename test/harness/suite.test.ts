/** The harness itself: what would pass silently elsewhere must fail here. Planted test files run through the real runner. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { MeshError } from "../../src/base/errors.ts";
import { assert, describe, skipUnless, tempDirectory, throwsMesh, within } from "./suite.ts";

const harness = JSON.stringify(resolve("test/harness/suite.ts"));

/** Runs test files with the runner; gives its exit status, its last line and all it said. */
function run(files: Readonly<Record<string, string>>, ...args: string[]) {
  const cwd = tempDirectory();
  mkdirSync(join(cwd, "test"));
  for (const [name, body] of Object.entries(files)) {
    writeFileSync(join(cwd, "test", `${name}.test.ts`), `import { describe, assert, skipUnless, onCleanup } from ${harness};\n${body}`);
  }
  const command = ["--import", import.meta.resolve("tsx"), resolve("test/harness/run.ts"), ...args];
  const child = spawnSync(process.execPath, command, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NODE_V8_COVERAGE: "", MESH_TEST_LINGER_MS: "3000" },
  });
  return { status: child.status, last: child.stdout.trimEnd().split("\n").at(-1), said: child.stdout + child.stderr };
}

/** False also for a zombie, which nobody reaps in some containers. */
function isRunning(pid: number): boolean {
  const status = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
  return status !== "" && !status.startsWith("Z");
}

describe("harness", (it) => {
  it("counts tests, not files, and passes when all do", () => {
    const outcome = run({
      a: 'describe("a", (it) => { it("1", () => {}); it("2", async () => { assert.is(1, 1); }); });',
      b: 'describe("b", (it) => { it("3", () => skipUnless(false, "needs a radio")); });',
    });
    assert.equal([outcome.status, outcome.last], [0, "2 passed, 0 failed, 1 skipped"]);
    assert.match(outcome.said, /skipped: needs a radio \(b > 3\)/);
  });

  it("selects files by pattern", () => {
    const files = { ab: 'describe("ab", (it) => it("1", () => {}));', ac: 'describe("ac", (it) => it("1", () => {}));' };
    assert.is(run(files, "test/ab").last, "1 passed, 0 failed, 0 skipped");
    assert.is(run(files, "!test/ab").last, "1 passed, 0 failed, 0 skipped");
    assert.is(run(files, "test/none").status, 1);
  });

  const failing: Readonly<Record<string, readonly [body: string, says: RegExp, last: string]>> = {
    "a failed assertion": ['describe("a", (it) => it("x", () => assert.is(1, 2)));', /Expected values to be strictly equal/, "0 passed, 1 failed"],
    "a file without tests": ["export {};", /ran no test/, "0 passed, 1 failed"],
    "a file that does not compile": ["const = 3;", /exit 1/, "0 passed, 1 failed"],
    "a test that never ends": [
      'describe("a", (it) => it("x", () => new Promise(() => {}), { timeoutMs: 50 }));',
      /took longer than 200 ms/,
      "0 passed, 1 failed",
    ],
    "a process that ends in the middle": [
      'describe("a", (it) => { it("x", () => {}); it("y", () => process.exit(0)); it("z", () => {}); });',
      /2 test\(s\) never settled/,
      "1 passed, 2 failed",
    ],
    "an unhandled rejection": ['describe("a", (it) => { it("x", () => void Promise.reject(new Error("lost"))); });', /lost/, "1 failed"],
    "a failed before hook": [
      'describe("a", (it) => { it.before(() => { throw new Error("no set-up"); }); it("x", () => {}); });',
      /no set-up/,
      "0 passed, 1 failed",
    ],
    "a failed after hook": [
      'describe("a", (it) => { it.after(() => { throw new Error("no end"); }); it("x", () => {}); });',
      /no end/,
      "1 passed, 1 failed",
    ],
    "a failed cleanup": ['describe("a", (it) => it("x", () => onCleanup(() => { throw new Error("left"); })));', /left/, "0 passed, 1 failed"],
    "a thrown value that is no error": [
      'describe("a", (it) => it("x", () => { throw undefined; }));',
      /thrown value: undefined/,
      "0 passed, 1 failed",
    ],
    "an open handle": [
      'import { createServer } from "node:net"; describe("a", (it) => it("x", () => void createServer().listen(0)));',
      /stays open after its tests; open: tcp \d+/,
      "1 passed, 1 failed",
    ],
  };
  /** All in one run. */
  let said = "";
  const fileOf = (what: string): string => `test/${what.replaceAll(" ", "-")}.test.ts`;
  it.before(() => {
    const bodies = Object.entries(failing).map(([what, [body]]) => [what.replaceAll(" ", "-"), body]);
    const outcome = run(Object.fromEntries(bodies));
    assert.is(outcome.status, 1, outcome.said);
    said = outcome.said;
  });
  for (const [what, [, says, counts]] of Object.entries(failing)) {
    it(`fails on ${what}`, () => {
      // What the runner says of the file, with its output, and once more at the end.
      const [shown = "", counted = ""] = said
        .split(/^(?=FAIL |ok {3}|FAILED )/m)
        .filter((text) => /^\S+ +([^:\s]+)/.exec(text)?.[1] === fileOf(what));
      assert.ok(shown.startsWith("FAIL ") && shown.split("\n")[0]?.includes(counts), `${shown}\nof\n${said}`);
      assert.match(shown + counted, says);
      assert.ok(counted.startsWith("FAILED "), said);
    });
  }

  it("kills what a test leaves behind", () => {
    const outcome = run({
      a: `import { spawn } from "node:child_process"; import { writeFileSync } from "node:fs";
          describe("a", (it) => it("x", () => { const c = spawn("sleep", ["300"], { stdio: "inherit" }); c.unref(); console.log("skipped: needs " + c.pid); }));`,
    });
    const pid = Number(/skipped: needs (\d+)/.exec(outcome.said)?.[1]);
    assert.is(outcome.status, 0, outcome.said);
    assert.not.ok(isRunning(pid));
  });

  it("tells one error code from another", async () => {
    const error = new MeshError("ERR_KEY", "bad");
    assert.is(await throwsMesh(Promise.reject(error), "ERR_KEY"), error);
    assert.is(await throwsMesh(() => Promise.reject(error), "ERR_KEY"), error);
    const failures = [
      throwsMesh(Promise.reject(error), "ERR_LINK"),
      throwsMesh(() => 1, "ERR_KEY"),
      throwsMesh(Promise.reject(new Error("x")), "ERR_KEY"),
    ];
    for (const result of await Promise.allSettled(failures)) assert.is(result.status, "rejected");
    assert.is(await within(100, Promise.resolve(5)), 5);
    skipUnless(true, "needs nothing");
  });
});
