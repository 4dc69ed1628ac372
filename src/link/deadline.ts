/** Time limits over the Clock port. */
import type { Clock } from "../base/clock.ts";
import { MeshError } from "../base/errors.ts";
import { inTime } from "../base/in-time.ts";

/** For people: a tenth of a second is as much as they want to know. */
function inSeconds(ms: number): string {
  return `${Math.max(1, Math.round(ms / 100)) / 10} s`;
}

/** What `promise` gives, or ERR_TIMEOUT after `timeoutMs`; `what` reads "the device did not answer ...". */
export function withDeadline<T>(options: { clock: Clock; timeoutMs: number; what: string }, promise: Promise<T>): Promise<T> {
  const { clock, timeoutMs, what } = options;
  return inTime(promise, { ms: timeoutMs, clock, late: () => new MeshError("ERR_TIMEOUT", `${what} within ${inSeconds(timeoutMs)}`) });
}
