/**
 * Asking another account for its contact while giving one's own (protocol-09 §7.9): by its address, which rests on the first word of its service,
 * or by a code that was shown, which proves both sides to each other.
 */
import { MeshError } from "../../base/errors.ts";
import type { ConnectUri } from "../../crypto/index.ts";
import { parseConnectUri } from "../../crypto/index.ts";
import type { EntryResponse } from "../../protocol/index.ts";
import type { ProfileUser, Verified } from "../../schema/index.ts";
import { accountAddress } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { OutgoingMessage } from "../context/write.ts";
import { freshPin } from "../message/issued-pin.ts";
import { refusalIn } from "../message/taken.ts";
import { contactMessage, mostSubject } from "./contact-message.ts";
import { fetchContact } from "./fetch.ts";
import { learn } from "./learn.ts";
import type { LookUpOptions } from "./look-up.ts";
import { lookUpProfile } from "./look-up.ts";
import { acceptContact, pendingContacts } from "./pending.ts";
import { ownContact } from "./self-contact.ts";
import type { Way } from "./trust.ts";

/** How long the other side has time to answer. */
const answerSeconds = 30 * 86_400;

/** What came of asking. */
export interface Asked {
  readonly address: string;
  readonly udf: string;
  readonly way: Way;
  /** "answered": they had asked already, and both have each other now. "sent": their answer is waited for. "refused": their service did not take it. */
  readonly outcome: "sent" | "answered" | "refused";
  /** Why it was refused, where their service says so. */
  readonly errorCode?: string;
}

/**
 * Asks an account for its contact. Whoever has asked already is answered instead.
 * Errors: ERR_ACCOUNT_UNKNOWN, ERR_VERIFICATION (another root than the pinned one), ERR_NOT_AUTHORIZED, and those of the service.
 */
export async function requestContact(
  context: AccountContext,
  text: string,
  options: LookUpOptions & { readonly subject?: string; readonly localName?: string } = {},
): Promise<Asked> {
  const address = accountAddress(text);
  demandOther(context, address);
  demandSubject(options.subject);
  const waiting = (await pendingContacts(context)).find((pending) => pending.address === address && pending.replyPin !== undefined);
  if (waiting) {
    const known = await acceptContact(context, waiting, options.localName === undefined ? {} : { localName: options.localName });
    return { address, udf: waiting.udf, way: known.pin?.way ?? "FirstUse", outcome: "answered" };
  }
  const profile = await lookUpProfile(context, address, options);
  return ask(context, { ...options, profile, way: "FirstUse" });
}

/**
 * Exchanges contacts by a code that the other side showed or printed.
 * Errors: ERR_CODE_KIND, ERR_CODE_DAMAGED, ERR_VERIFICATION when the account is not the one that the code names; ERR_NOT_FOUND.
 */
export async function exchangeContact(
  context: AccountContext,
  code: string,
  options: LookUpOptions & { readonly localName?: string } = {},
): Promise<Asked> {
  const uri = parseConnectUri(code);
  demandOther(context, uri.account);
  if (uri.kind === "pin") {
    const profile = await lookUpProfile(context, uri.account, options);
    demandNamed(uri, profile);
    return ask(context, { ...options, profile, knownCode: uri.code, way: uri.udf === undefined ? "FirstUse" : "Exchanged" });
  }
  const fetched = await fetchContact(context, code, options);
  const { profile } = fetched;
  const own = await ownContact(context);
  const message = await contactMessage(context, { to: profile.value, own: own.envelope, knownCode: uri.code });
  const learnt = learn(context, { profile, way: fetched.way, toldBy: message.envelope.header.EnvelopeId });
  const entries = await context.transact({ catalogs: [...own.writes, learnt], messages: [message] });
  return { address: fetched.address, udf: fetched.udf, way: fetched.way, ...outcomeOf(entries, message) };
}

/** The account that a code names is the one that is there. ERR_VERIFICATION with both fingerprints. */
export function demandNamed({ account, udf }: ConnectUri, { value }: Verified<ProfileUser>): void {
  if (udf === undefined || udf === value.ProfileSignature.Udf) return;
  throw new MeshError("ERR_VERIFICATION", `the code is of account ${udf}, the service of ${account} shows ${value.ProfileSignature.Udf}`, {
    hint: "ask for a new code; if that one does not fit either, the service shows you somebody else's account",
  });
}

/** What the person wrote goes out whole or not at all. ERR_TOO_LARGE with the figure. */
function demandSubject(subject = ""): void {
  if (subject.length > mostSubject)
    throw new MeshError("ERR_TOO_LARGE", `a text of ${subject.length} characters, at most ${mostSubject} go along with a contact`, {
      hint: "say the rest when they are a contact of yours",
    });
}

function demandOther(context: AccountContext, address: string): void {
  if (address === context.address)
    throw new MeshError("ERR_USAGE", `${address} is your own account`, { hint: "say the address or code of somebody else" });
}

async function ask(
  context: AccountContext,
  options: {
    readonly profile: Verified<ProfileUser>;
    readonly way: Way;
    readonly knownCode?: string;
    readonly subject?: string;
    readonly localName?: string;
  },
): Promise<Asked> {
  const { profile, way, knownCode, subject, localName } = options;
  const udf = profile.value.ProfileSignature.Udf;
  const own = await ownContact(context);
  const { pin, message } = freshPin(context, { action: "Contact", seconds: answerSeconds, Contact: udf });
  const sent = await contactMessage(context, {
    to: profile.value,
    own: own.envelope,
    replyPin: pin,
    ...(knownCode === undefined ? {} : { knownCode }),
    ...(subject === undefined ? {} : { subject }),
  });
  const learnt = learn(context, {
    profile,
    way,
    isRequested: true,
    toldBy: sent.envelope.header.EnvelopeId,
    ...(localName === undefined ? {} : { localName }),
  });
  const entries = await context.transact({ catalogs: [...own.writes, learnt], messages: [message, sent] });
  return { address: accountAddress(profile.value.AccountAddress), udf, way, ...outcomeOf(entries, sent) };
}

function outcomeOf(entries: readonly EntryResponse[], message: OutgoingMessage): Pick<Asked, "outcome" | "errorCode"> {
  const refusal = refusalIn(entries, message.envelope.header.EnvelopeId);
  return refusal ? { outcome: "refused", ...refusal } : { outcome: "sent" };
}
