/** The commands of mesh-hub for other worlds that see the house: Home Assistant, and ecosystems that speak Matter. */
import type { Command } from "commander";
import type { CommandMaker } from "./command-maker.ts";
import type { PairFlags } from "./matter.ts";

/** Adds the commands. */
export function addWorldCommands(program: Command, make: CommandMaker): void {
  addHomeAssistant(program, make);
  addMatter(program, make);
}

function addHomeAssistant(program: Command, make: CommandMaker): void {
  const ha = program.command("ha").description("Home Assistant: its login, and the devices that it sees");
  const load = () => import("./home-assistant.ts");
  make
    .command(ha, "connect", "make its login at the hub's broker, in the place of any before; the password is shown this once")
    .action(make.body(async (invocation) => (await load()).connect(invocation)));
  make
    .command(ha, "disconnect", "end its login; it sees nothing any more")
    .action(make.body(async (invocation) => (await load()).disconnect(invocation)));
  make.command(ha, "devices", "the devices, and which of them it sees").action(make.body(async (invocation) => (await load()).devices(invocation)));
  make
    .command(ha, "allow <devices...>", "let it see devices, and order what does no harm")
    .action(make.body(async (invocation, names: string[]) => (await load()).share(invocation, names, true)));
  make
    .command(ha, "deny <devices...>", "take devices away from it")
    .action(make.body(async (invocation, names: string[]) => (await load()).share(invocation, names, false)));
}

function addMatter(program: Command, make: CommandMaker): void {
  const matter = program
    .command("matter")
    .description("the house for ecosystems that speak Matter: which devices go out, and who may add the bridge");
  const load = () => import("./matter.ts");
  make
    .command(matter, "status", "how the bridge is, and which ecosystems have added it")
    .action(make.body(async (invocation) => (await load()).status(invocation)));
  make
    .command(matter, "pair", "print a code by which an ecosystem adds the bridge within fifteen minutes; it is shown this once")
    .option("--no-qr", "without the picture")
    .action(make.body(async (invocation, flags: PairFlags) => (await load()).pair(invocation, flags)));
  make
    .command(matter, "disconnect", "take the bridge out of every ecosystem")
    .action(make.body(async (invocation) => (await load()).disconnect(invocation)));
  make
    .command(matter, "devices", "the devices, what they are to Matter, and which of them go out")
    .action(make.body(async (invocation) => (await load()).devices(invocation)));
  make
    .command(matter, "allow <devices...>", "let devices go out, to be seen and told what does no harm")
    .action(make.body(async (invocation, names: string[]) => (await load()).share(invocation, names, true)));
  make
    .command(matter, "deny <devices...>", "let devices go out no more")
    .action(make.body(async (invocation, names: string[]) => (await load()).share(invocation, names, false)));
  make
    .command(matter, "serve <socket> <directory>", "be the bridge of a hub, as mesh-hub-matter.service does, until the hub goes")
    .action(make.body(async (invocation, socket: string, directory: string) => (await import("./beside.ts")).bridge(invocation, socket, directory)));
}
