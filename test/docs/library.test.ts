/** The examples of docs/library.md: each block of kind `ts` compiles under the settings of this package, and runs. Every entry point leads to a source. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe, skipUnless } from "../harness/suite.ts";
import { nodeWords } from "../kit/node-words.ts";

interface EntryPoint {
  readonly types: string;
  readonly default: string;
}

const { exports: all } = JSON.parse(readFileSync(packagePath("package.json"), "utf8")) as { exports: Record<string, EntryPoint | string> };
const entryPoints = Object.entries(all).filter((entry): entry is [string, EntryPoint] => typeof entry[1] !== "string");
const sourceOf = (entry: EntryPoint): string => packagePath(entry.default.replace("./dist/", "").replace(/\.js$/, ".ts"));

const markdown = readFileSync(packagePath("docs/library.md"), "utf8");
const blocks = [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => ({
  text: match[1] ?? "",
  line: markdown.slice(0, match.index).split("\n").length,
}));

/** The example with its imports led to the sources, so that no build has to precede. */
function onSources(text: string): string {
  return text.replace(/"mesh-hub\/([\w-]+)"/g, (whole, name: string) => {
    const entry = all[`./${name}`];
    assert.ok(entry !== undefined && typeof entry !== "string", `${whole} is no entry point`);
    return JSON.stringify(sourceOf(entry as EntryPoint));
  });
}

describe("library", (it) => {
  let place = "";
  it.before(() => {
    // Within the package, so that the types of Node and the compiler's settings are found.
    place = mkdtempSync(packagePath("node_modules/.library-"));
    blocks.forEach(({ text }, i) => {
      writeFileSync(join(place, `example-${i}.mts`), onSources(text));
    });
  });
  it.after(() => rmSync(place, { recursive: true, force: true }));

  it("has examples for its layers", () => assert.ok(blocks.length >= 5));

  it(
    "examples compile",
    () => {
      const compilerOptions = { rewriteRelativeImportExtensions: false };
      const settings = { extends: packagePath("tsconfig.json"), compilerOptions, include: [join(place, "*.mts")], exclude: [] };
      writeFileSync(join(place, "tsconfig.json"), JSON.stringify(settings));
      const run = spawnSync(process.execPath, [packagePath("node_modules/typescript/bin/tsc"), "-p", place, "--noEmit"], { encoding: "utf8" });
      assert.is(run.stdout, "");
      assert.is(run.status, 0);
    },
    { timeoutMs: 120_000 },
  );

  for (const [i, { line }] of blocks.entries()) {
    const runs = (): void => {
      const run = spawnSync(process.execPath, nodeWords(join(place, `example-${i}.mts`)), { encoding: "utf8" });
      assert.is(run.status, 0, run.stderr);
    };
    it(`example at line ${line} runs`, runs, { timeoutMs: 30_000 });
  }

  it("entry points have a source, and a row in the table", () => {
    for (const [name, entry] of entryPoints) {
      assert.ok(existsSync(sourceOf(entry)), `${name} leads to ${sourceOf(entry)}`);
      assert.is(entry.types, entry.default.replace(/\.js$/, ".d.ts"));
      assert.ok(markdown.includes(`| \`mesh-hub/${name.slice(2)}\` `), `${name} is not in the table`);
    }
  });

  it("entry points load when the package is built", async () => {
    const built = entryPoints.map(([name, entry]) => ({ name, path: packagePath(entry.default), types: packagePath(entry.types) }));
    skipUnless(
      built.every(({ path, types }) => existsSync(path) && existsSync(types)),
      "needs npm run build",
    );
    for (const { name } of built) assert.ok(Object.keys(await import(`mesh-hub/${name.slice(2)}`)).length > 0, name);
  });
});
