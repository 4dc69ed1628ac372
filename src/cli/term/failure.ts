/** How a command fails: `error:` and `hint:` on stderr, with --json `{"Success":false,"Error":…}` on stdout. Never a stack trace. */
import { asMeshError } from "../../base/errors.ts";
import type { Output } from "./output.ts";
import { jsonValue } from "./output.ts";

/** Tells why a command failed. @returns the exit status of the error catalogue */
export function fail(output: Output, thrown: unknown): number {
  const error = asMeshError(thrown);
  if (output.json) output.raw(`${JSON.stringify({ Success: false, Error: error }, jsonValue)}\n`);
  output.say(`error: ${error.message}`);
  output.say(`hint: ${error.hint}`);
  return error.exitStatus;
}
