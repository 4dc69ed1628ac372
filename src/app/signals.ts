/**
 * SIGINT and SIGTERM: whoever is told to end has a grace to do so. After it the process ends all the same, also when it hangs on a service, a peer
 * or a file; what was acknowledged is on the disk by then. It ends by the signal itself: an exit of Node would wait for the thread that hangs.
 */
import { interruption } from "../base/interruption.ts";

/** Aborts `end` at the first signal. */
export function endOnSignals(end: AbortController, { graceMs }: { readonly graceMs: number }): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (end.signal.aborted) return;
      end.abort(interruption(signal));
      const endBySignal = (): void => {
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
      };
      setTimeout(endBySignal, graceMs).unref();
    });
  }
}
