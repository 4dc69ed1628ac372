/** The commands of `meshman dare` with their arguments. */
import type { Command } from "commander";
import { withKey } from "../key/commands.ts";
import type { Body } from "../program.ts";
import type { DecodeFlags } from "./decode.ts";
import type { EarlFlags } from "./earl.ts";
import type { EncodeFlags } from "./encode.ts";
import type { OpeningFlags } from "./opening.ts";

type Run = (body: Body) => Promise<void>;

/** Adds the commands. */
export function addDareCommands(dare: Command, run: Run): void {
  addEnvelopes(dare, run);
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
const force = ["--force", "replace a file that has the name"] as const;

/** The options of commands that seal. */
export function withSealing(command: Command): Command {
  return withKey(
    command
      .option("--encrypt <recipient>", "who can open it: 'self' or a contact; may be given several times", collect)
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
