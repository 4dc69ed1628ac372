/** The long options of a program, and the words of a command line that are neither options nor their values. */
import type { Command } from "commander";

/** Long options without the dashes. */
export interface KnownOptions {
  readonly flags: ReadonlySet<string>;
  /** Those that a value follows. */
  readonly valued: ReadonlySet<string>;
}

/** Every long option of a program and its commands. */
export function knownOptions(program: Command): KnownOptions {
  const flags = new Set<string>(["help"]);
  const valued = new Set<string>();
  const visit = (command: Command): void => {
    for (const option of command.options) (option.required ? valued : flags).add(option.long?.slice(2) ?? "");
    for (const child of command.commands) visit(child);
  };
  visit(program);
  return { flags, valued };
}

/** Names of commands and their arguments, in order. */
export function operandsOf(args: readonly string[], { valued }: KnownOptions): readonly string[] {
  return args.filter((word, place) => {
    const before = args[place - 1] ?? "";
    return !word.startsWith("-") && !(before.startsWith("--") && valued.has(before.slice(2)));
  });
}
