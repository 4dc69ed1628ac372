/** The Log port for people: what went wrong beside the result, as lines on stderr. */
import type { Log } from "../../base/log.ts";
import type { Output } from "./output.ts";
import { jsonValue } from "./output.ts";

/** Tells warnings and errors; with `verbose` everything. */
export function talkLog(output: Output, options: { readonly verbose: boolean }): Log {
  const at =
    (level: string, isTold: boolean) =>
    (event: string, data: Record<string, unknown> = {}): void => {
      if (!isTold) return;
      const fields = Object.entries(data).map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value, jsonValue)}`);
      output.say(`${level}: ${[event, ...fields].join(" ")}`);
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
