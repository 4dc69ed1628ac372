/** Empty words on the command line: nearly always a variable of a shell that was never set, and never what was meant. */
import type { Command } from "commander";
import { MeshError } from "../../base/errors.ts";

/** Options whose empty value says something: `--alias ""` removes the aliases. */
const meaningful: ReadonlySet<string> = new Set(["--alias"]);

/** Refuses a command whose arguments or options hold an empty word. Errors: ERR_USAGE with the name of what is empty. */
export function refuseEmpty(command: Command): void {
  for (const [position, { required, variadic }] of command.registeredArguments.entries()) {
    const value: unknown = command.processedArgs[position];
    const text = variadic && Array.isArray(value) && value.length > 0 ? value.join("") : value;
    const name = command.registeredArguments[position]?.name() ?? "";
    if (isBlank(text) && (required || text !== undefined)) throw empty(name.toUpperCase(), command);
  }
  for (let owner: Command | null = command; owner; owner = owner.parent) {
    for (const option of owner.options) {
      const value: unknown = owner.getOptionValue(option.attributeName());
      const values = Array.isArray(value) ? value : [value];
      if (values.some(isBlank) && !meaningful.has(option.long ?? "")) throw empty(option.long ?? option.flags, command);
    }
  }
}

function isBlank(value: unknown): boolean {
  return typeof value === "string" && value.trim() === "";
}

function empty(name: string, command: Command): MeshError {
  return new MeshError("ERR_USAGE", `${name} is empty`, { hint: `see '${pathOf(command)} --help'; was a variable of the shell not set?` });
}

/** The names of a command and those above it, as they are typed. */
export function pathOf(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at; at = at.parent) names.unshift(at.name());
  return names.join(" ");
}
