/** Opening files and messages that are sealed to the account. schema-08 §9.2; extensions §6. */
import type { DareEnvelope, DareHeader, OpeningKeys } from "../../dare/index.ts";
import { openEnvelope } from "../../dare/index.ts";
import type { AccountContext } from "../context/account-context.ts";

/** Keys of the account that may open what has this header. Errors: those of the service. */
export async function openingKeys({ keys }: AccountContext, _header: DareHeader): Promise<OpeningKeys> {
  return { keys: keys.accountEncryption ? [keys.accountEncryption] : [] };
}

/** The payload of an envelope that is sealed to the account; its signatures are the caller's to verify. Errors: ERR_VERIFICATION; those of openingKeys. */
export async function openAccountEnvelope(context: AccountContext, envelope: DareEnvelope): Promise<Uint8Array> {
  return openEnvelope(envelope, { ...(await openingKeys(context, envelope.header)), sealed: true });
}
