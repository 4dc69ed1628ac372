/** The commands of mesh-hub for its page, and for programs that use it over the web. */
import type { Command } from "commander";
import { several } from "../term/several.ts";
import { type CommandMaker, wholeNumber } from "./command-maker.ts";
import type { OpenFlags, TokenFlags } from "./web.ts";

/** Adds the commands. */
export function addWebCommands(program: Command, make: CommandMaker): void {
  const web = () => import("./web.ts");
  make
    .command(program, "open", "print a link that opens the page of this hub, once and within a minute")
    .option("--name <name>", "who is to use it, as the log names them")
    .option("--no-qr", "without the code for a phone")
    .action(make.body(async (invocation, flags: OpenFlags) => (await web()).open(invocation, flags)));
  const token = program.command("token").description("tokens of programs that use the hub over the web");
  make
    .command(token, "add <name>", "make one that reads; its secret is shown this once")
    .option("--command", "it also gives commands that do no harm")
    .option("--risky", "it also gives commands that open, heat or alarm")
    .option("--manage", "it also connects devices and clears alarms")
    .option("--place <name>", "only in this place; may be repeated", several)
    .option("--class <class>", "only devices of this class; may be repeated", several)
    .option("--device <name>", "only this device; may be repeated", several)
    .option("--days <days>", "how long it is good; until you end it otherwise", wholeNumber)
    .action(make.body(async (invocation, name: string, flags: TokenFlags) => (await web()).tokenAdd(invocation, name, flags)));
  make.command(token, "list", "tokens, and pages that are signed in").action(make.body(async (invocation) => (await web()).tokenList(invocation)));
  make
    .command(token, "delete <name>", "end a token by its name, or a page by its id: it is refused at once")
    .action(make.body(async (invocation, name: string) => (await web()).tokenDelete(invocation, name)));
}
