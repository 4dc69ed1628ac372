/**
 * A short turn of the guided fuzzing of the firmware in C (test/device/fuzz; the long one is `npm run fuzz:device`): nothing is found, more is reached than the
 * seeds reach, and a fault that no blind draw meets is found.
 */
import { existsSync, readFileSync } from "node:fs";
import { assert, describe, skipUnless, tempDirectory } from "../harness/suite.ts";
import { fuzz, makeTargets, missingForFuzzing, targets } from "./fuzz/targets.ts";

describe("guided fuzzing of the firmware in C", (it) => {
  it(
    "finds what is behind branches and comparisons, and nothing in the parsers",
    async () => {
      const missing = missingForFuzzing();
      skipUnless(missing === undefined, missing ?? "");
      const dir = tempDirectory();
      makeTargets(dir, [...targets, "riddle"]);

      const riddle = await fuzz(dir, "riddle", { seconds: 60, seed: 1 });
      assert.is.not(riddle.status, 0, "the riddle is answered");
      assert.match(riddle.words, "nobody knows the answer");
      assert.ok(existsSync(riddle.found) && readFileSync(riddle.found).subarray(0, 4).toString() === "mesh");

      for (const name of targets) {
        const { status, found, words, figures } = await fuzz(dir, name, { seconds: 2, seed: 1 });
        assert.is(status, 0, `${name}: ${words} The input: ${existsSync(found) ? readFileSync(found).toString("hex") : "none"}`);
        assert.ok((figures?.places ?? 0) > (figures?.placesOfSeeds ?? 0), `${name} reaches more than its seeds do`);
      }
    },
    { timeoutMs: 180_000 },
  );
});
