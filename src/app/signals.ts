/**
 * SIGINT and SIGTERM: whoever is told to end has a grace to do so. After it the process ends all the same, also when it hangs on a service, a peer
 * or a file; what was acknowledged is on the disk by then.
 */
import { exitStatusOf, interruption } from "../base/interruption.ts";

/** Aborts `end` at the first signal. */
export function endOnSignals(end: AbortController, { graceMs }: { readonly graceMs: number }): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (end.signal.aborted) return;
      const reason = interruption(signal);
      end.abort(reason);
      setTimeout(() => process.exit(exitStatusOf(reason)), graceMs).unref();
    });
  }
}
