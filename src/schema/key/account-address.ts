/** Account addresses: `user@domain`, kept in lower case (protocol-09 §2; lower case before any use in a MAC). */
import { MeshError } from "../../base/errors.ts";

/** The address in its stored form. Errors: ERR_USAGE when it is none. */
export function accountAddress(text: string): string {
  const address = text.trim().toLowerCase();
  if (address.length > 254 || !/^[a-z0-9][a-z0-9._+-]*@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(address)) {
    throw new MeshError("ERR_USAGE", `${JSON.stringify(text.slice(0, 80))} is not an account address`, { hint: "write it as name@example.com" });
  }
  return address;
}
