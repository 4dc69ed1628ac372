/**
 * Messages of the account that services have not taken, by what its own service says of them in Outbound (sent.ts). Only what came lately is looked
 * at: a service decides within two days. Each frame is read once for as long as the context lives.
 */
import type { Enveloped, ProfileUser } from "../../schema/index.ts";
import { MessageComplete } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { noticeOf } from "./sent.ts";

/** A message that did not arrive at one recipient. */
export interface NotTaken {
  /** Its frame in Outbound, and the name on its envelope. */
  readonly index: number;
  readonly envelopeId: string;
  readonly address: string;
  readonly state: "Refused" | "Undelivered";
  /** How often it was told. */
  readonly times: number;
  readonly errorCode?: string;
  /** What the recipient's service shows to be sealed to. Whoever uses it verifies it. */
  readonly profile?: Enveloped<ProfileUser>;
  /** When it was told, in milliseconds since 1970. */
  readonly time?: number;
}

/** Frames of Outbound that are looked at when a context begins, and refusals that are remembered. */
const most = 4096;

interface Reading {
  next: number;
  readonly refused: Map<string, NotTaken>;
}

const readings = new WeakMap<AccountContext, Reading>();

/** The name of what is known of a message at one recipient. */
export function notTakenName(envelopeId: string, address: string): string {
  return `${envelopeId} ${address}`;
}

/** What was refused and did not arrive since, by notTakenName. Cost: what was written to Outbound since the last time. Errors: ERR_NOT_AUTHORIZED when this device may not read it. */
export async function notTaken(context: AccountContext): Promise<ReadonlyMap<string, NotTaken>> {
  const reading = readings.get(context) ?? { next: Math.max(0, context.spoolCount("MMM_Outbound") - most), refused: new Map<string, NotTaken>() };
  readings.set(context, reading);
  const signer = context.serviceSignature;
  for await (const message of context.messages("MMM_Outbound", reading.next)) {
    reading.next = Math.max(reading.next, message.index + 1);
    if (message.messageType !== MessageComplete.tag) continue;
    for (const { MessageId, Index, Account, Relationship, ErrorCode, EnvelopedProfileAccount } of noticeOf(message, signer) ?? []) {
      if (Index === undefined || Account === undefined) continue;
      const name = notTakenName(MessageId, Account);
      const before = reading.refused.get(name);
      reading.refused.delete(name);
      if (Relationship !== "Refused" && Relationship !== "Undelivered") continue;
      reading.refused.set(name, {
        index: Index,
        envelopeId: MessageId,
        address: Account,
        state: Relationship,
        times: 1 + (before?.times ?? 0),
        ...(ErrorCode === undefined ? {} : { errorCode: ErrorCode }),
        ...(EnvelopedProfileAccount === undefined ? {} : { profile: EnvelopedProfileAccount }),
        ...(message.received === undefined ? {} : { time: message.received }),
      });
    }
  }
  for (const oldest of reading.refused.keys()) {
    if (reading.refused.size <= most) break;
    reading.refused.delete(oldest);
  }
  return reading.refused;
}
