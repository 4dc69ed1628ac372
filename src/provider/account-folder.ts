/** The folder that an account has at the service. */
import { toHex, utf8 } from "../base/bytes.ts";
import { sha256 } from "../crypto/index.ts";

/** Folder name of an account, from its stored address: no address can escape the directory or tell its user to who lists it. */
export function accountFolder(address: string): string {
  return toHex(sha256(utf8(address)));
}
