/** The commands by which mesh-hub is looked after: how it is, what was done, what it was caught at, new programs for its devices. */
import type { Command } from "commander";
import type { AuditFlags } from "./audit.ts";
import type { CommandMaker } from "./command-maker.ts";
import type { UpdateFlags } from "./update.ts";

/** Adds the commands. */
export function addUpkeepCommands(program: Command, make: CommandMaker): void {
  const talk = () => import("./talk.ts");
  make.command(program, "status", "how the hub is").action(make.body(async (invocation) => (await talk()).status(invocation)));
  make
    .command(program, "audit", "who gave which order, and what came of it")
    .option("--since <time>", "from then on: 2h, 3d, 2026-12-24")
    .option("--device <device>", "of one device, by name")
    .option("--verify", "whether the list is the one that was written; exit status 77 when it is not")
    .action(make.body(async (invocation, flags: AuditFlags) => (await import("./audit.ts")).audit(invocation, flags)));
  make
    .command(program, "alarm", "what the service was caught at, and files that were damaged; it stays until you have cleared it")
    .option("--clear", "you have looked into it: all of it counts as seen")
    .action(make.body(async (invocation, { clear = false }: { clear?: boolean }) => (await talk()).alarm(invocation, { clear })));
  make
    .command(
      program,
      "removed <file>",
      "this hub was removed: take the owner's word, from 'meshman device delete --evidence'; it stops and erases its keys",
    )
    .action(make.body(async (invocation, file: string) => (await talk()).removed(invocation, file)));
  make
    .command(program, "update <device> <file>", "give a device another program, from a file of its maker; hub and device check who has signed it")
    .option("--signer <key>", "the maker's key, where the device does not say who signs its programs (64 hexadecimal digits)")
    .action(
      make.body(async (invocation, name: string, file: string, flags: UpdateFlags) =>
        (await import("./update.ts")).update(invocation, name, file, flags),
      ),
    );
}
