/** The commands of `meshman hash` with their arguments. */
import type { Command } from "commander";
import type { Run } from "../declare.ts";
import { withKey } from "../key/commands.ts";
import type { KeyFlags } from "../key/given.ts";
import type { UdfFlags } from "./udf.ts";

/** Adds the commands. */
export function addHashCommands(hash: Command, run: Run): void {
  const alg = "--alg <digest>";
  const fingerprint = (command: Command): Command =>
    command
      .option("--cty <type>", "content type (default: by the name of the file)")
      .option(alg, "SHA-2-512 or SHA-3-512", "SHA-2-512")
      .option("--bits <number>", "precision (140)")
      .option("--expect <fingerprint>", "check against this one");
  fingerprint(hash.command("udf <file>").description("fingerprint of a file (- is stdin)")).action((file: string, flags: UdfFlags) =>
    run(async (call) => (await import("./udf.ts")).hashUdf(call, file, flags)),
  );
  hash
    .command("digest <file>")
    .description("plain digest of a file, in hexadecimal")
    .option(alg, "SHA-2-512, SHA-2-256 or SHA-3-512", "SHA-2-512")
    .action((file: string, flags: { readonly alg?: string }) => run(async (call) => (await import("./digest.ts")).hashDigest(call, file, flags)));
  withKey(fingerprint(hash.command("mac <file>").description("commitment to a file under a key; without one a new nonce is the key"))).action(
    (file: string, flags: UdfFlags & KeyFlags) => run(async (call) => (await import("./mac.ts")).hashMac(call, file, flags)),
  );
}
