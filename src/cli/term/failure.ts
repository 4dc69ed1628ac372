/** How a command fails: `error:` and `hint:` on stderr, with --json `{"success":false,"error":…}` on stdout. Never a stack trace. */
import { asMeshError } from "../../base/errors.ts";
import { exitStatusOf } from "../../base/interruption.ts";
import type { Output } from "./output.ts";

/** Tells why a command failed. @returns the exit status of the error catalogue */
export function fail(output: Output, thrown: unknown): number {
  const error = asMeshError(thrown);
  const message = withoutCodes(error.message);
  if (output.json) output.document({ success: false, error: { ...error.toJSON(), message } });
  output.say(`error: ${message}`);
  output.say(`hint: ${error.hint}`);
  return exitStatusOf(error);
}

/** Text without the secret of a printed code or PIN: what is wrong with one may be told on a screen that others see, the code itself not. */
function withoutCodes(text: string): string {
  return text.replace(/\b(mcu:(?:\/\/)?)[^\s'"<>]+/gi, "$1…");
}
