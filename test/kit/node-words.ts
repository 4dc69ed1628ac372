/**
 * How a script of this repository is given to `node`: its source, or where the run has compiled it (`npm test`, `.ci/run`), which starts in a third of the
 * time, its compiled twin; the three programs then as they are installed, each in few files.
 */
import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";

/** Where `npm run test:compile` puts them; the run says with this variable that they are of the present source. */
const compiled = process.env.MESH_TEST_COMPILED;

/** What `npm run build` puts together, which a run that compiles does before. */
const programs: readonly string[] = ["mesh-hub", "meshman", "mesh-service"].map((name) => join("src", "app", `${name}.ts`));

/** @param script absolute, or from the root of the package; ends in .ts */
export function nodeWords(script: string): readonly string[] {
  const source = resolve(packagePath(), script);
  const twin = compiled === undefined ? undefined : twinOf(relative(packagePath(), source), compiled);
  return twin !== undefined && existsSync(twin) ? [twin] : ["--import", import.meta.resolve("tsx"), source];
}

function twinOf(script: string, folder: string): string {
  return join(resolve(packagePath(), programs.includes(script) ? "dist" : folder), script.replace(/\.ts$/, ".js"));
}
