/** The ephemeral key that an envelope has for the device. */
import { verificationError } from "../../../src/base/errors.ts";
import type { PublicKey } from "../../../src/crypto/index.ts";
import { publicKey } from "../../../src/crypto/index.ts";
import type { DareHeader } from "../../../src/dare/index.ts";

/** Most entries that are looked at. */
const mostRecipients = 64;

/** The point to agree on. Errors: ERR_VERIFICATION for an envelope that is not the device's, ERR_KEY. */
export function ephemeralFor({ recipients = [] }: DareHeader, key: PublicKey): PublicKey {
  const own = recipients.slice(0, mostRecipients).find(({ kid, epk }) => kid === key.udf && epk?.value.crv === "Ed25519");
  if (!own?.epk) throw verificationError("envelope");
  return publicKey("Ed25519", own.epk.value.Public);
}
