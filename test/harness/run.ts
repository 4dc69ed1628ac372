/**
 * Runs the test files, each in a process of its own, one more at a time than there are cores, and others while a core is idle (much of a test is waiting),
 * and counts tests. Files that say that they take long begin, so that none of them is left alone at the end; the others are mixed, since neighbours compute,
 * or wait, at the same time.
 *
 *   node --import tsx test/harness/run.ts [--jobs N] [--again] [pattern...]
 *
 * A pattern selects the files whose path contains it ("codec/json", "test/scenario"); one that starts with "!" takes files out.
 * Without patterns all of `test/**` runs, with --jobs always so many at once. The last line is `N passed, N failed, N skipped`. A file that ran no test, left
 * handles open, crashed or took longer than its limit counts as a failure. With --again a file that failed is run once more at the end, alone, and
 * its second outcome counts: on a machine that others load, and never without a line that says so.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, freemem } from "node:os";
import { join, resolve } from "node:path";
import { nodeWords } from "../kit/node-words.ts";
import { clearAbandoned, own } from "./abandoned.ts";
import { watchIdle } from "./idle.ts";
import { scratchOf, scratchPlaces } from "./scratch.ts";
import type { TestReport } from "./suite.ts";

interface Outcome extends TestReport {
  readonly file: string;
  readonly output: string;
  readonly seconds: number;
  /** Why the file as a whole failed. */
  readonly fault: string | undefined;
}

const fileLimitMs = 1_200_000;
/** How often it is looked whether another file may run beside the others, and how many processors have to be idle for it: a beginning takes a second of one. */
const lookMs = 3000;
const idleEnough = 0.6;
/** Octets that have to be free for it: a browser, or a house of programs. */
const leastFree = 2 * 2 ** 30;
const groups = new Set<number>();
const scratches = new Set<string>();

function main(args: readonly string[]): Promise<number> {
  clearAbandoned(scratchPlaces());
  const again = args.includes("--again");
  const rest = args.filter((arg) => arg !== "--again");
  const at = rest.indexOf("--jobs");
  const cores = availableParallelism();
  const [least, most] = at < 0 ? [cores + 1, 3 * cores] : [Number(rest[at + 1]), Number(rest[at + 1])];
  const patterns = at < 0 ? rest : [...rest.slice(0, at), ...rest.slice(at + 2)];
  return runAll(select(patterns), { least, most, again });
}

function select(patterns: readonly string[]): string[] {
  const wanted = patterns.filter((pattern) => !pattern.startsWith("!"));
  const unwanted = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1));
  return testFiles()
    .filter((file) => wanted.length === 0 || wanted.some((pattern) => file.includes(pattern)))
    .filter((file) => !unwanted.some((pattern) => file.includes(pattern)))
    .map((file) => ({ file, declaredMs: declaredMs(file), place: createHash("sha256").update(file).digest("hex") }))
    .sort((a, b) => b.declaredMs - a.declaredMs || (a.place < b.place ? -1 : 1))
    .map(({ file }) => file);
}

/** What the tests of a file say that they may take. */
function declaredMs(file: string): number {
  const limits = [...readFileSync(file, "utf8").matchAll(/timeoutMs: ([\d_]+)/g)].map(([, ms = ""]) => Number(ms.replaceAll("_", "")));
  return limits.reduce((sum, ms) => sum + ms, 0);
}

function testFiles(): string[] {
  return readdirSync("test", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => join("test", file));
}

interface RunOptions {
  /** Files at once: always, and where a processor is idle. */
  readonly least: number;
  readonly most: number;
  readonly again: boolean;
}

