/** The layer rules of biome.json, proven on planted imports: each forbidden one is reported, each allowed one is not. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { rooms } from "./layers.ts";
import { assert, describe, tempDirectory } from "./suite.ts";

const biome = resolve("node_modules/.bin/biome");

const forbidden: readonly (readonly [file: string, source: string])[] = [
  ["src/base/planted.ts", "../codec/datum.ts"],
  ["src/codec/planted.ts", "../config/load.ts"],
  ["src/codec/deep/planted.ts", "../../crypto/hash.ts"],
  ["src/dare/planted.ts", "../schema/index.ts"],
  ["src/link/planted.ts", "../api/index.ts"],
  ["src/api/planted.ts", "../protocol/index.ts"],
  ["src/provider/planted.ts", "../account/index.ts"],
  ["src/account/planted.ts", "../hub/index.ts"],
  ["src/cli/planted.ts", "../hub/daemon.ts"],
  ["src/cli/planted.ts", "../provider/server.ts"],
  ["src/hub/planted.ts", "../account/index.ts"],
  ["src/names/planted.ts", "../account/index.ts"],
  ["src/hub/planted.ts", "../cli/main.ts"],
  ["src/hub/planted.ts", "../app/mesh-hub.ts"],
  ["src/provider/store/file/planted.ts", "../../../account/index.ts"],
  ["src/machine/planted.ts", "../hub/daemon.ts"],
  ["src/codec/a/b/c/planted.ts", "../../../../crypto/hash.ts"],
  ["src/dare/planted.ts", "@noble/hashes/sha3.js"],
  ["src/hub/planted.ts", "@noble/curves/ed448.js"],
  ["src/hub/planted.ts", "node-hid"],
  ["src/link/planted.ts", "@abandonware/noble/with-custom-binding"],
  ["src/page/planted.ts", "../hub/daemon.ts"],
  ["src/page/view/planted.tsx", "../../base/bytes.ts"],
  ["src/hub/planted.ts", "../page/main.tsx"],
  ["drivers/light/planted.ts", "../../src/base/bytes.ts"],
  ["drivers/light/planted.ts", "../../src/driver/define.ts"],
  ["drivers/light/planted.ts", "../sensor/index.ts"],
  ["drivers/light/planted.ts", "node:fs"],
  ["firmware-stubs/virtual/planted.ts", "../../src/account/index.ts"],
  ["firmware-stubs/virtual/planted.ts", "../../src/hub/daemon.ts"],
];

const allowed: readonly (readonly [file: string, source: string])[] = [
  ["src/codec/planted.ts", "../base/bytes.ts"],
  ["src/crypto/planted.ts", "@noble/hashes/sha3.js"],
  ["src/transport/planted.ts", "node-hid"],
  ["src/transport/deep/planted.ts", "../../link/index.ts"],
  ["src/hub/deep/planted.ts", "../../account/hub.ts"],
  ["src/hub/planted.ts", "./app/nested.ts"],
  ["src/provider/transaction/planted.ts", "../account/nested.ts"],
  ["src/hub/deep/planted.ts", "../names/nested.ts"],
  ["src/cli/planted.ts", "../account/index.ts"],
  ["src/app/planted.ts", "../hub/daemon.ts"],
  ["src/page/view/planted.tsx", "../../api/hub-v1.ts"],
  ["drivers/light/planted.ts", "../../src/driver/index.ts"],
  ["drivers/light/planted.ts", "./range.ts"],
  ["firmware-stubs/virtual/planted.ts", "../../src/link/index.ts"],
];

/** Rules that biome reports for the texts of the paths, by path. */
function lint(files: Readonly<Record<string, string>>): Map<string, string[]> {
  const root = tempDirectory();
  for (const name of ["biome.json", ".gitignore"]) cpSync(name, join(root, name));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const run = spawnSync(biome, ["lint", "--reporter=json", "--max-diagnostics=none", "--error-on-warnings", "."], { cwd: root, encoding: "utf8" });
  const { diagnostics } = JSON.parse(run.stdout) as { diagnostics: readonly { category: string; location: { path: string } }[] };
  if (diagnostics.length > 0) assert.is.not(run.status, 0, "a finding must fail the command");
  const found = new Map<string, string[]>();
  for (const { category, location } of diagnostics) found.set(location.path, [...(found.get(location.path) ?? []), category]);
  return found;
}

/** Where an import is planted: each in a file of its own. */
const placeOf = (kind: string, file: string, index: number): string => file.replace("planted", `${kind}-${index}`);

describe("layers", (it) => {
  /** One run for all: biome takes longer to read its rules than to apply them. */
  let found = new Map<string, string[]>();
  it.before(() => {
    found = lint(
      Object.fromEntries([
        ...forbidden.map(([file, source], i) => [placeOf("forbidden", file, i), `import "${source}";\nawait import("${source}");\n`]),
        ...allowed.map(([file, source], i) => [placeOf("allowed", file, i), `import "${source}";\n`]),
      ]),
    );
  });

  for (const [index, [file, source]] of forbidden.entries()) {
    it(`${dirname(file)} may not import ${source}`, () => {
      const rules = found.get(placeOf("forbidden", file, index));
      assert.equal(rules, ["lint/style/noRestrictedImports", "lint/style/noRestrictedImports"]);
    });
  }

  for (const [index, [file, source]] of allowed.entries()) {
    it(`${dirname(file)} may import ${source}`, () => {
      assert.is(found.get(placeOf("allowed", file, index)), undefined);
    });
  }

  it("reports cycles", () => {
    const found = lint({
      "src/base/a.ts": 'import { b } from "./b.ts";\nexport const a = (): number => b();\n',
      "src/base/b.ts": 'import { a } from "./a.ts";\nexport const b = (): number => a();\n',
    });
    assert.ok([...found.values()].flat().includes("lint/suspicious/noImportCycles"), JSON.stringify([...found]));
  });

  it("knows every room of src", () => {
    const folders = readdirSync("src", { withFileTypes: true }).filter((entry) => entry.isDirectory());
    assert.equal(
      folders.map(({ name }) => name).filter((name) => !rooms.includes(name)),
      [],
    );
  });
});
