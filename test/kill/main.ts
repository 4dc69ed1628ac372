/**
 * All kills: every point of hub and service, then at random under load.
 *   node --import tsx test/kill/main.ts [--only hub|service|random] [--part I/N] [--every K] [--random N]
 */
import { parseArgs } from "node:util";
import { deathsOf, survive } from "./enumerate.ts";
import { killAtRandom } from "./at-random.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    part: { type: "string", default: "1/1" },
    every: { type: "string", default: "1" },
    random: { type: "string", default: "200" },
  },
});
const [part = 1, parts = 1] = values.part.split("/").map(Number);
const tell = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
let failed = 0;
for (const program of ["hub", "service"] as const) {
  if (values.only !== undefined && values.only !== program) continue;
  const { points, deaths } = await deathsOf(program);
  const chosen = deaths.filter((_, i) => i % Number(values.every) === 0).filter((_, i) => i % parts === part - 1);
  tell(`${program}: ${points} points, ${deaths.length} deaths, ${chosen.length} of them now`);
  const { runs, unreached, failures } = await survive(program, chosen, tell);
  tell(`${program}: ${runs} runs, ${unreached} did not reach their point, ${failures.length} failed`);
  failed += failures.length;
}
if (values.only === undefined || values.only === "random") {
  const { kills, lost, presses } = await killAtRandom({ kills: Number(values.random), tell });
  tell(`random: ${kills} kills, ${lost} answers lost, ${presses} presses, all counted once`);
}
process.exit(failed === 0 ? 0 : 1);
