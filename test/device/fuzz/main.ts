/**
 * `npm run fuzz:device [-- SECONDS [TARGET...]]`: the parsers of the firmware in C under guided inputs, a minute each unless told otherwise, two at a time.
 * Another seed each time; what is found stays in a file, which `TARGET FILE` runs again. Exit status 1 on any finding.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fuzz, makeTargets, missingForFuzzing, type Target, targets } from "./targets.ts";

const [seconds = "60", ...names] = process.argv.slice(2);
const chosen: readonly Target[] = names.length === 0 ? targets : targets.filter((name) => names.includes(name));
const missing = missingForFuzzing();
if (missing !== undefined || chosen.length === 0) {
  console.error(missing ?? `no target of ${names.join(", ")}; there are ${targets.join(", ")}`);
  process.exit(2);
}
const dir = mkdtempSync(join(tmpdir(), "mesh-fuzz-device-"));
makeTargets(dir, chosen);
const seed = Date.now() % 1_000_000_000;
console.log(`in ${dir}, seed ${seed}`);
let failed = 0;
const waiting = [...chosen];
const work = async (): Promise<void> => {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const { status, found, words, figures } = await fuzz(dir, name, { seconds: Number(seconds), seed });
    if (figures) {
      const { runs, seeds, inputs, placesOfSeeds, places } = figures;
      console.log(`${name.padEnd(10)} ${runs} runs, ${seeds} seeds reach ${placesOfSeeds} places; ${inputs} inputs reach ${places}`);
    } else {
      failed += 1;
      console.log(`${name}: ended with ${status}; the input is ${found}\n${words}`);
    }
  }
};
await Promise.all([work(), work()]);
process.exitCode = failed > 0 ? 1 : 0;
