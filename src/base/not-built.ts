/**
 * What the drafts, the design or the docs name and these programs do not do yet: the one list. The README's table "Not built yet" shows
 * it, and whoever asks for one of its names is refused by a sentence (ERR_NOT_BUILT; a value of the configuration as ERR_CONFIG).
 * What is built leaves the list and the table; test/docs/not-built.test.ts tries every name.
 */
import { MeshError } from "./errors.ts";

/** Names of one kind. */
export interface NotBuilt {
  /** Command lines: the program, words of the command, and at the end an option, with its value where the value is meant. */
  readonly names: readonly string[];
  /** What to do instead. */
  readonly instead: string;
}

export const notBuilt: readonly NotBuilt[] = [
  {
    names: ["meshman bookmark import", "meshman calendar import"],
    instead: "add them one by one: 'meshman bookmark add', 'meshman calendar add'",
  },
  {
    names: ["meshman mail", "meshman ssh"],
    instead: "keep these in another program",
  },
  {
    names: ["meshman account export", "meshman account import"],
    instead: "stop the agent, then keep a copy of your machine's state directory where only you can reach it",
  },
  {
    names: ["meshman account move"],
    instead: "make another account and release the devices to it by 'meshman device release'",
  },
  {
    names: ["mesh-hub backup", "mesh-hub restore"],
    instead: "when a hub's disk is lost, delete the hub and connect a new one: the bulbs follow; never put back an old copy",
  },
  {
    names: ["mesh-service backup", "mesh-service restore"],
    instead: "stop the service and copy its directory",
  },
  {
    names: ["mesh-service fsck", "mesh-service admin"],
    instead: "read the service's log: an account that is damaged is named there when it is opened",
  },
  {
    names: ["mesh-service create", "mesh-service dns"],
    instead: "start it with --dir, and give its URL to clients by --service",
  },
];

/** The refusal of a name of the list. */
function refusal(name: string): MeshError | undefined {
  const entry = notBuilt.find(({ names }) => names.includes(name));
  return entry && new MeshError("ERR_NOT_BUILT", `'${name}' is not built yet`, { hint: entry.instead });
}

const names = notBuilt.flatMap((entry) => entry.names);

/**
 * The refusal of a command line that a program does not know.
 * @param operands the words that are no options and no values of options
 */
export function notBuiltCommand(program: string, operands: readonly string[], args: readonly string[]): MeshError | undefined {
  const typed = [program, ...operands];
  const name = names.find((candidate) => {
    const words = candidate.split(" ");
    const option = words.findIndex((word) => word.startsWith("--"));
    const command = option < 0 ? words : words.slice(0, option);
    return command.every((word, place) => typed[place] === word) && (option < 0 || args.includes(words.slice(option).join(" ")));
  });
  return name === undefined ? undefined : refusal(name);
}

/** The refusal of an option's value, as in "--role threshold". */
export function notBuiltValue(option: string): MeshError | undefined {
  const name = names.find((candidate) => candidate.endsWith(` ${option}`));
  return name === undefined ? undefined : refusal(name);
}
