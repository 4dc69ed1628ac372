/**
 * Finds what the package carries: files beside its code (drivers, unit files, the example configuration), and code that is run by itself.
 * Compiled code lives one folder deeper than its source, and the programs' in few files of another folder, so nothing is counted from here.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { MeshError } from "./errors.ts";

let root: string | undefined;

/** Absolute path of a file or folder given relative to the root of this package: `packagePath("drivers", "light")`. */
export function packagePath(...parts: readonly string[]): string {
  root ??= findRoot(dirname(fileURLToPath(import.meta.url)));
  return join(root, ...parts);
}

/**
 * Absolute path of what stands beside the code that runs, be it source, compiled or put together into few files: a program of its own or data.
 * @param parts from the folder that holds `src`: `codePath("src", "driver", "language", "en.json")`
 */
export function codePath(...parts: readonly string[]): string {
  const here = fileURLToPath(import.meta.url);
  return join(here.slice(0, here.lastIndexOf(`${sep}src${sep}`)), ...parts);
}

/**
 * What is given to `node` to run another program of this package: as it is when compiled, through tsx from source. All paths are absolute: a child
 * may have no environment to look them up.
 * @param script without its ending: `ownProgram("firmware-stubs", "virtual", "main")`
 */
export function ownProgram(...script: readonly string[]): string[] {
  const compiled = import.meta.url.endsWith(".js");
  const main = codePath(...script) + (compiled ? ".js" : ".ts");
  return compiled ? [main] : ["--import", import.meta.resolve("tsx"), main];
}

/** Version of this package, as in `1.2.3`. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(packagePath("package.json"), "utf8")) as { readonly version: string };
  return version;
}

function findRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) throw new MeshError("ERR_INTERNAL", `no package.json above ${start}`);
  }
}
