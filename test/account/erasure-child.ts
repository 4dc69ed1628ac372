/** Goes on with the erasure of a directory and kills itself after so many steps: arguments dir, n. Prints each step. */
import { finishErasure } from "../../src/account/index.ts";

const [dir = "", count = "1"] = process.argv.slice(2);
let passed = 0;
const told = await finishErasure(dir, (step) => {
  process.stdout.write(`${step}\n`);
  if (++passed === Number(count)) process.kill(process.pid, "SIGKILL");
});
process.stdout.write(`${told?.message}\n`);
