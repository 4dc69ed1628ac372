/**
 * The switch of epochs, looked through by spin: every order of what two administrators, a hub, a removed device, a service that withholds and a reader
 * do. The model says where each of its rules stands in the code.
 */
import { spawnSync } from "node:child_process";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe, skipUnless, tempDirectory } from "../harness/suite.ts";

const model = packagePath("test", "model", "epoch-switch.pml");
const hasTools = [spawnSync("spin", ["-V"]), spawnSync("cc", ["--version"])].every(({ status }) => status === 0);

/** Depth of the search and megabytes that it may take: the whole model needs 325 and 351. */
const maxDepth = 10_000;
const memory = 1500;

/** Rules that can be taken out, and a word of the assertion that does not hold then. */
const rules = {
  NO_FORMER: "closed",
  NO_APEX: "tail",
  NO_FLOOR: "floor",
  NO_RIGHT: "met",
  NO_END: "met",
  NO_LEAP: "met",
} as const;

function run(dir: string, command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: dir, encoding: "utf8", maxBuffer: 2 ** 24 });
  assert.is(status, 0, `${command} ${args.join(" ")}: ${stdout}${stderr}`);
  return stdout + stderr;
}

/** What the search says of the model, without one rule or with all. */
function search(without?: keyof typeof rules): string {
  const dir = tempDirectory();
  run(dir, "spin", [...(without ? [`-D${without}`] : []), "-a", model]);
  run(dir, "cc", ["-O2", "-w", "-DSAFETY", `-DMEMLIM=${memory}`, "-o", "pan", "pan.c"]);
  const said = run(dir, "./pan", [`-m${maxDepth}`]);
  assert.not.match(said, /max search depth too small|out of memory|MEMLIM bound/, "the search was cut short");
  return said;
}

describe("model of the epoch switch", (it) => {
  it(
    "holds in every order",
    () => {
      skipUnless(hasTools, "needs spin and a C compiler");
      const said = search();
      assert.match(said, /errors: 0\n/);
      assert.not.match(said, /Search not completed/);
      assert.ok(Number(/(\d[\d.e+]*) states, stored/.exec(said)?.[1]) > 100_000, "the actors did something");
    },
    { timeoutMs: 60_000 },
  );

  for (const [rule, word] of Object.entries(rules)) {
    it(`finds what goes wrong with ${rule}`, () => {
      skipUnless(hasTools, "needs spin and a C compiler");
      const said = search(rule as keyof typeof rules);
      assert.match(said, new RegExp(`assertion violated.*${word}`));
    });
  }
});
