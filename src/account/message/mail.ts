/**
 * Messages from one account to another: signed, sealed to the recipient's AccountEncryption and to the account's own, so that all of its devices
 * know what it wrote. What comes in is opened here; whose it is, the contacts say. schema-08 §8; extensions §11.
 */
import { MeshError, verificationError } from "../../base/errors.ts";
import { shorten } from "../../base/shorten.ts";
import type { Struct } from "../../codec/index.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import { envelopeId } from "../../crypto/index.ts";
import type { DareEnvelope, Signer } from "../../dare/index.ts";
import type { ProfileUser } from "../../schema/index.ts";
import { accountAddress, openObject, publicKeyOf } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { OutgoingMessage } from "../context/write.ts";
import { accountEncryptionKeys } from "../power/opening-keys.ts";
import type { SpoolMessage } from "../store/spool-replica.ts";
import { accountMessage } from "./message-envelope.ts";

/** Most octets of a message's body (architecture-17 §4.3): more is neither sent nor read. */
export const mostMessageOctets = 32_768;

/** What every message between accounts says of itself. */
interface Addressed {
  readonly MessageId: string;
  readonly Sender?: string;
  readonly Recipient?: string;
}

/** A message that was opened; nobody has verified its signature yet. */
export interface Mail<T> {
  readonly value: T;
  /** Folded address of its sender, by its own word and the service's. */
  readonly sender: string;
  readonly envelope: DareEnvelope;
  /** Milliseconds since 1970, by the service's word. */
  readonly received: number | undefined;
}

/** A message on its way out; `beside` is a device's own key that signs it, too. Errors: ERR_TOO_LARGE with the figure; those of the signer. */
export async function outgoingMail<T extends Addressed>(
  context: AccountContext,
  options: { readonly struct: Struct<T>; readonly value: T; readonly to: ProfileUser; readonly signer: Signer; readonly beside?: PrivateKey },
): Promise<OutgoingMessage> {
  const { struct, value, to, ...signing } = options;
  const { profile, ports } = context;
  const recipients = [to, profile].map(({ AccountEncryption }) => publicKeyOf(AccountEncryption));
  const envelope = await accountMessage({ struct, value, ...signing, recipients, ports });
  demandSize(envelope);
  return { spool: "MMM_Outbound", envelope, to: [accountAddress(to.AccountAddress)] };
}

/** Opens a message that came in. Errors: ERR_VERIFICATION, ERR_SCHEMA, ERR_TOO_LARGE. */
export function openMail<T extends Addressed>(context: AccountContext, struct: Struct<T>, message: SpoolMessage): Mail<T> {
  const { envelope, origin, received } = message;
  const value = openOwn(context, struct, message);
  const sender = accountAddress(value.Sender ?? "");
  if (origin === undefined || accountAddress(origin) !== sender)
    throw new MeshError("ERR_VERIFICATION", `a message of ${sender} came from ${shorten(origin ?? "nobody", 80)}`);
  if (accountAddress(value.Recipient ?? "") !== context.address) throw verificationError("message");
  return { value, sender, envelope, received };
}

/** Opens a message that the account sent, or was sent. */
export function openOwn<T extends Addressed>(context: AccountContext, struct: Struct<T>, { envelope, envelopeId: id }: SpoolMessage): T {
  demandSize(envelope);
  const keys = accountEncryptionKeys(context);
  if (keys.length === 0) throw new MeshError("ERR_NOT_AUTHORIZED", "this device opens nothing that is sealed to the account");
  const value = openObject(struct, envelope, keys);
  if (envelopeId(value.MessageId) !== id) throw verificationError("message");
  return value;
}

function demandSize({ body }: DareEnvelope): void {
  if (body.length > mostMessageOctets)
    throw new MeshError("ERR_TOO_LARGE", `a message of ${body.length} octets, at most ${mostMessageOctets} are sent and read`);
}
