/**
 * Models that spin looks through, every order of what their actors do: the switch of epochs, and signing with the service's share. Each model says
 * where its rules stand in the code.
 */
import { spawnSync } from "node:child_process";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe, skipUnless, tempDirectory } from "../harness/suite.ts";

const hasTools = [spawnSync("spin", ["-V"]), spawnSync("cc", ["--version"])].every(({ status }) => status === 0);

/** Depth of a search and megabytes that it may take: the largest needs 325 and 351. */
const maxDepth = 10_000;
const memory = 1500;

/** Models, with the rules that can be taken out and a word of the assertion that does not hold then, and states that a whole search has at least. */
const models: Readonly<Record<string, { readonly rules: Readonly<Record<string, string>>; readonly states: number }>> = {
  "epoch-switch": {
    rules: { NO_FORMER: "closed", NO_APEX: "tail", NO_FLOOR: "floor", NO_RIGHT: "met", NO_END: "met", NO_LEAP: "met" },
    states: 100_000,
  },
  "signing-session": {
    rules: {
      NO_TAKE: "answers",
      NO_DIGEST: "digestOf",
      NO_CALLER: "callerOf",
      NO_BURN: "made",
      NO_LOSS: "answers|made",
      NO_AUDIT: "audited",
      NO_JUDGE: "granted",
    },
    states: 10_000,
  },
};

function run(dir: string, command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: dir, encoding: "utf8", maxBuffer: 2 ** 24 });
  assert.is(status, 0, `${command} ${args.join(" ")}: ${stdout}${stderr}`);
  return stdout + stderr;
}

/** What the search says of a model, without one rule or with all. */
function search(model: string, without?: string): string {
  const dir = tempDirectory();
  run(dir, "spin", [...(without ? [`-D${without}`] : []), "-a", packagePath("test", "model", `${model}.pml`)]);
  run(dir, "cc", ["-O2", "-w", "-DSAFETY", `-DMEMLIM=${memory}`, "-o", "pan", "pan.c"]);
  const said = run(dir, "./pan", [`-m${maxDepth}`]);
  assert.not.match(said, /max search depth too small|out of memory|MEMLIM bound/, "the search was cut short");
  return said;
}

for (const [model, { rules, states }] of Object.entries(models)) {
  describe(`model ${model}`, (it) => {
    it(
      "holds in every order",
      () => {
        skipUnless(hasTools, "needs spin and a C compiler");
        const said = search(model);
        assert.match(said, /errors: 0\n/);
        assert.not.match(said, /Search not completed/);
        assert.ok(Number(/(\d[\d.e+]*) states, stored/.exec(said)?.[1]) > states, "the actors did something");
      },
      { timeoutMs: 60_000 },
    );

    for (const [rule, word] of Object.entries(rules)) {
      it(`finds what goes wrong with ${rule}`, () => {
        skipUnless(hasTools, "needs spin and a C compiler");
        const said = search(model, rule);
        assert.match(said, new RegExp(`assertion violated.*(${word})`));
      });
    }
  });
}
