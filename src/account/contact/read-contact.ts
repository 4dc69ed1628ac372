/** Opening a MessageContact that came in: whose contact it is, by its own signature and by the service's word. protocol-09 §7.9 */
import { MeshError, verificationError } from "../../base/errors.ts";
import { shorten } from "../../base/shorten.ts";
import { envelopeId, parseUdf } from "../../crypto/index.ts";
import { verifyEnvelope } from "../../dare/index.ts";
import { accountAddress, MessageContact, openObject, publicKeyOf } from "../../schema/index.ts";
import type { Reader } from "../message/spool-view.ts";
import { accountEncryptionKeys } from "../power/opening-keys.ts";
import type { SignedContact } from "./verify-contact.ts";
import { verifyContact } from "./verify-contact.ts";

/** A contact that was opened. */
export interface ReadContact extends SignedContact {
  readonly message: MessageContact;
  readonly received: number | undefined;
}

/** Opens a message: its sender is the account that signed it, that it names, and that the service had it from. */
export const readContact: Reader<ReadContact> = (context, { envelope, envelopeId: id, origin, received }) => {
  const keys = accountEncryptionKeys(context);
  if (keys.length === 0) throw verificationError("contact");
  const message = openObject(MessageContact, envelope, keys);
  if (!message.AuthenticatedData) throw new MeshError("ERR_SCHEMA", "MessageContact.AuthenticatedData: expected a contact");
  const signed = verifyContact(message.AuthenticatedData);
  verifyEnvelope(envelope, [publicKeyOf(signed.profile.value.AccountSignature)]);
  const names = [message.Sender, origin].every((text) => text !== undefined && accountAddress(text) === signed.address);
  if (!names) throw new MeshError("ERR_VERIFICATION", `a contact of ${signed.address} came from ${shorten(origin ?? "nobody", 80)}`);
  if (accountAddress(message.Recipient ?? "") !== context.address || envelopeId(message.MessageId) !== id) throw verificationError("contact");
  if (message.PIN !== undefined) parseUdf(message.PIN);
  return { ...signed, message, received };
};
