/** Witness of a connection (schema-08 §8.2, protocol-09 §9): the value that both sides show to the user. */
import { fullFingerprint } from "./fingerprint.ts";
import { sha512 } from "./hash.ts";
import type { PublicKey } from "./public-key.ts";
import { presentOctets } from "./udf.ts";

/** Witness of the two profile signature keys and the two nonces. It has no type octet: any first letter can occur. */
export function connectionWitness(input: { accountKey: PublicKey; deviceKey: PublicKey; serverNonce: Uint8Array; clientNonce: Uint8Array }): string {
  const account = sha512(fullFingerprint(input.accountKey), input.serverNonce);
  const device = sha512(fullFingerprint(input.deviceKey), input.clientNonce);
  return presentOctets(sha512(account, device), 140);
}
