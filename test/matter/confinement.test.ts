/** A process that is confined reads its code and its directory, and nothing else of the disk. */
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeReads, confinement } from "../../src/matter/confinement.ts";
import { complaintIn } from "../../src/matter/matter-child.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";

const attempts = `
import { readFileSync, writeFileSync, readdirSync, symlinkSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { Worker } from "node:worker_threads";
const [, , dir] = process.argv;
const outcome = (attempt) => { try { attempt(); return "done"; } catch (error) { return error.code; } };
console.log(JSON.stringify({
  writesItsOwn: outcome(() => writeFileSync(dir + "/storage/fabrics", "x")),
  readsItsOwn: outcome(() => readFileSync(dir + "/storage/fabrics")),
  readsItsCode: outcome(() => readFileSync(dir + "/code/main.mjs")),
  readsKeys: outcome(() => readFileSync(dir + "/device.json")),
  readsKeysRoundabout: outcome(() => readFileSync(dir + "/storage/../device.json")),
  lists: outcome(() => readdirSync(dir)),
  writesBeside: outcome(() => writeFileSync(dir + "/device.json", "x")),
  writesItsCode: outcome(() => writeFileSync(dir + "/code/main.mjs", "x")),
  links: outcome(() => symlinkSync(dir + "/device.json", dir + "/storage/link")),
  starts: outcome(() => { const { error } = spawnSync("/bin/cat", [dir + "/device.json"]); if (error) throw error; }),
  works: outcome(() => new Worker("", { eval: true })),
}));
`;

describe("Matter: what the process may reach", (it) => {
  it("is its code and its own directory: no key of the hub, nothing beside, and no other program", () => {
    const dir = tempDirectory();
    mkdirSync(join(dir, "storage"));
    mkdirSync(join(dir, "code"));
    writeFileSync(join(dir, "device.json"), "a key");
    writeFileSync(join(dir, "code", "main.mjs"), attempts);
    const flags = confinement({ storage: join(dir, "storage"), reads: [join(dir, "code", "*")] });
    const { stdout, stderr } = spawnSync(process.execPath, [...flags, join(dir, "code", "main.mjs"), dir], {
      encoding: "utf8",
      cwd: join(dir, "storage"),
    });
    assert.ok(stdout !== "", stderr);
    const denied = "ERR_ACCESS_DENIED";
    assert.equal(JSON.parse(stdout), {
      writesItsOwn: "done",
      readsItsOwn: "done",
      readsItsCode: "done",
      readsKeys: denied,
      readsKeysRoundabout: denied,
      lists: denied,
      writesBeside: denied,
      writesItsCode: denied,
      links: denied,
      starts: denied,
      works: denied,
    });
  });

  it("is for the code of this package what Node loads from there, and no directory where a hub keeps its state", () => {
    const reads = codeReads();
    assert.ok(reads.some((path) => path.endsWith(join("src", "*"))));
    assert.ok(reads.some((path) => path.endsWith(join("node_modules", "*"))));
    for (const path of reads) assert.match(path, /(src\/\*|node_modules\/\*|package\.json)$/);
  });

  it("goes where a link to the packages leads, and says what it was kept from all the same", () => {
    const dir = tempDirectory();
    for (const folder of ["code", "packages"]) mkdirSync(join(dir, folder));
    symlinkSync(join(dir, "packages"), join(dir, "node_modules"));
    assert.ok(codeReads(join(dir, "code")).includes(join(dir, "packages", "*")));
    const { stderr } = spawnSync(
      process.execPath,
      [...confinement({ storage: dir, reads: [] }), "--input-type=module", "-e", 'import "/etc/hostname";'],
      {
        encoding: "utf8",
      },
    );
    assert.match(complaintIn(stderr) ?? stderr, /^Error: Access to this API has been restricted.*\(\/etc\/hostname\)$/);
    assert.is(complaintIn("it ends\n"), undefined);
  });
});
