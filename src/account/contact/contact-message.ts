/** MessageContact: the owner's contact on its way to another account, signed with AccountSignature and sealed to the recipient's AccountEncryption. schema-08 §8; protocol-09 §7.9 */
import { newNonce, pinId, pinWitness, saltedPin } from "../../crypto/index.ts";
import { eitherMember } from "../../dare/index.ts";
import type { ContactPerson, Enveloped, ProfileUser } from "../../schema/index.ts";
import { accountAddress, MessageContact, publicKeyOf } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { accountSignatureOf } from "../context/account-keys.ts";
import type { OutgoingMessage } from "../context/write.ts";
import { accountMessage } from "../message/message-envelope.ts";

/** Most characters that go along with a contact. */
export const mostSubject = 500;

/** What goes out. */
export interface ContactSending {
  readonly to: ProfileUser;
  /** The owner's contact. */
  readonly own: Enveloped<ContactPerson>;
  /** Asks for a contact in return, under this PIN. */
  readonly replyPin?: string;
  /** PIN or static code of the recipient: shows that the sender knows it. */
  readonly knownCode?: string;
  readonly subject?: string;
  /** A fresh one when it answers nothing. */
  readonly messageId?: string;
}

/** The message, for the Transact that records what it says. Errors: ERR_NOT_AUTHORIZED. */
export async function contactMessage(context: AccountContext, sending: ContactSending): Promise<OutgoingMessage> {
  const { to, own, replyPin, knownCode, subject } = sending;
  const { ports, address } = context;
  const recipient = accountAddress(to.AccountAddress);
  const value: MessageContact = {
    MessageId: sending.messageId ?? newNonce(ports.random),
    Sender: address,
    Recipient: recipient,
    AuthenticatedData: own,
    ...(knownCode === undefined ? {} : proofOf(context, { code: knownCode, recipient, own })),
    Reply: replyPin !== undefined,
    ...(subject === undefined ? {} : { Subject: subject }),
    ...(replyPin === undefined ? {} : { PIN: replyPin }),
  };
  const envelope = await accountMessage({
    struct: MessageContact,
    value,
    signer: accountSignatureOf(context),
    recipients: [publicKeyOf(to.AccountEncryption)],
    ports,
  });
  return { spool: "MMM_Outbound", envelope, to: [recipient] };
}

function proofOf(
  { ports }: AccountContext,
  { code, recipient, own }: { readonly code: string; readonly recipient: string; readonly own: Enveloped<ContactPerson> },
): Pick<MessageContact, "ClientNonce" | "PinId" | "PinWitness"> {
  const salted = saltedPin(code, "Contact");
  const clientNonce = ports.random.bytes(16);
  const payloadDigest = eitherMember(own, "PayloadDigest") ?? new Uint8Array();
  return {
    ClientNonce: clientNonce,
    PinId: pinId(salted, recipient),
    PinWitness: pinWitness({ salted, account: recipient, clientNonce, payloadDigest }),
  };
}
