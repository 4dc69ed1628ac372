/**
 * `npm run test:power-cuts`: power is lost at each write of an update of a Cortex-M3 in qemu (cortex-m-update.test.ts), in parts of which each is a run of the
 * test file. Takes ten minutes where it has two cores. Exit status 1 when a part fails.
 */
import { spawnSync } from "node:child_process";
import { packagePath } from "../../src/base/package-root.ts";

const parts = 6;
let failed = 0;
for (let which = 1; which <= parts; which += 1) {
  const env = { ...process.env, MESH_POWER_CUTS: `${which}/${parts}` };
  const words = ["--import", "tsx", packagePath("test", "device", "cortex-m-update.test.ts")];
  if (spawnSync(process.execPath, words, { cwd: packagePath(), env, stdio: "inherit" }).status !== 0) failed += 1;
}
console.log(failed === 0 ? `all ${parts} parts passed` : `${failed} of ${parts} parts failed`);
process.exitCode = failed === 0 ? 0 : 1;
