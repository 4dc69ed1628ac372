/** The Log port for people: what went wrong beside the result, as lines on stderr. */
import type { Log } from "../../base/log.ts";
import type { Output } from "./output.ts";
import { jsonValue } from "./output.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Tells warnings and errors; with `verbose` everything. */
export function talkLog(output: Output, options: { readonly verbose: boolean }): Log {
  const at =
    (level: string, isTold: boolean) =>
    (event: string, fields: Fields = {}): void => {
      if (isTold) output.say(`${level}: ${sentence(event, fields)}`);
    };
  const log: Log = {
    debug: at("debug", options.verbose),
    info: at("info", options.verbose),
    warn: at("warning", true),
    error: at("warning", true),
    child: () => log,
  };
  return log;
}

/** "message.closed" with its fields becomes "message closed: why (spool MMM_Inbound, index 4)". */
function sentence(event: string, { reason, ...fields }: Fields): string {
  const what = event.replace(/[._-]/g, " ");
  const why = reason === undefined ? "" : `: ${textOf(reason)}`;
  const where = Object.entries(fields).map(([name, value]) => `${name} ${textOf(value)}`);
  return `${what}${why}${where.length === 0 ? "" : ` (${where.join(", ")})`}`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, jsonValue);
}
