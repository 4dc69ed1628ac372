/** A task that has so long: who gives no answer keeps nobody waiting. */
import type { Clock } from "./clock.ts";

/** How long, and what follows. */
export interface TimeLimit {
  readonly ms: number;
  readonly clock: Clock;
  /** The time is over: sees to what has to be done about that, and gives what the caller is told. */
  readonly late: () => Error;
}

/** What a task gives within its time. Errors: its own, what `late` gives. What becomes of it later nobody hears. */
export async function inTime<T>(task: Promise<T>, { ms, clock, late }: TimeLimit): Promise<T> {
  const settled = new AbortController();
  const limit = clock.sleep(ms, settled.signal).then(() => {
    throw late();
  });
  try {
    return await Promise.race([task, limit]);
  } finally {
    settled.abort();
  }
}
