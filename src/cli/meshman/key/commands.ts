/** The commands of `meshman key` with their arguments. */
import type { Command } from "commander";
import type { Run } from "../declare.ts";
import type { KeyFlags } from "./given.ts";
import type { RecoverFlags } from "./recover.ts";
import type { ShareFlags } from "./share.ts";

interface BitsFlags {
  readonly bits?: string;
}

/** Adds the commands. */
export function addKeyCommands(key: Command, run: Run): void {
  const bits = "--bits <number>";
  key
    .command("nonce")
    .description("a fresh nonce")
    .option(bits, "its length (128)")
    .action((flags: BitsFlags) => run(async (call) => (await import("./nonce.ts")).keyNonce(call, flags)));
  key
    .command("secret")
    .description("a fresh symmetric key")
    .option(bits, "its length (128)")
    .action((flags: BitsFlags) => run(async (call) => (await import("./secret.ts")).keySecret(call, flags)));
  withKey(key.command("earl").description("a key, and the locator under which what it encrypts is published"))
    .option(bits, "length of a new key (144)")
    .action((flags: KeyFlags & BitsFlags) => run(async (call) => (await import("./earl.ts")).keyEarl(call, flags)));
  withKey(key.command("share [secret]").description("split a symmetric key into shares, of which a quorum gives it back (- reads it from stdin)"))
    .option("--quorum <number>", "how many shares give it back", "2")
    .option("--shares <number>", "how many shares", "3")
    .option(bits, "length of a new key (128)")
    .action((secret: string | undefined, flags: ShareFlags) => run(async (call) => (await import("./share.ts")).keyShare(call, secret, flags)));
  key
    .command("recover [shares...]")
    .description("the key of a quorum of shares")
    .option("--file <file>", "file that holds the shares, one on each line (- is stdin)")
    .option("--identifier <udf>", "refuse a key that is not the one of this identifier, which 'key share' printed")
    .action((shares: readonly string[], flags: Omit<RecoverFlags, "shares">) =>
      run(async (call) => (await import("./recover.ts")).keyRecover(call, { shares, ...flags })),
    );
}

/** The ways to give a key. */
export function withKey(command: Command): Command {
  return command
    .option("--key-file <file>", "file that holds the key (- is stdin), so that it stands in no list of processes")
    .option("--key <key>", "the key itself");
}
