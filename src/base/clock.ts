/** Time as a port, so that tests own it. Nothing outside this file calls Date.now or setTimeout for protocol purposes. */
import { uptime } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

/** A source of time. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonic(): number;
  /** Milliseconds since the machine started, those in which it slept with them: `monotonic` leaves these out. Good to a second. */
  sinceBoot?(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What a timer of Node takes; a longer one would be over at once. */
const longestMs = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sinceBoot: () => uptime() * 1000,
  sleep: async (ms, signal) => {
    try {
      for (let left = ms; left > longestMs; left -= longestMs) await delay(longestMs, undefined, { signal });
      await delay(ms > longestMs ? ms % longestMs : ms, undefined, { signal });
    } catch (cause) {
      throw signal?.aborted ? (signal.reason ?? cause) : cause;
    }
  },
};

/** Before this a clock was never set, and after that nobody is told the truth: 2025-01-01 and 2125-01-01. */
const plausible = { least: 1_735_689_600_000, most: 4_891_363_200_000 } as const;

/** True for a time that a clock that was ever set can show while this program is in use; false for NaN. */
export function isPlausibleTime(ms: number): boolean {
  return ms >= plausible.least && ms < plausible.most;
}

/** RFC 3339, UTC, whole seconds: the drafts' date-time. */
export function dateTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Milliseconds of an RFC 3339 date-time; NaN when it is not one. */
export function fromDateTime(text: string): number {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) ? Date.parse(text) : Number.NaN;
}
