/** The commands of `meshman message` with their arguments. */
import type { Command } from "commander";
import { several } from "../../term/several.ts";
import type { Run } from "../declare.ts";
import type { ConfirmFlags, OutcomeFlags } from "./confirm.ts";
import type { DecideFlags } from "./decide.ts";

/** Adds the commands. */
export function addMessageCommands(message: Command, run: Run): void {
  addDecide(message, run);
  addConfirm(message, run);
  addBlock(message, run);
}

function addDecide(message: Command, run: Run): void {
  const load = () => import("./decide.ts");
  message
    .command("pending")
    .description("what waits for you: contacts, confirmations, machines and devices, and what is not known here")
    .action(() => run(async (call) => (await load()).messagePending(call)));
  message
    .command("accept <message> [name]")
    .description("accept what waits, named by eight characters; a name for a contact or a device")
    .option("--role <roles>", "of a machine: what it may do", several)
    .option("--place <place>", "of a device: where it stands")
    .action((text: string, name: string | undefined, flags: DecideFlags) =>
      run(async (call) => (await load()).messageDecide(call, { text, isAccepted: true, flags, ...(name === undefined ? {} : { name }) })),
    );
  message
    .command("reject <message>")
    .description("refuse what waits; who asked you to confirm something is told")
    .action((text: string) => run(async (call) => (await load()).messageDecide(call, { text, isAccepted: false, flags: {} })));
}

const allowed = ["--allow-unconfirmed", "take an acceptance also where their service could not be asked for a newer profile"] as const;

function addConfirm(message: Command, run: Run): void {
  const load = () => import("./confirm.ts");
  message
    .command("confirm <address> <text>")
    .description(
      "ask a contact to confirm something; exit status 0 accepted, 1 rejected, 3 expired, 4 not delivered, 5 accepted but unconfirmed, 75 no answer yet",
    )
    .option("--wait [time]", "wait for the answer, until the request ends or for so long (90s, 10m)")
    .option("--expire <time>", "how long the request is good (default 1h)")
    .option(...allowed)
    .action((address: string, text: string, flags: ConfirmFlags) => run(async (call) => (await load()).messageConfirm(call, address, text, flags)));
  message
    .command("status [message]")
    .description("what became of what you sent; of one message with the exit status of confirm")
    .option(...allowed)
    .action((text: string | undefined, flags: OutcomeFlags) => run(async (call) => (await import("./status.ts")).messageStatus(call, text, flags)));
}

function addBlock(message: Command, run: Run): void {
  const load = () => import("./block.ts");
  message
    .command("block <address-or-message>")
    .description("take nothing of an address, or of who sent a message, any more; what waits of it is closed")
    .action((text: string) => run(async (call) => (await load()).messageBlock(call, text)));
  message
    .command("unblock <address>")
    .description("take a block back")
    .action((text: string) => run(async (call) => (await load()).messageUnblock(call, text)));
  message
    .command("blocked")
    .description("addresses that are blocked")
    .action(() => run(async (call) => (await load()).messageBlocked(call)));
}
