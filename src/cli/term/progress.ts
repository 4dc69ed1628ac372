/** Says what is being done when it takes longer than a second; on a terminal the line goes away again. */
import type { Clock } from "../../base/clock.ts";
import type { Output } from "./output.ts";
import { visible } from "./output.ts";

const patienceMs = 1000;

/** Runs a task; `doing` reads "synchronising". */
export async function withProgress<T>(
  options: { readonly output: Output; readonly clock: Clock; readonly doing: string },
  task: () => Promise<T>,
): Promise<T> {
  const { output, clock, doing } = options;
  const done = new AbortController();
  let isShown = false;
  const notice = clock.sleep(patienceMs, done.signal).then(
    () => {
      isShown = true;
      if (output.isTalkTerminal) output.sayRaw(`${visible(doing)} ...`);
      else output.say(`${doing} ...`);
    },
    () => undefined,
  );
  try {
    return await task();
  } finally {
    done.abort();
    await notice;
    if (isShown && output.isTalkTerminal) output.sayRaw("\r\x1b[K");
  }
}
