/** mesh-service: a Mesh Service Provider as a process, and what whoever runs it needs. */
import { Command } from "commander";
import { refuseEmpty } from "../../cli/term/empty.ts";
import { fail } from "../../cli/term/failure.ts";
import { createOutput } from "../../cli/term/output.ts";
import { dressProgram, tellUsage, wantsJson } from "../../cli/term/usage.ts";
import { addInvite } from "../service/invite.ts";
import { addPeer } from "../service/peer.ts";
import { addRun, listLimits } from "../service/run.ts";

function failed(error: unknown): void {
  process.exitCode = fail(createOutput(process, { json: wantsJson(process.argv) }), error);
}

const program = new Command("mesh-service")
  .description("Mesh Service Provider: keeps the encrypted stores of accounts and carries their messages")
  .hook("preAction", (_program, command) => {
    refuseEmpty(command);
    // What is written is all that a command is for; a service whose address nobody can read goes on.
    process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
      if (command !== run && code !== "EPIPE") process.exitCode = 74;
    });
  });
const run = program.command("run", { isDefault: true });
addRun(run, { failed });
addInvite(program.command("invite"));
addPeer(program.command("peer"));
program
  .command("limits")
  .description("names and values of the limits on callers")
  .action(() => listLimits((text) => process.stdout.write(text)));
program.addHelpText("after", () => `\n${run.helpInformation()}`);
dressProgram(program, process);
try {
  await program.parseAsync();
} catch (error) {
  try {
    process.exitCode = tellUsage(error, { program, args: process.argv.slice(2), streams: process, commands: "see 'mesh-service --help'" });
  } catch {
    failed(error);
  }
}
