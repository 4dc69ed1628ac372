/**
 * `npm run bench -- [--peers] [NAME...]`: runs the benches of this folder one after the other, each in a process of its own, and says at the end
 * which bars were missed. NAME is a part of a file's name; `core` runs core-*.ts; without names all run. --peers first installs what the benches
 * compare with into bench/peers. A bench that fails makes the exit status 1; a bar that is missed does not: figures depend on the machine.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packagePath } from "../src/base/package-root.ts";
import { type Figure, missed } from "./kit/figure.ts";
import { machineLine } from "./kit/machine.ts";

const { values, positionals } = parseArgs({ options: { peers: { type: "boolean", default: false } }, allowPositionals: true });

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

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): boolean {
  const { status, error } = spawnSync(program, args, { cwd: packagePath(), stdio: "inherit", env });
  if (error) process.stderr.write(`${program}: ${error.message}\n`);
  return status === 0;
}

const benches = chosen(positionals);
if (values.peers && !run("npm", ["install", "--prefix", packagePath("bench", "peers"), "--no-audit", "--no-fund", "--no-package-lock"])) {
  process.stderr.write("the peers were not installed; the benches run without them\n");
}
const dir = mkdtempSync(join(tmpdir(), "mesh-bench-figures-"));
const file = join(dir, "figures.jsonl");
process.stdout.write(`${machineLine()}\n`);
const failed = benches.filter((name) => {
  process.stdout.write(`\n# ${name}\n`);
  return !run(process.execPath, ["--import", "tsx", packagePath("bench", `${name}.ts`)], { ...process.env, MESH_BENCH_FIGURES: file });
});
const figures = existsSync(file)
  ? readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Figure)
  : [];
const behind = figures.flatMap((figure) => missed(figure).map((what) => `  ${figure.name}: ${what}`));
const withBar = figures.filter(({ bar }) => bar).length;
rmSync(dir, { recursive: true, force: true });
if (withBar > 0) process.stdout.write(`\n${withBar} figures with a bar, ${behind.length === 0 ? "all met" : `missed:\n${behind.join("\n")}`}\n`);
if (failed.length > 0) process.stderr.write(`failed: ${failed.join(", ")}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
