/** Says what is being done: on a terminal after a second, in a line that goes away again; elsewhere, where it stays, after five. */
import type { Clock } from "../../base/clock.ts";
import type { Output } from "./output.ts";

/** How long a person waits before they are told. */
export const patienceMs = { terminal: 1000, elsewhere: 5000 } as const;

/** Runs a task; `doing` reads "synchronising". */
export async function withProgress<T>(
  options: { readonly output: Output; readonly clock: Clock; readonly doing: string },
  task: () => Promise<T>,
): Promise<T> {
  const { output, clock, doing } = options;
  const done = new AbortController();
  const notice = clock.sleep(output.isTalkTerminal ? patienceMs.terminal : patienceMs.elsewhere, done.signal).then(
    () => {
      if (output.isTalkTerminal) output.notice(`${doing} ...`);
      else output.say(`${doing} ...`);
    },
    () => undefined,
  );
  try {
    return await task();
  } finally {
    done.abort();
    await notice;
    output.notice("");
  }
}
