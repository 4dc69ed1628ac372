/** The commands of `meshman dare` with their arguments. */
import type { Command } from "commander";
import { Option } from "commander";
import { several } from "../../term/several.ts";
import type { Run } from "../declare.ts";
import { withKey } from "../key/commands.ts";
import type { KeyFlags } from "../key/given.ts";
import type { DecodeFlags } from "./decode.ts";
import type { EarlFlags } from "./earl.ts";
import type { EncodeFlags } from "./encode.ts";
import type { ExtractFlags } from "./extract.ts";
import type { OpeningFlags } from "./opening.ts";
import type { SealingFlags } from "./sealing.ts";
import { typeNames, useNames } from "./type-names.ts";

type CreateFlags = Parameters<typeof import("./create.ts")["dareCreate"]>[2];
type ArchiveFlags = Parameters<typeof import("./archive.ts")["dareArchive"]>[2];
type AppendFlags = Parameters<typeof import("./append.ts")["dareAppend"]>[2];
type CopyFlags = Parameters<typeof import("./copy.ts")["dareCopy"]>[3];

/** Adds the commands. */
export function addDareCommands(dare: Command, run: Run): void {
  addEnvelopes(dare, run);
  addWriting(dare, run);
  addReading(dare, run);
}

const force = ["--force", "replace a file that has the name"] as const;

/** The options of commands that seal. */
export function withSealing(command: Command): Command {
  return withKey(
    command
      .option("--encrypt <recipient>", "who can open it: 'self' or a contact; may be given several times", several)
      .option("--sign <key>", "sign it as 'account' or as this 'device'"),
  );
}

/** The options of commands that open. */
export function withOpening(command: Command): Command {
  return withKey(command.option("--signed-by <who>", "refuse what is not signed by 'self' or this contact"));
}

function addEnvelopes(dare: Command, run: Run): void {
  withSealing(dare.command("encode <file> [out]").description("make a file, stdin (-) or the files of a directory into envelopes (FILE.dare)"))
    .option("--cty <type>", "content type (default: by the name of the file)")
    .option("--sub", "of a directory: with all directories in it")
    .option("--no-hash", "do not state the digest of the content")
    .option(...force)
    .action((file: string, out: string | undefined, flags: EncodeFlags) =>
      run(async (call) => (await import("./encode.ts")).dareEncode(call, file, out, flags)),
    );
  withOpening(dare.command("decode <file> [out]").description("take the content out of an envelope, when all of it has been verified (- is a pipe)"))
    .option(...force)
    .action((file: string, out: string | undefined, flags: DecodeFlags) =>
      run(async (call) => (await import("./decode.ts")).dareDecode(call, file, out, flags)),
    );
  withOpening(dare.command("verify <file>").description("check an envelope or archive, and tell who sealed it for whom")).action(
    (file: string, flags: OpeningFlags) => run(async (call) => (await import("./verify.ts")).dareVerify(call, file, flags)),
  );
  dare
    .command("digest <file>")
    .description("the digest that stands for an envelope or archive")
    .action((file: string) => run(async (call) => (await import("./digest.ts")).dareDigest(call, file)));
  withKey(dare.command("earl <file> <domain>").description("encrypt a file under a key that also finds it: an EARL"))
    .option("--out <directory>", "where the encrypted file goes, under its locator", ".earl")
    .option("--new", "make a new key, as happens without --key")
    .option("--cty <type>", "content type (default: by the name of the file)")
    .option("--sign <key>", "sign it as 'account' or as this 'device'")
    .option(...force)
    .action((file: string, domain: string, flags: EarlFlags) => run(async (call) => (await import("./earl.ts")).dareEarl(call, file, domain, flags)));
}

/** The options that say which sequence is made. */
function withType(command: Command): Command {
  command.option("--type <type>", `type of the sequence: ${typeNames.join(", ")} (merkle)`);
  for (const name of ["plain", ...typeNames, "merkel"]) command.addOption(new Option(`--${name}`, `the same as --type ${name}`).hideHelp());
  return command;
}

const indexFlags = ["--no-index", "without an index record at the end"] as const;
const legacy = ["--legacy", "read what the reference implementation wrote from 2018 to 2023"] as const;

function addWriting(dare: Command, run: Run): void {
  const create = withType(withSealing(dare.command("create <file>").description("an empty archive, log, catalog or spool"))).option(...force);
  for (const use of useNames) create.option(`--${use}`, `for use as ${use}${use === "archive" ? " (unless given)" : ""}`);
  create.action((file: string, flags: CreateFlags) => run(async (call) => (await import("./create.ts")).dareCreate(call, file, flags)));
  withType(withSealing(dare.command("archive <directory>").description("the files of a directory as an archive")))
    .option("--out <file>", "where it goes (DIRECTORY.dare)")
    .option(...indexFlags)
    .option(...force)
    .action((directory: string, flags: ArchiveFlags) => run(async (call) => (await import("./archive.ts")).dareArchive(call, directory, flags)));
  withSealing(dare.command("append <archive> <file>").description("put a file into an archive, in place of one of the same name"))
    .option("--id <name>", "its name there")
    .option("--index", "with an index record after it")
    .action((archive: string, source: string, flags: AppendFlags) =>
      run(async (call) => (await import("./append.ts")).dareAppend(call, { archive, source }, flags)),
    );
  withSealing(dare.command("log <log> <entry>").description("append a text to a log (- reads it from stdin)")).action(
    (file: string, entry: string, flags: SealingFlags) => run(async (call) => (await import("./log.ts")).dareLog(call, file, entry, flags)),
  );
  withKey(dare.command("delete <archive> [name]").description("take a file out of an archive"))
    .option("--file <name>", "the same")
    .action((archive: string, name: string | undefined, flags: KeyFlags & { file?: string }) =>
      run(async (call) => (await import("./delete.ts")).dareDelete(call, archive, name, flags)),
    );
  withSealing(dare.command("index <archive>").description("append an index record, by which readers find entries")).action(
    (file: string, flags: SealingFlags) => run(async (call) => (await import("./index-record.ts")).dareIndex(call, file, flags)),
  );
  withType(withSealing(dare.command("copy <archive> <out>").description("write an archive anew, without what was deleted or replaced")))
    .option("--decrypt", "in clear")
    .option("--no-purge", "with what was deleted or replaced")
    .option(...indexFlags)
    .option(...legacy)
    .option(...force)
    .action((archive: string, out: string, flags: CopyFlags) => run(async (call) => (await import("./copy.ts")).dareCopy(call, archive, out, flags)));
}

function addReading(dare: Command, run: Run): void {
  dare
    .command("dir <archive>")
    .description("files of an archive")
    .option(...legacy)
    .action((file: string, flags: { legacy?: boolean }) => run(async (call) => (await import("./dir.ts")).dareDir(call, file, flags)));
  dare
    .command("list <archive> [out]")
    .description("every record of an archive or log")
    .option(...legacy)
    .action((file: string, out: string | undefined, flags: { legacy?: boolean }) =>
      run(async (call) => (await import("./list.ts")).dareList(call, file, out, flags)),
    );
  withOpening(dare.command("extract <archive> [out]").description("one entry of an archive (- is stdout), or all of them below a directory"))
    .option("--file <name>", "the file of this name")
    .option("--record <number>", "the record of this number")
    .option(...legacy)
    .option(...force)
    .action((archive: string, out: string | undefined, flags: ExtractFlags) =>
      run(async (call) => (await import("./extract.ts")).dareExtract(call, archive, out, flags)),
    );
}
