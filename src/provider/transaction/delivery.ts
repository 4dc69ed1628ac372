/**
 * Messages from one account to the spools of another at this service (protocol-09 §7.3, §7.8): orders of guests to MMM_Command, which the hubs of the
 * house read (extensions §18), all others to Inbound. Strangers may introduce themselves
 * (MessageContact) and nothing else, others send what the recipient's Access catalog names (../access/inbound-rule.ts), all within quotas, so that
 * nobody can fill a spool. Appending the same message twice changes nothing.
 */
import { equalBytes } from "../../base/bytes.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { string, struct } from "../../codec/field.ts";
import { decodeOneOf } from "../../codec/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { isEncrypted } from "../../dare/index.ts";
import type { EntryResponse } from "../../protocol/index.ts";
import { accountAddress, guestAnswer, guestOrder, introduction, isSealedToFormer, ProfileUser, peekObject, siteOf } from "../../schema/index.ts";
import { admission, standingOf } from "../access/inbound-rule.ts";
import type { Account } from "../account/account.ts";
import type { StrangerSpool } from "../account/inbound-window.ts";
import type { SpoolMessage } from "../account/spool.ts";
import { spoolFrames, spoolMessage } from "../account/spool.ts";
import type { ServiceContext } from "./context.ts";

/** Where an introduction names its sender in clear. */
const Sent = struct<{ readonly Sender: string }>(introduction, { Sender: string });

/** Counts a message of an account of this service against the network that it comes from. */
export function ofNetwork({ budgets }: ServiceContext, network: string, recipient: string): Judging["take"] {
  return (standing) => (standing === "granted" ? budgets.takePost(network) : budgets.takeIntroduction(network, recipient));
}

/** Folded addresses, each once. ERR_USAGE, ERR_TOO_LARGE. */
export function recipientsOf(context: ServiceContext, accounts: readonly string[]): readonly string[] {
  if (accounts.length > context.limits.recipients) throw new MeshError("ERR_TOO_LARGE", `${accounts.length} recipients at once`);
  return [...new Set(accounts.map(accountAddress))];
}

/** Checks a message's size. ERR_TOO_LARGE. */
export function checkMessageSize({ limits }: Pick<ServiceContext, "limits">, message: DareEnvelope): void {
  const whole = message.headerOctets.length + message.body.length + (message.trailerOctets?.length ?? 0);
  if (whole > limits.envelopeOctets) {
    throw new MeshError("ERR_TOO_LARGE", `message of ${whole} octets with its header, at most ${limits.envelopeOctets} are taken`);
  }
  if (message.body.length > limits.messageOctets) {
    throw new MeshError("ERR_TOO_LARGE", `message of ${message.body.length} octets, at most ${limits.messageOctets} are taken`);
  }
}

/** Whose message goes to whom. */
export interface Judging {
  readonly sender: string;
  readonly recipient: string;
  /** Counts a message that is new against whoever brings it. ERR_QUOTA. */
  readonly take: (standing: "granted" | "stranger") => void;
}

/** What would become of a message to an account of this service now; nothing is written. ERR_QUOTA when its bringer has used up a budget. */
export async function judge(context: ServiceContext, message: DareEnvelope, options: Judging): Promise<EntryResponse> {
  const { sender, recipient, take } = options;
  const spooled = spoolMessage(message, sender);
  const account = isInNameOf(message, sender) ? await find(context, recipient) : undefined;
  const place = account && (await placeFor(account, { context, message, spooled, sender, take }));
  const entry = { EnvelopeId: spooled.envelopeId, Account: recipient };
  const { EnvelopedProfileAccount } = account?.record ?? {};
  if (EnvelopedProfileAccount && place === "free" && isSealedToFormer(peekObject(ProfileUser, EnvelopedProfileAccount), kidsOf(message)))
    return { ...entry, Result: "Reject", ErrorCode: "ERR_KEY", EnvelopedProfileAccount };
  return {
    ...entry,
    Result: place === "free" ? "Accept" : "Reject",
    ...(place === "full" ? { ErrorCode: "ERR_QUOTA" } : {}),
  };
}

