/** Carries out the steps of an installation and says of each what it did. */
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../../base/atomic-file.ts";
import { utf8 } from "../../base/bytes.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { InstallStep } from "./install.ts";

/** How steps are run. */
export interface RunOptions {
  /** Says what would be done, and does nothing. */
  readonly dryRun: boolean;
  readonly print: (line: string) => void;
  /** The root that paths are under; "/" unless a test says otherwise. */
  readonly root?: string;
  /** Runs a program, gives it what it is to read and tells what it has printed; the system's own unless a test says otherwise. */
  readonly execute?: (argv: readonly string[], input?: string) => Promise<string>;
}

/** There while what has been changed is not yet in force: a run that goes on after another was cut off reloads and restarts for it. A boot does that, too. */
const underWay = "/run/mesh-hub-install";

/**
 * Runs the steps in order and stops at the first that fails; running all of them again is safe, and goes on.
 * Errors: ERR_PERMISSION without the rights of root, ERR_ADAPTER when systemd is missing, ERR_STORE, ERR_DISK_FULL.
 */
export async function runInstall(steps: readonly InstallStep[], options: RunOptions): Promise<void> {
  const root = options.root ?? "/";
  if (!options.dryRun && root === "/" && process.getuid?.() !== 0) {
    throw new MeshError("ERR_PERMISSION", "installing a service needs the rights of root", {
      hint: "run it with sudo, or look first with --dry-run",
    });
  }
  const mark = join(root, underWay);
  let changed = existsSync(mark);
  const begin = (): void => {
    if (changed) return;
    mkdirSync(dirname(mark), { recursive: true });
    writeFileSync(mark, "");
  };
  for (const step of steps) {
    try {
      changed = (await runStep(step, { ...options, root, changed, begin })) || changed;
    } catch (error) {
      throw asMeshError(error);
    }
  }
  if (!options.dryRun) rmSync(mark, { force: true });
}

interface StepContext extends RunOptions {
  readonly root: string;
  readonly changed: boolean;
  /** Called before something is changed. */
  begin(): void;
}

/** True when the step changed a file. */
async function runStep(step: InstallStep, context: StepContext): Promise<boolean> {
  switch (step.kind) {
    case "note":
      context.print(step.text);
      return false;
    case "directory":
      return makeDirectory(step, context);
    case "file":
      return writeFile(step, context);
    case "remove":
      return remove(step.path, context);
    case "command":
      await runCommand(step, context);
      return false;
    case "pipe":
      return runPipe(step, context);
  }
}

function makeDirectory({ path, mode }: Extract<InstallStep, { kind: "directory" }>, { root, dryRun, print, begin }: StepContext): boolean {
  const target = join(root, path);
  if (existsSync(target)) return say(print, `unchanged  ${path}`, false);
  if (!dryRun) {
    begin();
    mkdirSync(target, { recursive: true });
    chmodSync(target, mode);
  }
  return say(print, `create     ${path}`, true);
}

async function writeFile(step: Extract<InstallStep, { kind: "file" }>, { root, dryRun, print, begin }: StepContext): Promise<boolean> {
  const target = join(root, step.path);
  const present = existsSync(target) ? readFileSync(target, "utf8") : undefined;
  if (present === step.content) return say(print, `unchanged  ${step.path}`, false);
  if (present !== undefined && step.keep === true) return say(print, `keep       ${step.path}`, false);
  if (!dryRun) {
    begin();
    mkdirSync(dirname(target), { recursive: true });
    await writeFileAtomic(target, utf8(step.content), { mode: step.mode });
  }
  return say(print, `${present === undefined ? "write " : "update"}     ${step.path}`, true);
}

function remove(path: string, { root, dryRun, print, begin }: StepContext): boolean {
  const target = join(root, path);
  if (!existsSync(target)) return say(print, `absent     ${path}`, false);
  if (!dryRun) {
    begin();
    rmSync(target, { recursive: true });
  }
  return say(print, `remove     ${path}`, true);
}

/** What the first prints stands in no list of processes and on no disk. */
async function runPipe({ from, to, unless }: Extract<InstallStep, { kind: "pipe" }>, context: StepContext): Promise<boolean> {
  const { root, dryRun, print, begin, execute: run = execute } = context;
  if (existsSync(join(root, unless))) return say(print, `unchanged  ${unless}`, false);
  print(`run        ${from.join(" ")} | ${to.join(" ")}`);
  if (!dryRun) {
    begin();
    await run(to, await run(from));
  }
  return true;
}

async function runCommand({ argv, when }: Extract<InstallStep, { kind: "command" }>, context: StepContext): Promise<void> {
  const isDue = when === "always" || (when === "changed" ? context.changed : existsSync(join(context.root, when.exists)));
  if (!isDue) return;
  context.print(`run        ${argv.join(" ")}`);
  if (!context.dryRun) await (context.execute ?? execute)(argv);
}

function say(print: (line: string) => void, line: string, changed: boolean): boolean {
  print(line);
  return changed;
}

function execute(argv: readonly string[], input?: string): Promise<string> {
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { timeout: 120_000 }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (error.code === ("ENOENT" as unknown)) {
        const hint =
          program === "udevadm"
            ? "install the package udev, without which no scanner is given to its unit, then run the same command again"
            : "this machine does not run systemd; let your own supervisor start the program";
        return reject(new MeshError("ERR_ADAPTER", `${program} is not on this machine`, { hint, cause: error }));
      }
      const reason = /^error: (.+)$/m.exec(stderr)?.[1] ?? (stderr.trim().split("\n")[0] || error.message);
      reject(
        new MeshError("ERR_ADAPTER", `'${argv.join(" ")}' failed: ${reason}`, {
          hint: "correct what it names, then run the same command again",
          cause: error,
        }),
      );
    });
    // A program that ends without reading says itself why.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input ?? "");
  });
}
