/**
 * Waiting until something holds. The time is for what never comes: how long it takes is the machine's business, and no test may depend on it.
 */
import { asMeshError } from "../../src/base/errors.ts";

const patienceMs = 60_000;
const stepMs = 20;

/**
 * Looks again and again until something holds; what throws does not hold yet.
 * @param what for the failure: it says that this never came, and the last error
 * @param atLeastMs for what takes its time on every machine
 */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, atLeastMs = 0): Promise<void> {
  const end = performance.now() + Math.max(patienceMs, 3 * atLeastMs);
  let last = "";
  for (;;) {
    try {
      if (await holds()) return;
      last = "";
    } catch (error) {
      last = ` (${asMeshError(error).message})`;
    }
    if (performance.now() > end) throw new Error(`never: ${what}${last}`);
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
}
