/**
 * `npm run test:device [-- NAME...]`: every class of devices in every implementation over every medium, each life a run of its own, since the runner gives
 * a file 20 minutes; then the other tests of devices, with all that they leave out daily. NAME is a part of a file's name. Takes an hour on a quiet machine.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { packagePath } from "../../src/base/package-root.ts";
import { samples } from "./sample.ts";

const everyClass = Object.keys(samples);
/** Files that play one life for each class, and which. */
const lives: Readonly<Record<string, readonly string[]>> = {
  "c-tcp": everyClass,
  "c-serial": everyClass,
  "c-mqtt": everyClass,
  "typescript-tcp": everyClass,
  "typescript-serial": everyClass,
  "typescript-mqtt": everyClass,
  ble: ["light", "lock", "sensor"],
};

const names = process.argv.slice(2);
const files = readdirSync(packagePath("test", "device"))
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => name.slice(0, -".test.ts".length))
  .filter((name) => names.length === 0 || names.some((word) => name.includes(word)));
const failed: string[] = [];
let played = 0;
for (const file of files) {
  for (const which of lives[file] ?? ["all"]) {
    const words = ["--import", "tsx", packagePath("test", "harness", "run.ts"), `test/device/${file}.test.ts`];
    const begun = performance.now();
    const { status, stdout } = spawnSync(process.execPath, words, {
      cwd: packagePath(),
      env: { ...process.env, MESH_DEVICE_SUITE: which },
      stdio: ["ignore", "pipe", "inherit"],
      encoding: "utf8",
    });
    const passed = status === 0;
    played += 1;
    if (!passed) failed.push(`${file} ${which}`);
    const notes = (stdout.match(/skipped: needs .*/g) ?? []).join(", ");
    console.log(`${passed ? "ok  " : "FAIL"} ${file} ${which} (${Math.round((performance.now() - begun) / 1000)} s) ${notes}`);
    if (!passed) console.log(stdout);
  }
}
console.log(`${played - failed.length} of ${played} passed${failed.length > 0 ? `; failed: ${failed.join(", ")}` : ""}`);
process.exitCode = failed.length > 0 || played === 0 ? 1 : 0;
