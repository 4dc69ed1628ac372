/** A log that also keeps its newest events in memory, for whoever looks at a running program; beyond a figure the oldest go. */
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import { shorten } from "./shorten.ts";

/** One event. */
export interface RecentEvent {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly level: "info" | "warn" | "error";
  /** Names of the children that it came through; empty for the log itself. */
  readonly module: string;
  readonly event: string;
  /** JSON of what came with it; empty for nothing. */
  readonly data: string;
}

/** Events that are kept. */
export const mostRecentEvents = 400;
const mostData = 600;

/** The log and what it keeps. */
export interface RecentLog {
  readonly log: Log;
  /** Oldest first. */
  readonly recent: () => readonly RecentEvent[];
}

/** Writes to another log, and keeps what is no detail of debugging. */
export function recentLog(inner: Log, clock: Clock): RecentLog {
  const kept: RecentEvent[] = [];
  const keep = (event: RecentEvent): void => {
    kept.push(event);
    if (kept.length > mostRecentEvents) kept.shift();
  };
  const wrap = (log: Log, module: string): Log => {
    const at =
      (level: RecentEvent["level"]) =>
      (event: string, data?: Record<string, unknown>): void => {
        keep({ at: clock.now(), level, module, event, data: data === undefined ? "" : shorten(textOf(data), mostData) });
        log[level](event, data);
      };
    return {
      debug: (event, data) => log.debug(event, data),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: (name) => wrap(log.child(name), module === "" ? name : `${module}.${name}`),
    };
  };
  return { log: wrap(inner, ""), recent: () => [...kept] };
}

function textOf(data: Record<string, unknown>): string {
  try {
    return JSON.stringify(data, (_key, value: unknown) =>
      value instanceof Error ? value.message : typeof value === "bigint" ? String(value) : value,
    );
  } catch {
    return "";
  }
}