async function runAll(files: readonly string[], { least, most, again }: RunOptions): Promise<number> {
  const queue = [...files];
  const total = { passed: 0, failed: 0, skipped: 0 };
  const failures: string[] = [];
  const second: string[] = [];
  const count = (file: string, outcome: Outcome, failed: number): void => {
    total.passed += outcome.passed;
    total.failed += failed;
    total.skipped += outcome.skipped;
    if (failed > 0) failures.push(`${file}${outcome.fault === undefined ? "" : ` (${outcome.fault})`}`);
  };
  let running = 0;
  const work = async (): Promise<void> => {
    // Who came in while a processor was idle leaves with the end of a file, and is called again where it still is.
    for (let file = queue.shift(); file !== undefined; file = running > least ? undefined : queue.shift()) {
      const outcome = await runFile(file);
      const failed = failuresOf(outcome);
      print(outcome, failed);
      if (failed > 0 && again) second.push(file);
      else count(file, outcome, failed);
    }
    running -= 1;
  };
  const workers: Promise<void>[] = [];
  const begin = (): void => {
    running += 1;
    workers.push(work());
  };
  for (let count = 0; count < least; count++) begin();
  const idle = watchIdle();
  const looking = setInterval(() => {
    if (idle() >= idleEnough && freemem() >= leastFree && running < most && queue.length > 0) begin();
  }, lookMs);
  for (const worker of workers) await worker;
  clearInterval(looking);
  for (const file of second) {
    const outcome = await runFile(file);
    const failed = failuresOf(outcome);
    console.log(`again: ${file} failed among others and ${failed > 0 ? "fails" : "passes"} alone`);
    print(outcome, failed);
    count(file, outcome, failed);
  }
  if (files.length === 0) failures.push("no test file matches");
  for (const failure of failures) console.log(`FAILED ${failure}`);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return failures.length === 0 ? 0 : 1;
}

function failuresOf(outcome: Outcome): number {
  return outcome.failed + outcome.lost + (outcome.fault === undefined ? 0 : 1);
}

function print(outcome: Outcome, failed: number): void {
  const counts = `${outcome.passed} passed${failed > 0 ? `, ${failed} failed` : ""}${outcome.skipped > 0 ? `, ${outcome.skipped} skipped` : ""}`;
  console.log(`${failed > 0 ? "FAIL" : "ok  "} ${outcome.file}: ${counts} (${outcome.seconds.toFixed(1)} s)`);
  if (failed > 0) {
    console.log(outcome.output.replace(/^/gm, "    "));
  } else {
    for (const line of outcome.output.match(/skipped: needs .*/g) ?? []) console.log(`       ${line}`);
  }
}

async function runFile(file: string): Promise<Outcome> {
  const scratch = scratchOf(file);
  scratches.add(scratch);
  const reportPath = join(scratch, "report.json");
  const started = performance.now();
  // A process group of its own, so that nothing a test started outlives it.
  const child = spawn(process.execPath, ["--enable-source-maps", ...nodeWords(resolve(file))], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TMPDIR: scratch, MESH_TEST_REPORT: reportPath, NO_COLOR: "1", FORCE_COLOR: undefined },
  });
  const pid = child.pid ?? 0;
  if (pid > 0) own(scratch, pid);
  groups.add(pid);
  let output = "";
  let hung = false;
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-200_000);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const limit = setTimeout(() => {
    hung = true;
    killGroup(pid);
  }, fileLimitMs);
  const end = await new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    // "exit" and not "close": a grandchild that kept the pipes must not keep us.
    child.once("exit", (code, signal) => setImmediate(() => resolve(signal ?? (code === 0 ? undefined : `exit ${code}`))));
  });
  clearTimeout(limit);
  killGroup(pid);
  groups.delete(pid);
  const report = readReport(reportPath);
  removeScratch(scratch);
  return { ...report, file, output, seconds: (performance.now() - started) / 1000, fault: faultOf(report, end, hung) };
}

function faultOf(report: TestReport, end: string | undefined, hung: boolean): string | undefined {
  if (hung) return `killed after ${fileLimitMs / 1000} s`;
  if (report.failed + report.lost > 0) return undefined;
  if (end !== undefined) return end;
  return report.passed + report.skipped === 0 ? "ran no test" : undefined;
}

function readReport(path: string): TestReport {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as TestReport;
  } catch {
    // A process that was killed or never reached the harness leaves no report; its exit then counts.
    return { passed: 0, failed: 0, skipped: 0, lost: 0 };
  }
}

function removeScratch(scratch: string): void {
  rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  scratches.delete(scratch);
}

function killGroup(pid: number): void {
  try {
    if (pid > 0) process.kill(-pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    for (const pid of groups) killGroup(pid);
    for (const scratch of scratches) removeScratch(scratch);
    process.exit(130);
  });
}

process.exitCode = await main(process.argv.slice(2));
