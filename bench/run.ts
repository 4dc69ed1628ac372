/**
 * `npm run bench -- [--peers] [--against DIR [--rounds N]] [NAME...]`: runs the benches of this folder one after the other, each in a process of
 * its own, and says at the end which bars were missed. NAME is a part of a file's name; `core` runs core-*.ts; without names all run.
 * --peers first installs what the benches compare with into bench/peers. --against takes the same benches in turns from another built checkout
 * (an older version) and prints the ratio of each figure. A bench that fails, or does not end in its time, makes the exit status 1; a bar that is
 * missed does not: figures depend on the machine.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { packagePath } from "../src/base/package-root.ts";
import { compare, readFigures } from "./kit/against.ts";
import { missed } from "./kit/figure.ts";
import { machineLine } from "./kit/machine.ts";

const { values, positionals } = parseArgs({
  options: { peers: { type: "boolean", default: false }, against: { type: "string" }, rounds: { type: "string", default: "3" } },
  allowPositionals: true,
});
/** For one bench; a machine on which it takes longer gives no figures worth having. */
const benchMs = 1_800_000;

/** Benches whose names hold one of the words. */
function chosen(words: readonly string[]): string[] {
  const all = readdirSync(packagePath("bench"))
    .filter((name) => name.endsWith(".ts") && name !== "run.ts")
    .map((name) => name.slice(0, -3))
    .sort();
  for (const word of words) {
    if (!all.some((name) => name.includes(word))) throw new Error(`no bench is named like ${word}; there are ${all.join(", ")}`);
  }
  return words.length === 0 ? all : all.filter((name) => words.some((word) => name.includes(word)));
}

function run(program: string, args: readonly string[], options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv }): boolean {
  const { status, error } = spawnSync(program, args, { stdio: "inherit", timeout: benchMs, killSignal: "SIGTERM", ...options });
  if (error) process.stderr.write(`${program} ${args.at(-1) ?? ""}: ${error.message}\n`);
  return status === 0;
}

/** Runs a bench of a checkout; its figures go into the file. A checkout without the bench is measured by ours, on its programs. */
function bench(name: string, checkout: string, figures: string): boolean {
  const script = join(checkout, "bench", `${name}.ts`);
  const isTheirs = existsSync(script);
  process.stdout.write(`\n# ${name}${checkout === packagePath() ? "" : ` of ${checkout}`}\n`);
  return run(process.execPath, ["--import", "tsx", isTheirs ? script : packagePath("bench", `${name}.ts`)], {
    cwd: isTheirs ? checkout : packagePath(),
    env: { ...process.env, MESH_BENCH_FIGURES: figures, MESH_BENCH_PROGRAMS: join(checkout, "dist", "src", "app") },
  });
}

const benches = chosen(positionals);
const peers = ["install", "--prefix", packagePath("bench", "peers"), "--no-audit", "--no-fund", "--no-package-lock"];
if (values.peers && !run("npm", peers, { cwd: packagePath() })) {
  process.stderr.write("the peers were not installed; the benches run without them\n");
}
const dir = mkdtempSync(join(tmpdir(), "mesh-bench-figures-"));
const [ours, theirs] = [join(dir, "ours.jsonl"), join(dir, "theirs.jsonl")];
const failed = new Set<string>();
process.stdout.write(`${machineLine()}\n`);
for (const name of benches) {
  for (let round = 0; round < (values.against === undefined ? 1 : Number(values.rounds)); round += 1) {
    if (!bench(name, packagePath(), ours)) failed.add(name);
    if (values.against !== undefined && !bench(name, resolve(values.against), theirs)) failed.add(`${name} of ${values.against}`);
  }
}
const figures = readFigures(ours);
if (values.against !== undefined) compare(figures, readFigures(theirs), resolve(values.against));
const missing = figures.filter((figure) => missed(figure).length > 0);
const behind = missing.flatMap((figure) => missed(figure).map((what) => `  ${figure.name}: ${what}`));
const withBar = figures.filter(({ bar }) => bar).length;
rmSync(dir, { recursive: true, force: true });
if (withBar > 0)
  process.stdout.write(`\n${withBar} figures with a bar, ${missing.length === 0 ? "all met" : `missed ${missing.length}:\n${behind.join("\n")}`}\n`);
if (failed.size > 0) process.stderr.write(`failed: ${[...failed].join(", ")}\n`);
process.exitCode = failed.size > 0 ? 1 : 0;
