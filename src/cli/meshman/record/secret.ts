/** A password of the command line: as a word, or from a file, so that it stands in no list of processes. */
import { MeshError } from "../../../base/errors.ts";
import { readSecretText } from "../../term/secret-text.ts";
import type { Invocation } from "../surroundings.ts";

/** Where it comes from. */
export interface PasswordFlags {
  readonly passwordFile?: string;
}

/** Errors: ERR_USAGE for both or none; those of readSecretText. */
export async function passwordOf({ stdin }: Invocation, secret: string | undefined, { passwordFile }: PasswordFlags): Promise<string> {
  if ((secret === undefined) === (passwordFile === undefined))
    throw new MeshError("ERR_USAGE", secret === undefined ? "no password is given" : "two passwords are given", {
      hint: "give --password-file FILE (- is stdin), or the password as the last word",
    });
  return secret ?? readSecretText({ kind: "password", file: passwordFile ?? "-", cwd: process.cwd(), stdin });
}
