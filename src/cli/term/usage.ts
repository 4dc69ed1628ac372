/** What the argument parser says, told as everything else is: one `error:` and `hint:`, or one JSON document. The same for all three programs. */
import type { Command } from "commander";
import { CommanderError } from "commander";
import type { ErrorOptions } from "../../base/errors.ts";
import { MeshError } from "../../base/errors.ts";
import { notBuiltCommand } from "../../base/not-built.ts";
import { packageVersion } from "../../base/package-root.ts";
import { fail } from "./failure.ts";
import { knownOptions, operandsOf } from "./options.ts";
import type { Streams } from "./output.ts";
import { createOutput } from "./output.ts";

/** Gives a program `--version`; help and version go to stdout, and the parser's own errors nowhere: `tellUsage` tells them. */
export function dressProgram(program: Command, streams: Streams): void {
  program.version(`${program.name()} ${packageVersion()}`, "--version", "print the version");
  quieten(program, streams);
}

/** Commands take settings over from their parents only when they are made. */
function quieten(command: Command, streams: Streams): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void streams.stdout.write(text),
    // Help that is shown because a command is missing.
    writeErr: (text) => void streams.stderr.write(text),
    outputError: () => undefined,
  });
  for (const child of command.commands) quieten(child, streams);
}

/** True when a command line asks for JSON, also one that cannot be parsed. */
export function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? undefined : end).includes("--json");
}

/**
 * Tells what the parser threw. Of what is not built yet it says that.
 * @param commands how commands are found, for the hint on an unknown one
 * @returns the exit status: 0 for help and version
 * Errors: whatever was thrown, when it is not the parser's.
 */
export function tellUsage(
  thrown: unknown,
  options: { readonly program: Command; readonly args: readonly string[]; readonly streams: Streams; readonly commands: string },
): number {
  if (!(thrown instanceof CommanderError)) throw thrown;
  if (thrown.exitCode === 0) return 0;
  const { program, args, streams, commands } = options;
  const error = notBuiltCommand(program.name(), operandsOf(args, knownOptions(program)), args) ?? usageError(thrown, commands);
  return fail(createOutput(streams, { json: wantsJson(args) }), error);
}

function usageError({ code, message }: CommanderError, commands: string): MeshError {
  if (code === "commander.help") return new MeshError("ERR_USAGE", "a command is missing", { hint: commands });
  const text = message.replace(/^error: /, "").replaceAll("\n", " ");
  const options: ErrorOptions = code === "commander.unknownCommand" ? { hint: commands } : {};
  return new MeshError("ERR_USAGE", text, options);
}
