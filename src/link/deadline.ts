/** Time limits over the Clock port. */
import type { Clock } from "../base/clock.ts";
import { MeshError } from "../base/errors.ts";

/** For people: a tenth of a second is as much as they want to know. */
function inSeconds(ms: number): string {
  return `${Math.max(1, Math.round(ms / 100)) / 10} s`;
}

/** What `promise` gives, or ERR_TIMEOUT after `timeoutMs`; `what` reads "the device did not answer ...". */
export async function withDeadline<T>(options: { clock: Clock; timeoutMs: number; what: string }, promise: Promise<T>): Promise<T> {
  const { clock, timeoutMs, what } = options;
  const settled = new AbortController();
  const limit = clock.sleep(timeoutMs, settled.signal).then(() => {
    throw new MeshError("ERR_TIMEOUT", `${what} within ${inSeconds(timeoutMs)}`);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    settled.abort();
  }
}
