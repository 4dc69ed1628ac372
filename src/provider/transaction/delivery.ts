/**
 * Messages from one account to the Inbound spool of another at this service (protocol-09 §7.3, §7.8). Strangers may introduce themselves
 * (MessageContact) and nothing else, within quotas, so that they cannot fill a spool. Appending the same message twice changes nothing.
 */
import { isMeshError, MeshError } from "../../base/errors.ts";
import { string, struct } from "../../codec/field.ts";
import { decodeOneOf } from "../../codec/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { isEncrypted } from "../../dare/index.ts";
import type { EntryResponse } from "../../protocol/index.ts";
import { accountAddress } from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import type { SpoolMessage } from "../account/spool.ts";
import { spoolFrames, spoolMessage } from "../account/spool.ts";
import type { ServiceContext } from "./context.ts";

/** The only type that an account takes from strangers. */
const strangerType = "MessageContact";

/** Where a message names its sender in clear. */
const Sent = struct<{ readonly Sender: string }>(strangerType, { Sender: string });

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

/** What would become of a message now; nothing is written. ERR_QUOTA when the sender's network has used up its budget. */
export async function judge(
  context: ServiceContext,
  message: DareEnvelope,
  options: { readonly sender: string; readonly recipient: string; readonly network: string },
): Promise<EntryResponse> {
  const { sender, recipient, network } = options;
  const spooled = spoolMessage(message, sender);
  const isTaken = isOfStranger(message, spooled, sender) && (await takes(context, spooled, { recipient, network }));
  return { EnvelopeId: spooled.envelopeId, Account: recipient, Result: isTaken ? "Accept" : "Reject" };
}

/** Appends a message to the recipient's Inbound; false when it is refused by now. */
export async function deliver(
  context: ServiceContext,
  message: DareEnvelope,
  options: { readonly sender: string; readonly recipient: string },
): Promise<boolean> {
  const account = await find(context, options.recipient);
  return account !== undefined && (await append(context, account, spoolMessage(message, options.sender)));
}

/** Appends a message of a stranger to Inbound, within the quotas; false beyond them. */
export function append(context: ServiceContext, account: Account, message: SpoolMessage): Promise<boolean> {
  return account.exclusively(async () => {
    const isTaken = await unlessFull(async () => {
      if ((await account.indexOf("MMM_Inbound", message)) !== undefined) return true;
      if (!(await hasRoom(context, account, message))) return false;
      await context.store.requireReserve();
      const frontier = await account.frontier("MMM_Inbound");
      const index = frontier.count;
      const frames = spoolFrames({ messages: [message], frontier, now: context.clock.now(), random: context.random });
      await account.commit({ appends: [{ store: "MMM_Inbound", epoch: 0, index, frames }] });
      return true;
    });
    return isTaken ?? false;
  });
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

/** True while strangers, and this one, have left less than they may. What comes under a PIN of the account has places of its own. */
export async function hasRoom(context: ServiceContext, account: Account, message: SpoolMessage): Promise<boolean> {
  const { limits, clock } = context;
  const { stranger, pin } = partsOf(message.origin);
  const most =
    pin === undefined ? { all: limits.strangerMessages, own: limits.strangerMessagesEach } : { all: limits.pinRequests, own: limits.pinRequests };
  const [inbound] = await account.statuses(["MMM_Inbound"]);
  if ((inbound?.Index ?? 0) >= limits.inboundFrames || (await account.octets("MMM_Inbound")) >= limits.strangerInboundOctets) return false;
  let all = 0;
  let own = 0;
  for (const entry of await account.strangersSince(clock.now() - limits.strangerMs)) {
    const from = partsOf(entry.origin);
    if (from.pin !== pin) continue;
    all += 1;
    if (from.stranger === stranger) own += 1;
    if (all >= most.all || own >= most.own) return false;
  }
  return true;
}

/** An origin begins with who it is; then comes what tells apart what one stranger sent, and the PIN that was named. */
function partsOf(origin = ""): { readonly stranger: string | undefined; readonly pin: string | undefined } {
  const [stranger, , pin] = origin.split(" ");
  return { stranger, pin };
}

function isOfStranger(message: DareEnvelope, spooled: SpoolMessage, sender: string): boolean {
  if (spooled.messageType !== strangerType) return false;
  // A message in clear must not name another sender than the account it comes from; a sealed one is the recipient's to check.
  return isEncrypted(message.header) || accountAddress(decodeOneOf([Sent], message.body).value.Sender) === sender;
}

async function takes(
  context: ServiceContext,
  message: SpoolMessage,
  { recipient, network }: { readonly recipient: string; readonly network: string },
): Promise<boolean> {
  const account = await find(context, recipient);
  if (account === undefined) return false;
  const place = await unlessFull(async () => {
    if ((await account.indexOf("MMM_Inbound", message)) !== undefined) return "there";
    return (await hasRoom(context, account, message)) ? "free" : undefined;
  });
  if (place === "free") context.budgets.takePost(network, recipient);
  return place !== undefined;
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
