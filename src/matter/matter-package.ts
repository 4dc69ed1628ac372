/**
 * The package that speaks Matter. It is large and for few, so nobody gets it with this one: who wants it installs it beside, and it is found where Node
 * looks for packages. Whether it is there is asked of the disk each time, because it may come while the hub runs.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packagePath } from "../base/package-root.ts";

const name = "@matter/main";
/** The version that this program was tried with. */
export const matterVersion = "0.17.9";

/** The folder `node_modules` that has the package; undefined when none has. @param from where to begin, for tests */
export function matterModules(from = packagePath()): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const modules = join(folder, "node_modules");
    if (versionIn(modules) !== undefined) return modules;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Why there is no use in starting the process, in words for the owner; undefined when there is. */
export function missingMatter(from = packagePath()): string | undefined {
  const install = `run 'npm install --global ${name}@${matterVersion}', or without --global where this package is installed so`;
  const modules = matterModules(from);
  const version = modules === undefined ? undefined : versionIn(modules);
  if (version === undefined) return `the package ${name} is not installed: ${install}`;
  // Before 1.0 each minor version may be another.
  const minor = (text: string): string => text.split(".").slice(0, 2).join(".");
  if (minor(version) !== minor(matterVersion)) return `${name} ${version} is installed, which this program does not know: ${install}`;
  return undefined;
}

function versionIn(modules: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(join(modules, ...name.split("/"), "package.json"), "utf8")) as { readonly version?: unknown };
    return typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}
