/**
 * What the Matter process may reach: Node's permission model lets it read code and packages, read and write its own directory, and start nothing. A fault of
 * the package then reads no key of the hub, although the process has the hub's user. It holds for what is compiled: source is made runnable by a program
 * that needs more.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { codePath, packagePath } from "../base/package-root.ts";

/** What a process needs. */
export interface Needs {
  /** Its own directory. */
  readonly storage: string;
  /** Directories and files that it reads besides. */
  readonly reads: readonly string[];
}

/** The flags of `node` that hold a process to what it needs. Network is not held: that is what it is for. */
export function confinement({ storage, reads }: Needs): string[] {
  // The name that it has had since it is no experiment any more.
  const has = (flag: string): boolean => process.allowedNodeEnvironmentFlags.has(flag);
  const network = has("--allow-net") ? ["--allow-net"] : [];
  const allowed = reads.map((path) => `--allow-fs-read=${path}`);
  const own = [`--allow-fs-read=${join(storage, "*")}`, `--allow-fs-write=${join(storage, "*")}`];
  return [has("--permission") ? "--permission" : "--experimental-permission", ...network, ...allowed, ...own];
}

/** What the code of this package needs to run: itself, and the packages that Node finds from there. */
export function codeReads(): string[] {
  const code = codePath("src");
  const modules: string[] = [];
  for (let folder = code; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, "node_modules");
    if (existsSync(path)) modules.push(join(path, "*"));
  }
  return [join(code, "*"), packagePath("package.json"), ...modules];
}
