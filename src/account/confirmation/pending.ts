/**
 * Requests of other accounts to confirm something: what waits for the owner, and what only has to be closed. A request counts when a contact signed
 * it with the key of the newest profile of the root that it is pinned to, and its service and it name the same sender. One under a key that is not
 * known yet waits for the profile that names it. protocol-09 §7.10; extensions §13
 */
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { encodeObject } from "../../codec/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { RequestConfirmation } from "../../schema/index.ts";
import { inboundOf } from "../contact/inbound-grant.ts";
import { newestSenders } from "../contact/newest-senders.ts";
import type { KnownSender } from "../contact/sender-book.ts";
import type { AccountContext } from "../context/account-context.ts";
import { AwaitingProfile } from "../message/awaiting-profile.ts";
import type { Mail } from "../message/mail.ts";
import { openMail } from "../message/mail.ts";
import type { RefusedMessage } from "../message/refused.ts";
import { signingOf } from "../message/signed-by.ts";
import type { Reader } from "../message/spool-view.ts";
import { spoolView } from "../message/spool-view.ts";
import { accountEncryptionKeys } from "../power/opening-keys.ts";
import { confirmationMs, isOver, mostText } from "./request.ts";

/** Requests of one sender, and of all, that wait at once. */
export const confirmationsWaiting = { each: 16, all: 256 } as const;

/** A request that waits for the owner. */
export interface PendingConfirmation {
  readonly messageId: string;
  readonly index: number;
  readonly envelopeId: string;
  readonly sender: KnownSender;
  readonly text: string;
  readonly expires?: string;
  /** When it came. */
  readonly received?: string;
  /** As it came. */
  readonly envelope: DareEnvelope;
}

/** Octets of a request: an answer carries it along and has to fit into a message itself. */
const mostRequestOctets = 16_384;

const readRequest: Reader<Mail<RequestConfirmation>> = (context, message) => {
  const octets = message.envelope.body.length;
  if (octets > mostRequestOctets)
    throw new MeshError("ERR_TOO_LARGE", `a request to confirm of ${octets} octets, at most ${mostRequestOctets} are read`);
  const mail = openMail(context, RequestConfirmation, message);
  const { length } = mail.value.Text;
  if (length > mostText) throw new MeshError("ERR_TOO_LARGE", `a text of ${length} characters to confirm, at most ${mostText} are shown`);
  return mail;
};

/** Requests, oldest first. None on a device that cannot open the account's mail. */
export async function inspectConfirmations(
  context: AccountContext,
): Promise<{ readonly pending: readonly PendingConfirmation[]; readonly refused: readonly RefusedMessage[] }> {
  const refused: RefusedMessage[] = [];
  const pending: PendingConfirmation[] = [];
  if (accountEncryptionKeys(context).length === 0) return { pending, refused };
  const inbound = await spoolView(context, "MMM_Inbound");
  const messages = await inbound.firstOfName(RequestConfirmation.tag, readRequest, ({ value }) => encodeObject(RequestConfirmation, value));
  if (messages.length === 0) return { pending, refused };
  const known = await newestSenders(context);
  const awaiting = new AwaitingProfile();
  const names = new Set<string>();
  const counts = new Map<string, number>();
  for (const { index, envelopeId, reading } of messages) {
    const place = { index, envelopeId };
    if (reading.fault) {
      refused.push({ ...place, relationship: "Unreadable", reason: reading.fault.message });
      continue;
    }
    const { value, sender: address, envelope, received } = reading.value;
    const sender = known(address);
    const count = counts.get(address) ?? 0;
    const verdict = verdictOn(context, { mail: reading.value, sender, count, all: pending.length, isRepeated: names.has(envelopeId), awaiting });
    if (verdict === "waits") continue;
    if (verdict) {
      // By its place: the name may be that of another one.
      refused.push({ ...place, ...verdict });
      continue;
    }
    if (!sender) continue;
    names.add(envelopeId);
    counts.set(address, count + 1);
    pending.push({
      ...place,
      messageId: value.MessageId,
      sender,
      text: value.Text,
      envelope,
      ...expiryOf(reading.value),
      ...(received === undefined ? {} : { received: dateTime(received) }),
    });
  }
  return { pending, refused };
}

type Verdict = Pick<RefusedMessage, "relationship" | "reason">;

interface Judged {
  readonly mail: Mail<RequestConfirmation>;
  readonly sender: KnownSender | undefined;
  readonly count: number;
  readonly all: number;
  readonly isRepeated: boolean;
  readonly awaiting: AwaitingProfile;
}

/** Why a request is not put before the owner; "waits" for one that is looked at again. */
function verdictOn(context: AccountContext, { mail, sender, count, all, isRepeated, awaiting }: Judged): Verdict | "waits" | undefined {
  const { each, all: most } = confirmationsWaiting;
  const now = context.ports.clock.now();
  const reject = (reason: string): Verdict => ({ relationship: "Reject", reason });
  if (!sender) return reject(`${mail.sender} is no contact`);
  const signing = signingOf(mail, sender.profile);
  if (signing === "former") return reject(`${mail.sender} has replaced the key that signed a request to confirm`);
  if (inboundOf(context, mail.sender)?.Active === false) return reject(`${mail.sender} is blocked`);
  if (signing === "current" && isRepeated) return reject(`${mail.sender} used the name of a message again`);
  if (isOver(expiryOf(mail), now)) return { relationship: "Expired", reason: "nobody answered a request to confirm in time" };
  if (signing === "unknown") {
    const reason = awaiting.take(mail.sender, mail.received, now);
    return reason === undefined ? "waits" : reject(reason);
  }
  if (count >= each) return reject(`${each} requests of ${mail.sender} wait already`);
  return all >= most ? reject(`${most} requests to confirm wait already`) : undefined;
}

/** When a request ends: as it says, and after the longest time that one may have. */
function expiryOf({ value: { Expires }, received }: Mail<RequestConfirmation>): { readonly expires?: string } {
  const last = received === undefined ? undefined : dateTime(received + confirmationMs.most);
  if (Expires === undefined || last === undefined) return { expires: Expires ?? last };
  return { expires: fromDateTime(Expires) < fromDateTime(last) ? Expires : last };
}
