/** Looks through a model with spin: the whole of it, or with one of its rules taken out. */
import { spawnSync } from "node:child_process";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe, skipUnless, tempDirectory } from "../harness/suite.ts";

/** True where the tools are. */
const hasSpin = [spawnSync("spin", ["-V"]), spawnSync("cc", ["--version"])].every(({ status }) => status === 0);

/** Depth of a search and megabytes that it may take. */
const maxDepth = 10_000;
const memory = 1500;
/** States that most models have, and more. */
const many = 1_000_000;

function run(dir: string, command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: dir, encoding: "utf8", maxBuffer: 2 ** 24 });
  assert.is(status, 0, `${command} ${args.join(" ")}: ${stdout}${stderr}`);
  return stdout + stderr;
}

/** What the search says of a model of this folder, without one rule or with all. @param isLong the compiler's care for speed is worth its time */
function search(model: string, { without, isLong = false }: { readonly without?: string; readonly isLong?: boolean } = {}): string {
  const dir = tempDirectory();
  run(dir, "spin", [...(without === undefined ? [] : [`-D${without}`]), "-a", packagePath("test", "model", model)]);
  run(dir, "cc", [isLong ? "-O2" : "-O0", "-w", "-DSAFETY", `-DMEMLIM=${memory}`, "-o", "pan", "pan.c"]);
  const said = run(dir, "./pan", [`-m${maxDepth}`]);
  assert.not.match(said, /max search depth too small|out of memory|MEMLIM bound/, "the search was cut short");
  return said;
}

/** That a search went to the end, found nothing, and looked at something. @param states that it looks at, at least */
function assertHolds(said: string, states: number): void {
  assert.match(said, /errors: 0\n/);
  assert.not.match(said, /Search not completed/);
  assert.ok(Number(/(\d[\d.e+]*) states, stored/.exec(said)?.[1]) > states, "the actors did something");
}

/** One model: where it lies, and what its rules are for. */
export interface Model {
  /** File of this folder. */
  readonly file: string;
  /** Rules that can be taken out, and what of the assertion does not hold then. */
  readonly rules: Readonly<Record<string, string>>;
  /** How many states are looked at, at least. */
  readonly states?: number;
}

/** A suite of a model: it holds in every order, and with each rule taken out what goes wrong is found. */
export function describeModel(name: string, { file, rules, states = many }: Model): void {
  describe(`model of ${name}`, (it) => {
    it(
      "holds in every order",
      () => {
        skipUnless(hasSpin, "needs spin and a C compiler");
        assertHolds(search(file, { isLong: states >= many }), states);
      },
      { timeoutMs: 180_000 },
    );

    for (const [rule, word] of Object.entries(rules)) {
      it(
        `finds what goes wrong with ${rule}`,
        () => {
          skipUnless(hasSpin, "needs spin and a C compiler");
          // It ends at the first fault.
          assert.match(search(file, { without: rule }), new RegExp(`assertion violated.*(${word})`));
        },
        { timeoutMs: 60_000 },
      );
    }
  });
}
