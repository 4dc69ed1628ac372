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

/** Why there is no use in starting the process, in words for the owner; undefined when there is. @param node its version, for tests */
export function missingMatter(from = packagePath(), node = process.versions.node): string | undefined {
  if (!runsOn(node)) return `${name} needs Node 20.19 or later, and of the line 22 at least 22.13; the hub runs on Node ${node}: install a later one`;
  const install = `run 'npm install --global ${name}@${matterVersion}', or without --global where this package is installed so`;
  const modules = matterModules(from);
  const version = modules === undefined ? undefined : versionIn(modules);
  if (version === undefined) return `the package ${name} is not installed: ${install}`;
  // Before 1.0 each minor version may be another.
  const minor = (text: string): string => text.split(".").slice(0, 2).join(".");
  if (minor(version) !== minor(matterVersion)) return `${name} ${version} is installed, which this program does not know: ${install}`;
  return undefined;
}

/** As the package itself demands: a version in between lacks what it is written with, and it would end without a word of why. */
function runsOn(node: string): boolean {
  const [major = 0, minor = 0] = node.split(".").map(Number);
  if (major === 20) return minor >= 19;
  return major === 22 ? minor >= 13 : major > 20;
}

function versionIn(modules: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(join(modules, ...name.split("/"), "package.json"), "utf8")) as { readonly version?: unknown };
    return typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}
