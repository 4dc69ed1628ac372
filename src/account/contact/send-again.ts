/**
 * Contacts that were sent and did not arrive, for a reason that passes: the same message goes out again, after pauses that grow, and not for ever.
 * What the services say of it is in Outbound; nothing else is kept. extensions §10
 */
import { asMeshError } from "../../base/errors.ts";
import { verifyEnvelope } from "../../dare/index.ts";
import { publicKeyOf } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { isOfSurroundings } from "../context/surroundings.ts";
import type { NotTaken } from "../message/not-taken.ts";
import { notTaken, notTakenName } from "../message/not-taken.ts";
import type { KnownContact } from "./contact-book.ts";

/** After the first refusal; then twice as long each time. */
const firstMs = 3600_000;
const longestMs = 24 * 3600_000;
/** Who was asked so often has had more than a week to make room; each time another service tries for up to two days by itself. */
const mostTimes = 12;

/** When a message may go out again, in milliseconds since 1970; undefined for what does not pass, or was refused too often. */
export function nextTry({ state, errorCode, time = 0, times }: NotTaken): number | undefined {
  const isPassing = state === "Undelivered" || errorCode === "ERR_QUOTA" || errorCode === "ERR_BUSY";
  if (!isPassing || times >= mostTimes) return undefined;
  return time + Math.min(firstMs * 2 ** (times - 1), longestMs);
}

/** How the owner's contact fares that was sent last and has not arrived. */
export interface Undelivered {
  readonly errorCode?: string;
  /** When it goes out again, in milliseconds since 1970; undefined when it does not. */
  readonly next?: number;
}

/** Contacts whose last message was not taken, by their keys. Errors: ERR_NOT_AUTHORIZED when this device may not read Outbound. */
export async function undeliveredContacts(context: AccountContext, all: readonly KnownContact[]): Promise<ReadonlyMap<string, Undelivered>> {
  const refused = await notTaken(context);
  const found = new Map<string, Undelivered>();
  for (const { key, address, entry } of all) {
    const refusal = entry.ToldBy === undefined ? undefined : refused.get(notTakenName(entry.ToldBy, address ?? ""));
    if (!refusal) continue;
    const [{ errorCode }, next] = [refusal, nextTry(refusal)];
    found.set(key, { ...(errorCode === undefined ? {} : { errorCode }), ...(next === undefined ? {} : { next }) });
  }
  return found;
}

/**
 * Sends the message itself once more, if this account signed it: a request has its PIN in it. @returns false when it has to be made anew, or cannot be
 * Errors: those of the service and the disk.
 */
export async function sendAgain(context: AccountContext, { key, address, entry }: KnownContact, refusal: NotTaken): Promise<boolean> {
  if (refusal.errorCode === "ERR_KEY" || address === undefined) return false;
  const message = await context.messageAt("MMM_Outbound", refusal.index);
  if (!message || message.envelopeId !== entry.ToldBy) return false;
  try {
    verifyEnvelope(message.envelope, [publicKeyOf(context.profile.AccountSignature)]);
    await context.transact({ messages: [{ spool: "MMM_Outbound", envelope: message.envelope, to: [address] }] });
    return true;
  } catch (error) {
    if (isOfSurroundings(error)) throw error;
    context.ports.log.warn("contact.untold", { contact: key, reason: asMeshError(error).message });
    return false;
  }
}
