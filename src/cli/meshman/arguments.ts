/**
 * The spellings of the drafts: `/option`, `-option` and `/option=value` beside `--option`; `/nooption` clears a flag; `/web`, `/admin` and the
 * other rights stand for `--role`. A word that is no known option is left alone: it may be a path, a name or part of a sentence.
 */

import type { KnownOptions } from "../term/options.ts";

/** Flags of the drafts' option set G, with the role that each stands for. */
const roleFlags: Readonly<Record<string, string>> = {
  root: "super",
  super: "super",
  admin: "admin",
  message: "message",
  web: "web",
  device: "device",
  hub: "hub",
  command: "command",
  threshold: "threshold",
};

/** Arguments in the spelling that the parser reads. Nothing after `--` is touched, nor the value of an option. */
export function normaliseArguments(argv: readonly string[], known: KnownOptions): string[] {
  const plain: string[] = [];
  let isValue = false;
  for (const [position, word] of argv.entries()) {
    if (word === "--") return [...plain, ...argv.slice(position)];
    const normal: string = isValue ? word : normaliseWord(word, known);
    isValue = !isValue && normal.startsWith("--") && known.valued.has(normal.slice(2));
    plain.push(normal);
  }
  return plain;
}

function normaliseWord(word: string, { flags, valued }: KnownOptions): string {
  const [, name, value = ""] = /^(?:\/|--?)([A-Za-z][A-Za-z0-9-]+)(=.*)?$/s.exec(word) ?? [];
  if (name === undefined) return word;
  const option = name.toLowerCase();
  // Before options of that name, whose value the drafts write behind "=": `/device` is a right, `/device=lamp` names one.
  const role = word.startsWith("--") ? undefined : roleFlags[option];
  if (role !== undefined && value === "") return `--role=${role}`;
  if (flags.has(option) || valued.has(option)) return `--${option}${value}`;
  if (option.startsWith("no") && flags.has(`no-${option.slice(2)}`)) return `--no-${option.slice(2)}`;
  return word;
}
