/** Account addresses `user@domain` as the service stores them: lower case, of bounded length; and the folder that an account has. */
import { toHex, utf8 } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import { sha256 } from "../crypto/index.ts";

const pattern = /^[a-z0-9][a-z0-9._+-]{0,63}@[a-z0-9](?:[a-z0-9-]{0,62})(?:\.[a-z0-9](?:[a-z0-9-]{0,62})){0,8}$/;

/** The folded form of an address; ERR_USAGE when it is none. */
export function accountAddress(text: string): string {
  const folded = text.toLowerCase();
  if (folded.length > 254 || !pattern.test(folded)) throw new MeshError("ERR_USAGE", `not an account address: ${JSON.stringify(text.slice(0, 80))}`);
  return folded;
}

/** Domain of a folded address. */
export function domainOf(address: string): string {
  return address.slice(address.indexOf("@") + 1);
}

/** Folder name of an account: no address can escape the directory or tell its user to who lists it. */
export function accountFolder(address: string): string {
  return toHex(sha256(utf8(address)));
}
