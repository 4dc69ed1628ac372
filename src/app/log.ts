/** The Log port on pino: one JSON line per event on stdout, `module` tells the part of the program. */
import { pino } from "pino";
import { systemClock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { visibleJson } from "../base/visible.ts";

import { lineWriter } from "./line-writer.ts";

/** The levels that configuration may name; "silent" says nothing. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** What createLog needs. */
export interface LogOptions {
  readonly name: string;
  readonly level: LogLevel;
  /** Where lines go instead of stdout, for tests and programs whose stdout is data. */
  readonly write?: (line: string) => void;
  /** The file descriptor that lines go to: 1, stdout, when nothing else is said. */
  readonly fd?: number;
}

/** A logger for a program; children are named `parent.child`. */
export function createLog({ name, level, write, fd = 1 }: LogOptions): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label: string) => ({ level: label }) } };
  // Synchronous: what was logged before a crash is out.
  const out =
    write ??
    lineWriter(
      () => fd,
      (count) => lostLine(name, count),
    );
  return wrap(pino(options, { write: (line: string) => void out(visibleJson(line)) }), name);
}

function lostLine(module: string, lines: number): string {
  return `${JSON.stringify({ level: "warn", time: new Date(systemClock.now()).toISOString(), lines, module, event: "log.dropped" })}\n`;
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
