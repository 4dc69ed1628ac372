/** The commands of `meshman contact` with their arguments. */
import type { Command } from "commander";
import type { Run } from "../declare.ts";
import type { AddFlags } from "./book.ts";
import type { CodeFlags, StaticFlags } from "./exchange.ts";
import type { ExportFlags } from "./file.ts";

/** Adds the commands. */
export function addContactCommands(contact: Command, run: Run): void {
  addBook(contact, run);
  addFiles(contact, run);
  addExchange(contact, run);
}

function addBook(contact: Command, run: Run): void {
  const load = () => import("./book.ts");
  contact
    .command("list")
    .description("contacts with what is behind their fingerprints, and who wants to be one")
    .action(() => run(async (call) => (await load()).contactList(call)));
  contact
    .command("get <contact>")
    .description("everything about a contact: name, address, or eight characters of its fingerprint")
    .action((text: string) => run(async (call) => (await load()).contactGet(call, text)));
  contact
    .command("add <file-or-address> [name]")
    .description("a card from a file, or an account by its address; nothing is sent to it")
    .option("--udf <fingerprint>", "the fingerprint that the person said: another one is refused")
    .action((text: string, name: string | undefined, flags: AddFlags) => run(async (call) => (await load()).contactAdd(call, text, name, flags)));
  contact
    .command("delete <contact>")
    .description("forget a contact, with its fingerprint")
    .option("--yes", "do not ask")
    .action((text: string, flags: { yes?: boolean }) => run(async (call) => (await load()).contactDelete(call, text, flags)));
}

function addFiles(contact: Command, run: Run): void {
  const load = () => import("./file.ts");
  contact
    .command("import <file>")
    .description("take in the cards of a file, vCard or JSON (- is stdin)")
    .option("--self", "it is your own card, which others get")
    .action((file: string, flags: { self?: boolean }) => run(async (call) => (await load()).contactImport(call, file, flags)));
  contact
    .command("export [contact]")
    .description("one contact or all of them, as vCards or JSON")
    .option("--format <format>", "vcard or json", "vcard")
    .option("--out <file>", "write them there")
    .action((text: string | undefined, flags: ExportFlags) => run(async (call) => (await load()).contactExport(call, text, flags)));
}

function addExchange(contact: Command, run: Run): void {
  const load = () => import("./exchange.ts");
  const byCode = (command: Command): Command =>
    command
      .option("--uri-file <file>", "file that holds the code (- is stdin), so that it stands in no list of processes")
      .option("--name <name>", "what you call them");
  contact
    .command("request <address>")
    .description("give somebody your contact and ask for theirs; accepts whoever has asked you")
    .option("--message <text>", "a line to go with it")
    .option("--name <name>", "what you call them")
    .action((address: string, flags: { message?: string; name?: string }) =>
      run(async (call) => (await load()).contactRequest(call, address, flags)),
    );
  byCode(contact.command("exchange [uri]").description("exchange contacts by the code that the other side shows or printed")).action(
    (uri: string | undefined, flags: CodeFlags) => run(async (call) => (await load()).contactExchange(call, uri, flags)),
  );
  byCode(contact.command("fetch [uri]").description("take the contact of a printed code, and send nothing")).action(
    (uri: string | undefined, flags: CodeFlags) => run(async (call) => (await load()).contactFetch(call, uri, flags)),
  );
  contact
    .command("static")
    .description("publish your contact under a code for your card")
    .option("--new", "withdraw the code before, and make another")
    .option("--withdraw", "withdraw it")
    .option("--qr", "show it as a QR code")
    .action((flags: StaticFlags) => run(async (call) => (await load()).contactStatic(call, flags)));
  contact
    .command("dynamic")
    .description("a code to show: one person exchanges contacts with you by it, within a day")
    .option("--qr", "show it as a QR code")
    .action((flags: { qr?: boolean }) => run(async (call) => (await load()).contactDynamic(call, flags)));
}
