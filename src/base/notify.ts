/**
 * Tells systemd how this service fares: sd_notify(3) by way of the `systemd-notify` program, since Node has no datagram unix sockets.
 * The unit needs NotifyAccess=all, because the message comes from that child. Without NOTIFY_SOCKET nothing is done.
 */
import { execFile } from "node:child_process";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

/** What notifications need; `env` is the environment of this process. */
export interface NotifyOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/** Says that start-up is complete; `status` is shown by `systemctl status`. */
export function notifyReady(status: string, options: NotifyOptions): Promise<void> {
  return notify(["--ready", `--status=${status}`], options);
}

/** Says that the service is on its way down, so that systemd does not take the silence for a fault. */
export function notifyStopping(options: NotifyOptions): Promise<void> {
  return notify(["STOPPING=1"], options);
}

/**
 * Feeds systemd's watchdog at half the interval of WATCHDOG_USEC for as long as `healthy` says so; systemd restarts the service otherwise.
 * @param options.clock paces it; its sleep is ended by `stop`
 * @returns a function that ends it; harmless to call twice
 */
export function startWatchdog(options: NotifyOptions & { readonly clock: Clock; readonly healthy: () => boolean }): () => void {
  const interval = watchdogInterval(options.env);
  const stop = new AbortController();
  if (interval !== undefined) void feed(interval / 2, stop.signal, options);
  return () => stop.abort();
}

async function feed(
  ms: number,
  signal: AbortSignal,
  options: NotifyOptions & { readonly clock: Clock; readonly healthy: () => boolean },
): Promise<void> {
  while (!signal.aborted) {
    if (options.healthy()) await notify(["WATCHDOG=1"], options);
    else options.log.error("watchdog.unhealthy");
    try {
      await options.clock.sleep(ms, signal);
    } catch {
      // Stopped while asleep.
      return;
    }
  }
}

/** Milliseconds of WATCHDOG_USEC; undefined when there is no watchdog, or it watches another process. */
function watchdogInterval(env: NotifyOptions["env"]): number | undefined {
  const microseconds = Number(env.WATCHDOG_USEC);
  if (!env.NOTIFY_SOCKET || !(microseconds > 0)) return undefined;
  if (env.WATCHDOG_PID !== undefined && env.WATCHDOG_PID !== String(process.pid)) return undefined;
  return microseconds / 1000;
}

/** Failures are logged and not thrown: a service that works must not die of its supervisor's absence. */
function notify(args: readonly string[], { env, log }: NotifyOptions): Promise<void> {
  if (!env.NOTIFY_SOCKET) return Promise.resolve();
  return new Promise((resolve) => {
    execFile("systemd-notify", [...args], { env: { ...env }, timeout: 5_000 }, (error) => {
      if (error !== null) log.warn("notify.failed", { reason: error.message });
      resolve();
    });
  });
}