function kidsOf({ header: { recipients = [] } }: DareEnvelope): readonly string[] {
  return recipients.flatMap(({ kid }) => (kid === undefined ? [] : [kid]));
}

/** Appends a message to the recipient's spool; false when it is refused by now. */
export async function deliver(context: ServiceContext, message: DareEnvelope, way: Pick<Judging, "sender" | "recipient">): Promise<boolean> {
  return (await deliverAll(context, [message], way)).every(Boolean);
}

/** Appends messages of one sender to the recipient's spools, in one commit for each; false for each that is refused by now. */
export async function deliverAll(
  context: ServiceContext,
  messages: readonly DareEnvelope[],
  { sender, recipient }: Pick<Judging, "sender" | "recipient">,
): Promise<readonly boolean[]> {
  const account = messages.length === 0 ? undefined : await find(context, recipient);
  const admitted = account ? messages.filter((message) => admission(account.inbound(sender), message) !== undefined) : [];
  const taken = new Map<DareEnvelope, boolean>();
  for (const spool of ["MMM_Inbound", "MMM_Command"] as const) {
    const own = admitted.filter((message) => spoolOf(spoolMessage(message)) === spool);
    if (!account || own.length === 0) continue;
    const isTaken = await append(
      context,
      account,
      own.map((message) => spoolMessage(message, sender)),
      spool,
    );
    for (const [place, message] of own.entries()) taken.set(message, isTaken[place] === true);
  }
  return messages.map((message) => taken.get(message) ?? false);
}

/** Where a message of another account goes. */
function spoolOf({ messageType }: SpoolMessage): StrangerSpool {
  return messageType === guestOrder ? "MMM_Command" : "MMM_Inbound";
}

/** Appends messages of one sender to a spool in one commit, within its quotas; false for each beyond them. */
export function append(
  context: ServiceContext,
  account: Account,
  messages: readonly SpoolMessage[],
  spool: StrangerSpool = "MMM_Inbound",
): Promise<readonly boolean[]> {
  return account.exclusively(async () => {
    const there = new Set<SpoolMessage>();
    const fresh: SpoolMessage[] = [];
    for (const message of messages) {
      if (fresh.some((other) => isSame(other, message))) continue;
      const place = await unlessFull(async () => {
        if ((await account.indexOf(spool, message)) !== undefined) return "there";
        return (await hasRoom(context, account, message, fresh.length)) ? "new" : undefined;
      });
      if (place === "there") there.add(message);
      else if (place === "new") fresh.push(message);
    }
    const isKept = fresh.length > 0 && ((await unlessFull(() => appendFresh(context, account, spool, fresh))) ?? false);
    return messages.map((message) => there.has(message) || (isKept && fresh.some((other) => isSame(other, message))));
  });
}

async function appendFresh(context: ServiceContext, account: Account, spool: StrangerSpool, messages: readonly SpoolMessage[]): Promise<true> {
  await context.store.requireReserve();
  const frontier = await account.frontier(spool);
  const index = frontier.count;
  const frames = spoolFrames({ messages, frontier, now: context.clock.now(), random: context.random });
  await account.commit({ appends: [{ store: spool, epoch: 0, index, frames }] });
  return true;
}

function isSame(one: SpoolMessage, other: SpoolMessage): boolean {
  return one.envelopeId === other.envelopeId && equalBytes(one.octets, other.octets);
}

/** Undefined when the account is full: its owner's affair, not the sender's. */
async function unlessFull<T>(task: () => Promise<T>): Promise<T | undefined> {
  try {
    return await task();
  } catch (error) {
    if (isMeshError(error, "ERR_QUOTA")) return undefined;
    throw error;
  }
}

