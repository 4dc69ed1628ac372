/**
 * Finds files that the package carries beside its code (drivers, unit files, the example configuration).
 * Compiled code lives one folder deeper than its source, so the root is looked up instead of counted.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { MeshError } from "./errors.ts";

let root: string | undefined;

/** Absolute path of a file or folder given relative to the root of this package: `packagePath("drivers", "light")`. */
export function packagePath(...parts: readonly string[]): string {
  root ??= findRoot(dirname(fileURLToPath(import.meta.url)));
  return join(root, ...parts);
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
