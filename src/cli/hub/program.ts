/** The program mesh-hub: its commands with their options. Bodies are loaded when they are needed. */
import { Command } from "commander";
import { dressProgram, tellUsage } from "../term/usage.ts";
import { CommandMaker, wholeNumber } from "./command-maker.ts";
import { addHouseCommands } from "./house-commands.ts";
import type { InitFlags } from "./init.ts";
import type { HubSurroundings } from "./invocation.ts";
import { addMachineCommands } from "./machine-commands.ts";
import { addUpkeepCommands } from "./upkeep-commands.ts";
import { addWebCommands } from "./web-commands.ts";
import { addWorldCommands } from "./world-commands.ts";

/** Runs mesh-hub with the arguments after the program's name. @returns the exit status */
export async function runHubProgram(argv: readonly string[], surroundings: HubSurroundings): Promise<number> {
  const make = new CommandMaker(surroundings);
  const program = new Command("mesh-hub")
    .description("Home hub of the Mathematical Mesh: connects devices by their printed code and keeps them under their owner's keys")
    .showSuggestionAfterError();
  make.command(program, "run", "run the hub in the foreground").action(make.body(({ load }) => surroundings.actions.run(load(), load)));
  make
    .command(program, "init", "write the configuration and connect this hub to its owner's account")
    .option("--pin-file <file>", "file that holds it (- is stdin), so that it stands in no list of processes")
    .option("--pin <uri>", "PIN of the owner, as 'meshman account pin --role hub' shows it")
    .option("--account <address>", "the owner's address; then compare the witness instead of giving a PIN")
    .option("--service <url>", "address of the owner's Mesh service")
    .option("--name <name>", "name of this hub")
    .option("--wait <seconds>", "how long to wait for the owner", wholeNumber, 600)
    .action(make.body(async (invocation, flags: InitFlags) => (await import("./init.ts")).init(invocation, flags)));
  addHouseCommands(program, make);
  addUpkeepCommands(program, make);
  addWebCommands(program, make);
  addWorldCommands(program, make);
  addMachineCommands(program, make);
  dressProgram(program, surroundings);
  if (argv.length === 0) {
    surroundings.stdout.write(program.helpInformation());
    return 0;
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
    return make.status;
  } catch (error) {
    return tellUsage(error, { program, args: argv, streams: surroundings, commands: "see 'mesh-hub --help' for the commands" });
  }
}
