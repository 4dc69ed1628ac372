/**
 * Whether the process may open as many files as its modules and its work need. Looked at before the modules are loaded: where too few are left
 * for them, the engine says that a package cannot be found.
 */
import { readFileSync } from "node:fs";
import { refuseDebugger } from "../base/debugger.ts";
import { MeshError, moreFilesHint } from "../base/errors.ts";
import { fail } from "../cli/term/failure.ts";
import { createOutput } from "../cli/term/output.ts";

/** Below this the modules alone may be too many. */
const least = 256;

/** The soft limit of open files of this process; undefined where the system does not tell. */
function limitOfFiles(): number | undefined {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return found === null ? undefined : Number(found[1]);
  } catch {
    return undefined;
  }
}

/** Loads a program, or says which limit to raise and leaves the exit status of ERR_BUSY. */
export async function startProgram(load: () => Promise<unknown>): Promise<void> {
  refuseDebugger();
  const limit = limitOfFiles();
  if (limit === undefined || limit >= least) {
    await load();
    return;
  }
  const error = new MeshError("ERR_BUSY", `this process may open ${limit} files at once and needs ${least} at least`, {
    hint: moreFilesHint,
  });
  process.exitCode = fail(createOutput(process, { json: process.argv.includes("--json") }), error);
}