/** True while strangers, and this one, have left less than they may. Those who may write, what comes under a PIN of the account, and answers to a guest have places of their own. @param more messages of this sender that come before it in the same commit */
export async function hasRoom(context: ServiceContext, account: Account, message: SpoolMessage, more = 0): Promise<boolean> {
  const { limits, clock } = context;
  const { stranger, pin } = partsOf(message.origin);
  const isGranted = (sender: string | undefined): boolean => sender !== undefined && standingOf(account.inbound(sender)) === "granted";
  const ofGranted = isGranted(stranger);
  const most =
    pin !== undefined
      ? { all: limits.pinRequests, site: limits.pinRequests, own: limits.pinRequests }
      : ofGranted
        ? { all: limits.contactMessages, site: limits.contactMessages, own: limits.contactMessagesEach }
        : { all: limits.strangerMessages, site: limits.strangerMessagesOfSite, own: limits.strangerMessagesEach };
  const spool = spoolOf(message);
  const { count, octets } = await account.end(spool);
  // Guests leave the other half of MMM_Command to the machines of the house.
  const isOver =
    spool === "MMM_Command"
      ? count + more >= limits.commandFrames / 2
      : count + more >= limits.inboundFrames || octets >= limits.strangerInboundOctets;
  if (isOver) return false;
  const site = placeOf(stranger);
  const counts = { all: more, site: more, own: more };
  const isFull = (): boolean => counts.all >= most.all || counts.site >= most.site || counts.own >= most.own;
  if (isFull()) return false;
  for (const entry of await account.strangersSince(spool, clock.now() - limits.strangerMs)) {
    const from = partsOf(entry.origin);
    if (from.pin !== pin || isGranted(from.stranger) !== ofGranted || isAnswer(entry) !== isAnswer(message)) continue;
    counts.all += 1;
    if (placeOf(from.stranger) === site) counts.site += 1;
    if (from.stranger === stranger) counts.own += 1;
    if (isFull()) return false;
  }
  return true;
}

const isAnswer = ({ messageType }: Pick<SpoolMessage, "messageType">): boolean => messageType === guestAnswer;

/** The domain of an account; none for a device, which is named by its key. */
const placeOf = (stranger = ""): string | undefined => (stranger.includes("@") ? siteOf(stranger) : undefined);

/** An origin begins with who it is; then comes what tells apart what one stranger sent, and the PIN that was named. */
function partsOf(origin = ""): { readonly stranger: string | undefined; readonly pin: string | undefined } {
  const [stranger, , pin] = origin.split(" ");
  return { stranger, pin };
}

/** An introduction in clear must not name another sender than the account it comes from; what is sealed is the recipient's to check. */
export function isInNameOf(message: DareEnvelope, sender: string): boolean {
  if (spoolMessage(message).messageType !== introduction || isEncrypted(message.header)) return true;
  return accountAddress(decodeOneOf([Sent], message.body).value.Sender) === sender;
}

/** Undefined when the account does not take such messages from the sender. */
async function placeFor(
  account: Account,
  {
    context,
    message,
    spooled,
    sender,
    take,
  }: Pick<Judging, "sender" | "take"> & {
    readonly context: ServiceContext;
    readonly message: DareEnvelope;
    readonly spooled: SpoolMessage;
  },
): Promise<"free" | "full" | undefined> {
  const standing = admission(account.inbound(sender), message);
  if (standing === undefined) return undefined;
  const place = await unlessFull(async () => {
    if ((await account.indexOf(spoolOf(spooled), spooled)) !== undefined) return "there";
    return (await hasRoom(context, account, spooled)) ? "new" : undefined;
  });
  if (place === "new") take(standing);
  return place === undefined ? "full" : "free";
}

/** Undefined for an account that is not here: the sender learns no more than that the message was not taken. */
async function find(context: ServiceContext, address: string): Promise<Account | undefined> {
  try {
    return await context.book.get(address);
  } catch (error) {
    if (error instanceof MeshError && error.code === "ERR_ACCOUNT_UNKNOWN") return undefined;
    throw error;
  }
}
