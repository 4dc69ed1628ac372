/**
 * What the Matter process may reach: Node's permission model lets it read code and packages, read and write its own directory, and start nothing. A fault of
 * the package then reads no key of the hub, although the process has the hub's user. It holds for what is compiled: source is made runnable by a program
 * that needs more.
 */
import { existsSync, realpathSync } from "node:fs";
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

/** What the code of this package needs to run: itself, and the packages that Node finds from there. @param code where it lies, for tests */
export function codeReads(code = codePath("src")): string[] {
  const modules: string[] = [];
  for (let folder = code; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, "node_modules");
    if (!existsSync(path)) continue;
    modules.push(join(path, "*"));
    // Node asks for the place that a link leads to, and knows of none.
    const place = realpathSync(path);
    if (place !== path) modules.push(join(place, "*"));
  }
  return [join(code, "*"), packagePath("package.json"), ...modules];
}
