/**
 * Requests and answers that another service did not take because they are sealed to a key that the recipient has replaced: it showed the newer
 * profile, which is learnt, and the message goes out once more under it and under the same name. Only what this account signed is sent again,
 * whatever a service puts into Outbound. extensions §12
 */
import { asMeshError } from "../../base/errors.ts";
import type { Struct } from "../../codec/index.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import type { DareEnvelope, Signer } from "../../dare/index.ts";
import { verifyEnvelope } from "../../dare/index.ts";
import type { ProfileUser } from "../../schema/index.ts";
import { keysAt, RequestConfirmation, ResponseConfirmation } from "../../schema/index.ts";
import { learn } from "../contact/learn.ts";
import { mayFollowProfile } from "../contact/profile-pace.ts";
import { newerProfile } from "../contact/send-to.ts";
import { senderBook } from "../contact/sender-book.ts";
import type { AccountContext } from "../context/account-context.ts";
import { accountSignatureOf } from "../context/account-keys.ts";
import { isOfSurroundings } from "../context/surroundings.ts";
import type { OutgoingMessage } from "../context/write.ts";
import { openOwn, outgoingMail } from "../message/mail.ts";
import type { NotTaken } from "../message/not-taken.ts";
import { notTaken } from "../message/not-taken.ts";
import type { Reader } from "../message/spool-view.ts";
import { spoolView } from "../message/spool-view.ts";
import { accountEncryptionKeys } from "../power/opening-keys.ts";
import { isOver } from "./request.ts";

/** What was looked at; a refusal that comes later is another one. */
const seen = new WeakSet<NotTaken>();

/** A message as it would go out to a profile; undefined when it is not to go any more. */
type Again = { readonly envelope: DareEnvelope; readonly make: (to: ProfileUser) => Promise<OutgoingMessage> } | undefined;

/** Sends once more what can be. @returns true when something went out, which this device's copy of Outbound has after a sync. Errors: those of the service and the disk. */
export async function resealRefused(context: AccountContext): Promise<boolean> {
  if (accountEncryptionKeys(context).length === 0) return false;
  let isSent = false;
  for (const refused of (await notTaken(context)).values()) {
    if (refused.errorCode !== "ERR_KEY" || refused.profile === undefined || seen.has(refused)) continue;
    try {
      const outcome = await reseal(context, refused);
      if (outcome === "later") continue;
      if (outcome === "sent") isSent = true;
    } catch (error) {
      if (isOfSurroundings(error)) throw error;
      context.ports.log.warn("message.not-resealed", { index: refused.index, reason: asMeshError(error).message });
    }
    seen.add(refused);
  }
  return isSent;
}

/** "later" for one that has to wait for the pace at which newer profiles are followed; what goes out under one that is known waits for none. */
async function reseal(context: AccountContext, refused: NotTaken): Promise<"sent" | "over" | "later"> {
  const known = senderBook(context)(refused.address)?.profile;
  const again = known && (await againOf(context, refused));
  if (!again) return "over";
  const newer = newerProfile(refused.profile, known);
  const to = newer?.value ?? known;
  if (again.envelope.header.recipients?.some(({ kid }) => kid === to.AccountEncryption.Udf)) return "over";
  if (newer && !mayFollowProfile(context, refused.address)) return "later";
  await context.transact({
    catalogs: newer ? [learn(context, { profile: newer, way: "FirstUse" })] : [],
    messages: [await again.make(to)],
  });
  return "sent";
}

async function againOf(context: AccountContext, refused: NotTaken): Promise<Again> {
  const message = await context.messageAt("MMM_Outbound", refused.index);
  if (message?.messageType === RequestConfirmation.tag) {
    const { accountSignature: signer } = context.keys;
    const value = await lastOf(context, refused, { type: RequestConfirmation.tag, reader: readRequest });
    if (!signer || !value || isOver(value.Expires === undefined ? {} : { expires: value.Expires }, context.ports.clock.now())) return undefined;
    return again(context, { envelope: message.envelope, struct: RequestConfirmation, value, signer });
  }
  if (message?.messageType === ResponseConfirmation.tag) {
    const value = await lastOf(context, refused, { type: ResponseConfirmation.tag, reader: readResponse });
    const signing = { signer: accountSignatureOf(context), beside: context.keys.signature };
    return value && again(context, { envelope: message.envelope, struct: ResponseConfirmation, value, ...signing });
  }
  return undefined;
}

function again<T extends RequestConfirmation | ResponseConfirmation>(
  context: AccountContext,
  {
    envelope,
    ...mail
  }: { readonly envelope: DareEnvelope; readonly struct: Struct<T>; readonly value: T; readonly signer: Signer; readonly beside?: PrivateKey },
): Again {
  return { envelope, make: (to) => outgoingMail(context, { ...mail, to }) };
}

const readRequest: Reader<RequestConfirmation> = (context, message) => {
  verifyEnvelope(message.envelope, keysAt(context.profile, "AccountSignature", message.received));
  return openOwn(context, RequestConfirmation, message);
};

/** The device that answered signs again. */
const readResponse: Reader<ResponseConfirmation> = (context, message) => {
  verifyEnvelope(message.envelope, [context.keys.signature.public]);
  return openOwn(context, ResponseConfirmation, message);
};

/** The message itself, when it is the last of its name in Outbound: else it went out once more already. */
async function lastOf<T>(
  context: AccountContext,
  { index, envelopeId }: NotTaken,
  { type, reader }: { readonly type: string; readonly reader: Reader<T> },
): Promise<T | undefined> {
  const outbound = await spoolView(context, "MMM_Outbound");
  const last = (await outbound.named(type, envelopeId, reader)).at(-1);
  return last?.index === index && !last.reading.fault ? last.reading.value : undefined;
}
