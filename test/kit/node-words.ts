/**
 * How a script of this repository is given to `node`: its compiled twin where the run has made them (`npm test`, `.ci/run`), which starts in a third
 * of the time, its source otherwise.
 */
import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";

/** Where `npm run test:compile` puts them; the run says with this variable that they are of the present source. */
const compiled = process.env.MESH_TEST_COMPILED;

/** @param script absolute, or from the root of the package; ends in .ts */
export function nodeWords(script: string): readonly string[] {
  const source = resolve(packagePath(), script);
  const twin = compiled === undefined ? undefined : join(resolve(packagePath(), compiled), relative(packagePath(), source).replace(/\.ts$/, ".js"));
  return twin !== undefined && existsSync(twin) ? [twin] : ["--import", import.meta.resolve("tsx"), source];
}
