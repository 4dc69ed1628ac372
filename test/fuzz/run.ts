/** `npm run fuzz [-- CASES [NAME]]`: attacks every decoder, 100 000 cases in all unless told otherwise, and prints figures. Exit status 1 on any finding. */
import { attack } from "./attack.ts";
import { targets } from "./target.ts";

const total = Number(process.argv[2] ?? 100_000);
const chosen = targets.filter(({ name }) => process.argv[3] === undefined || name === process.argv[3]);
const share = Math.ceil(total / chosen.length);
const memoryLimit = 512 * 1024 * 1024;

let cases = 0;
let failed = 0;
let peak = 0;
for (const target of chosen) {
  try {
    const start = performance.now();
    const found = await attack(target, { cases: share });
    cases += found.cases;
    const ms = ((performance.now() - start) / found.cases).toFixed(2);
    console.log(
      `${target.name.padEnd(24)} ${String(found.cases).padStart(7)} cases  ${ms.padStart(6)} ms each  slowest ${found.slowestMs.toFixed(0).padStart(4)} ms  ${found.accepted} accepted`,
    );
  } catch (error) {
    failed++;
    console.log(`${target.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  peak = Math.max(peak, process.memoryUsage().rss);
}
if (peak > memoryLimit) {
  failed++;
  console.log(`memory: ${Math.round(peak / 1048576)} MB`);
}
console.log(`${cases} cases, ${chosen.length} decoders, ${failed} findings, at most ${Math.round(peak / 1048576)} MB`);
process.exitCode = failed > 0 ? 1 : 0;
