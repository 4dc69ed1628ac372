/** The commands of `meshman grant` and `meshman guest`. */
import type { Command } from "commander";
import { several } from "../../term/several.ts";
import type { Run } from "../declare.ts";
import type { TermFlags } from "./grant.ts";
import type { GuestSayFlags } from "./guest-say.ts";

const load = () => import("./grant.ts");

/** Adds `grant`. */
export function addGrantCommands(grant: Command, run: Run): void {
  withTerms(
    grant
      .command("add <name>")
      .description("let the holder of a token, a page or a program see and order, within limits; a token is shown once")
      .requiredOption("--kind <kind>", "token, page, home-assistant, mqtt, satellite or matter"),
  ).action((name: string, flags: TermFlags & { kind: string }) => run(async (call) => (await load()).grantAdd(call, name, flags)));
  grant
    .command("list")
    .description("what is granted, also what is over")
    .action(() => run(async (call) => (await load()).grantList(call)));
  grant
    .command("get <name>")
    .description("one of them, by its name or the first characters of its key")
    .action((text: string) => run(async (call) => (await load()).grantGet(call, text)));
  grant
    .command("delete <name>")
    .description("take one back")
    .action((text: string) => run(async (call) => (await load()).grantDelete(call, text)));
}

/** Adds `guest`. */
export function addGuestCommands(guest: Command, run: Run): void {
  withTerms(
    guest.command("add <address>").description("let a contact in: what he may see and order from his own devices, where, and until when"),
  ).action((address: string, flags: TermFlags) => run(async (call) => (await load()).guestAdd(call, address, flags)));
  guest
    .command("list")
    .description("guests, also those whose time is over")
    .action(() => run(async (call) => (await load()).grantList(call, "guest")));
  guest
    .command("houses")
    .description("houses that have let you in, and their hubs")
    .action(() => run(async (call) => (await import("./guest-say.ts")).guestHouseList(call)));
  guest
    .command("say <address> <sentence>")
    .description("say something to the hub of a house that has let you in, from wherever you are; its answer is what the devices report")
    .option("--hub <hub>", "which hub, by the first characters of its fingerprint")
    .option("--language <tag>", 'language of the sentence and of the answer, as in "de"')
    .option("--wait <time>", "how long to wait, and how long the order lives: 30s; 60s at most")
    .action((address: string, sentence: string, flags: GuestSayFlags) =>
      run(async (call) => (await import("./guest-say.ts")).guestSay(call, address, sentence, flags)),
    );
  guest
    .command("delete <address>")
    .description("let one in no more")
    .action((text: string) => run(async (call) => (await load()).grantDelete(call, text, "guest")));
}

/** Adds `edit`; what waits is decided by `message`. */
export function addEditCommands(edit: Command, run: Run): void {
  edit
    .command("allow [kinds...]")
    .description(
      "let this machine's agent make changes of these kinds: rename, move, place-add, place-delete; where a passkey has signed them remove, offer-accept, scene-delete; none ends it",
    )
    .action((kinds: readonly string[]) => run(async (call) => (await import("./edit.ts")).editAllow(call, kinds)));
  edit
    .command("list")
    .description("what is allowed in advance, and what waits")
    .action(() => run(async (call) => (await import("./edit.ts")).editList(call)));
}

function withTerms(command: Command): Command {
  return command
    .option("--place <place>", "a place and what is in it; may be said more than once", several)
    .option("--class <class>", "a class of devices: light", several)
    .option("--device <device>", "one device by name", several)
    .option("--read-only", "see, and order nothing")
    .option("--risky", "also what can do harm: unlock, open, heat; without it a grant is a child lock, and you are asked")
    .option("--until <time>", "its end: 2h, 3d, sunday, tomorrow, 2026-12-24")
    .option("--hub <hub>", "at this hub alone");
}
