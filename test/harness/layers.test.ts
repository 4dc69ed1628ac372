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

/** Rules that biome reports for the text when it stands at the path. */
function lint(files: Readonly<Record<string, string>>): string[] {
  const root = tempDirectory();
  for (const name of ["biome.json", ".gitignore"]) cpSync(name, join(root, name));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const run = spawnSync(biome, ["lint", "--reporter=json", "--error-on-warnings", "."], { cwd: root, encoding: "utf8" });
  const { diagnostics } = JSON.parse(run.stdout) as { diagnostics: readonly { category: string }[] };
  if (diagnostics.length > 0) assert.is.not(run.status, 0, "a finding must fail the command");
  return diagnostics.map((finding) => finding.category);
}

describe("layers", (it) => {
  for (const [file, source] of forbidden) {
    it(`${dirname(file)} may not import ${source}`, () => {
      const found = lint({ [file]: `import "${source}";\nawait import("${source}");\n` });
      assert.equal(found, ["lint/style/noRestrictedImports", "lint/style/noRestrictedImports"]);
    });
  }

  for (const [file, source] of allowed) {
    it(`${dirname(file)} may import ${source}`, () => {
      assert.equal(lint({ [file]: `import "${source}";\n` }), []);
    });
  }

  it("reports cycles", () => {
    const found = lint({
      "src/base/a.ts": 'import { b } from "./b.ts";\nexport const a = (): number => b();\n',
      "src/base/b.ts": 'import { a } from "./a.ts";\nexport const b = (): number => a();\n',
    });
    assert.ok(found.includes("lint/suspicious/noImportCycles"), found.join());
  });

  it("knows every room of src", () => {
    const folders = readdirSync("src", { withFileTypes: true }).filter((entry) => entry.isDirectory());
    assert.equal(
      folders.map(({ name }) => name).filter((name) => !rooms.includes(name)),
      [],
    );
  });
});
