/** The conformance runner: `npm run conformance -- FILE...` checks vector files against this implementation. Exit status 1 when anything failed. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { asMeshError } from "../base/errors.ts";
import { type Outcome, runVectors } from "./run-file.ts";

async function main(files: readonly string[]): Promise<number> {
  if (files.length === 0) {
    process.stderr.write("usage: npm run conformance -- FILE...\n");
    return 2;
  }
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const file of files) {
    for (const outcome of await run(file)) {
      count[outcome.status]++;
      if (outcome.status !== "passed") process.stdout.write(`${outcome.status} ${basename(file)} ${outcome.id} (${outcome.kind}): ${outcome.text}\n`);
    }
  }
  process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  return count.failed > 0 ? 1 : 0;
}

async function run(file: string): Promise<readonly Outcome[]> {
  try {
    return await runVectors(readFileSync(file));
  } catch (error) {
    return [{ id: "-", kind: "file", status: "failed", text: `expected a vector file, came ${asMeshError(error).message}` }];
  }
}

process.exitCode = await main(process.argv.slice(2));
