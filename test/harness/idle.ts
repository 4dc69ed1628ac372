/** How much of the machine's processors nobody uses: others may use them, too, so that it is asked and not reckoned. */
import { cpus } from "node:os";

interface Times {
  readonly idle: number;
  readonly all: number;
}

function timesNow(): Times {
  let [idle, all] = [0, 0];
  for (const { times } of cpus()) {
    idle += times.idle;
    for (const ms of Object.values(times)) all += ms;
  }
  return { idle, all };
}

/** Watches from now on. @returns processors that were idle, on the average, since it was asked last; 2 of a machine of two that does nothing */
export function watchIdle(now: () => Times = timesNow, count = cpus().length): () => number {
  let before = now();
  return () => {
    const after = now();
    const all = after.all - before.all;
    const share = all > 0 ? (after.idle - before.idle) / all : 0;
    before = after;
    return share * count;
  };
}
