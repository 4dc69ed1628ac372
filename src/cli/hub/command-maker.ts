/** What every command of mesh-hub has: its common options, and an end in an exit status; every failure ends in `error:` and `hint:`. */
import { type Command, InvalidArgumentError } from "commander";
import { refuseEmpty } from "../term/empty.ts";
import { fail } from "../term/failure.ts";
import { several } from "../term/several.ts";
import type { CommonFlags, HubSurroundings, Invocation } from "./invocation.ts";
import { invocationOf } from "./invocation.ts";

/** What a command does; a number that it gives is the exit status. */
type Task<A extends unknown[]> = (invocation: Invocation, ...args: A) => Promise<number | undefined> | number | undefined | Promise<void> | void;

/** Makes commands. */
export class CommandMaker {
  readonly surroundings: HubSurroundings;
  /** Exit status of the command that was carried out. */
  status = 0;

  constructor(surroundings: HubSurroundings) {
    this.surroundings = surroundings;
  }

  /** A command with the options that all have. */
  command(parent: Command, usage: string, about: string): Command {
    return parent
      .command(usage)
      .description(about)
      .option("--config <file>", "the configuration (default: ./hub.config.json, then /etc/mesh-hub/hub.config.json)")
      .option("--state-dir <directory>", "where keys, stores and journals live")
      .option("--set <key=value>", "a key of the configuration, as in mqtt.port=1884; may be repeated", several)
      .option("--json", "print JSON")
      .option("--verbose", "tell more on stderr");
  }

  /** A command whose words are another program's; that gives the exit status. */
  handedOn(parent: Command, usage: string, about: string, run: (words: string[]) => Promise<number>): void {
    parent
      .command(usage)
      .description(about)
      .allowUnknownOption()
      .allowExcessArguments()
      .helpOption(false)
      .action(async (words: string[]) => {
        this.status = await run(words).catch((error: unknown) => fail(invocationOf(this.surroundings, {}).output, error));
      });
  }

  /** What commander calls for a command. */
  body<A extends unknown[]>(task: Task<A>): (...args: unknown[]) => Promise<void> {
    return async (...args) => {
      const own = args.at(-1) as Command;
      const invocation = invocationOf(this.surroundings, own.opts<CommonFlags>());
      try {
        refuseEmpty(own);
        this.status = (await task(invocation, ...(args.slice(0, -1) as A))) ?? 0;
      } catch (error) {
        this.status = fail(invocation.output, error);
      }
    };
  }
}

/** A number of an option. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("a whole number is wanted");
  return Number(text);
}
