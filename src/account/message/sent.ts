/**
 * What became of the messages that were sent: the states of Outbound (schema-08 §6) by what the service posts there itself, signed with its own
 * key (extensions §12). What others write there, the account's devices among them, counts for nothing.
 */
import { isMeshError } from "../../base/errors.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { Reference } from "../../schema/index.ts";
import { MessageComplete, verifyObject } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { SpoolMessage } from "../store/spool-replica.ts";

/** A message at one recipient. Sent: its service carries it. Undelivered: the recipient's service could not be reached for two days. */
export interface RecipientState {
  readonly address: string;
  readonly state: "Sent" | "Received" | "Refused" | "Undelivered";
  /** Why it did not arrive, where the services say so. */
  readonly errorCode?: string;
  /** When the state was told, in milliseconds since 1970. */
  readonly time?: number;
}

/** A message of Outbound. */
export interface SentMessage {
  /** Its frame. */
  readonly index: number;
  readonly envelopeId: string;
  readonly messageType: string | undefined;
  /** When the service had it, in milliseconds since 1970. */
  readonly time?: number;
  /** Initial: nobody has said where it goes. Sent: not decided at some recipient. Received: taken for all. Refused: all is decided, and not everybody got it. */
  readonly state: "Initial" | "Sent" | "Received" | "Refused";
  readonly recipients: readonly RecipientState[];
}

/** Frames that tell of one message, as they are looked for. */
const noticesOfEach = 8;

const told = ["Received", "Refused", "Undelivered"] as const;

/** The messages in this device's copy of Outbound from a frame on, oldest first. Errors: ERR_NOT_AUTHORIZED when it may not read it. */
export async function sentMessages(context: AccountContext, from = 0): Promise<readonly SentMessage[]> {
  const signer = context.serviceSignature;
  const messages: Omit<SpoolMessage, "envelope">[] = [];
  /** By frame and recipient; what was said last counts, since a message may be sent again. */
  const states = new Map<number, Map<string, RecipientState>>();
  for await (const { envelope, ...message } of context.messages("MMM_Outbound", from)) {
    const notice = message.messageType === MessageComplete.tag ? noticeOf({ ...message, envelope }, signer) : undefined;
    if (message.messageType !== MessageComplete.tag) messages.push(message);
    for (const reference of notice ?? []) note(states, reference, message.received);
  }
  return messages.map((message) => sentMessage(message, states.get(message.index) ?? new Map<string, RecipientState>()));
}

/** The newest so many messages, newest first. Cost: as many frames, and eight times as many of what was said of them. */
export async function newestSent(context: AccountContext, most: number): Promise<readonly SentMessage[]> {
  const from = Math.max(0, context.spoolCount("MMM_Outbound") - (1 + noticesOfEach) * most);
  return (await sentMessages(context, from)).slice(-most).reverse();
}

/** References of a notice; undefined for what the service did not sign. */
export function noticeOf({ envelope }: Pick<SpoolMessage, "envelope">, signer: PublicKey): readonly Reference[] | undefined {
  try {
    return verifyObject(MessageComplete, envelope, [signer]).value.References;
  } catch (error) {
    if (isMeshError(error)) return undefined;
    throw error;
  }
}

function note(
  states: Map<number, Map<string, RecipientState>>,
  { Index, Account, Relationship, ErrorCode }: Reference,
  time: number | undefined,
): void {
  const state = told.find((word) => word === Relationship);
  if (Index === undefined || Account === undefined || state === undefined) return;
  const own = states.get(Index) ?? new Map<string, RecipientState>();
  states.set(Index, own);
  own.set(Account, {
    address: Account,
    state,
    ...(ErrorCode === undefined ? {} : { errorCode: ErrorCode }),
    ...(time === undefined ? {} : { time }),
  });
}

function sentMessage(message: Omit<SpoolMessage, "envelope">, known: ReadonlyMap<string, RecipientState>): SentMessage {
  const { index, envelopeId, messageType, received, recipients: addresses = [] } = message;
  const recipients = [...new Set([...addresses, ...known.keys()])].map((address): RecipientState => known.get(address) ?? { address, state: "Sent" });
  return { index, envelopeId, messageType, ...(received === undefined ? {} : { time: received }), state: stateOf(recipients), recipients };
}

function stateOf(recipients: readonly RecipientState[]): SentMessage["state"] {
  if (recipients.length === 0) return "Initial";
  if (recipients.some(({ state }) => state === "Sent")) return "Sent";
  return recipients.every(({ state }) => state === "Received") ? "Received" : "Refused";
}
