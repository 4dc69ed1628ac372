/**
 * `npm run test:power-cuts`: power is lost at each write of an update of a Cortex-M3 in qemu (cortex-m-update.test.ts), in parts of which each is a run of the
 * test file; and at each write by which the firmware in C forgets something, as a process (forgetting.test.ts) and on the Cortex-M3 (cortex-m.test.ts). Takes
 * a quarter of an hour where it has two cores; words name some of it: `npm run test:power-cuts -- forgetting cortex-m`. Exit status 1 when a part fails.
 */
import { spawnSync } from "node:child_process";
import { packagePath } from "../../src/base/package-root.ts";

const parts = 6;
const updates = Array.from({ length: parts }, (_, index) => ({ file: "cortex-m-update", cuts: `${index + 1}/${parts}` }));
const runs = [...updates, { file: "forgetting", cuts: "all" }, { file: "cortex-m", cuts: "all" }];
const names = process.argv.slice(2);
const known = [...new Set(runs.map(({ file }) => file))];
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`error: no power is cut in ${unknown.join(", ")}\nhint: name some of ${known.join(", ")}`);
  process.exit(2);
}
const wanted = runs.filter(({ file }) => names.length === 0 || names.includes(file));
let failed = 0;
for (const { file, cuts } of wanted) {
  const env = { ...process.env, MESH_POWER_CUTS: cuts };
  const words = ["--import", "tsx", packagePath("test", "device", `${file}.test.ts`)];
  if (spawnSync(process.execPath, words, { cwd: packagePath(), env, stdio: "inherit" }).status !== 0) failed += 1;
}
console.log(failed === 0 ? `all ${wanted.length} parts passed` : `${failed} of ${wanted.length} parts failed`);
process.exitCode = failed === 0 ? 0 : 1;
