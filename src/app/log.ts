/** The Log port on pino: one JSON line per event on stdout, `module` tells the part of the program. */
import { pino } from "pino";
import type { Log } from "../base/log.ts";
import { visibleJson } from "../base/visible.ts";

/** The levels that configuration may name; "silent" says nothing. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** What createLog needs. */
export interface LogOptions {
  readonly name: string;
  readonly level: LogLevel;
  /** Where lines go instead of stdout, for tests and programs whose stdout is data. */
  readonly write?: (line: string) => void;
}

/** A logger for a program; children are named `parent.child`. */
export function createLog({ name, level, write }: LogOptions): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label: string) => ({ level: label }) } };
  // Synchronous: what was logged before a crash is out.
  const out = write === undefined ? pino.destination({ fd: 1, sync: true }) : { write };
  return wrap(pino(options, { write: (line: string) => void out.write(visibleJson(line)) }), name);
}

type Sink = Pick<pino.Logger, "debug" | "info" | "warn" | "error">;

function wrap(sink: Sink, name: string): Log {
  const at =
    (level: keyof Sink) =>
    (event: string, data: Record<string, unknown> = {}): void =>
      sink[level]({ ...plain(data), module: name, event });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), child: (part) => wrap(sink, `${name}.${part}`) };
}

/** Errors have no JSON form of their own; a MeshError has. */
function plain(data: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(data).map(([key, value]) => [key, value instanceof Error && !("toJSON" in value) ? value.message : value]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}
