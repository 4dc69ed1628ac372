/**
 * What became of a message that was sent, told to its sender: a MessageComplete in its Outbound, in clear and signed by the service (schema-08
 * §6: only the service posts completions there). A Reference names the frame, its EnvelopeId and the recipient. A notice has the same name
 * whenever it is made for the same thing, so that it is told once.
 */
import { utf8 } from "../../base/bytes.ts";
import { catalogue, isMeshError } from "../../base/errors.ts";
import { encodeObject } from "../../codec/index.ts";
import { envelopeId, presentUdf, sha512, udfType } from "../../crypto/index.ts";
import { encodeEnvelope, parseEnvelope, sealEnvelope, verifyEnvelope } from "../../dare/index.ts";
import type { EntryResponse } from "../../protocol/index.ts";
import type { Enveloped, ProfileUser, Reference } from "../../schema/index.ts";
import { MessageComplete } from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import type { SpoolEntry, SpoolMessage } from "../account/spool.ts";
import { spoolFrames, spoolMessage } from "../account/spool.ts";
import type { ServiceContext } from "../transaction/context.ts";

/** Taken by the recipient's service, not taken, or not brought there in time. */
export type Fate = "Received" | "Refused" | "Undelivered";

/** What became of one message for one recipient. */
export interface Outcome {
  /** Frame of the message in Outbound. */
  readonly index: number;
  readonly envelopeId: string;
  readonly account: string;
  readonly fate: Fate;
  readonly errorCode?: string;
  /** With ERR_KEY: what the recipient's service shows, for the sender to seal to. */
  readonly profile?: Enveloped<ProfileUser>;
}

/** What is told under one name. */
export interface Notice {
  readonly id: string;
  readonly outcomes: readonly Outcome[];
}

/** Octets of a profile that goes into a sender's Outbound. */
const mostProfile = 24 << 10;

/** A refusal as the sender is told of it: codes of the catalogue, and a profile of a bounded size, whatever a peer says. */
export function refusalOf({ ErrorCode, EnvelopedProfileAccount: profile }: EntryResponse): Pick<Outcome, "fate" | "errorCode" | "profile"> {
  if (ErrorCode === undefined) return { fate: "Refused" };
  const errorCode = Object.hasOwn(catalogue, ErrorCode) ? ErrorCode : "ERR_SERVICE_REFUSED";
  const isShown = errorCode === "ERR_KEY" && profile !== undefined && encodeEnvelope(profile).length <= mostProfile;
  return { fate: "Refused", errorCode, ...(isShown ? { profile } : {}) };
}

/** MessageId of the notice that is about something. */
export function noticeId(...about: readonly string[]): string {
  return presentUdf(udfType.nonce, sha512(utf8(["mmm/service/notice", ...about].join("\0"))));
}

/** A notice as it goes into Outbound. */
export function noticeOf({ identity, random }: Pick<ServiceContext, "identity" | "random">, id: string, outcomes: readonly Outcome[]): SpoolMessage {
  const References = outcomes.map(
    ({ index, envelopeId: MessageId, account, fate, errorCode, profile }): Reference => ({
      MessageId,
      Relationship: fate,
      Index: index,
      Account: account,
      ...(errorCode === undefined ? {} : { ErrorCode: errorCode }),
      ...(profile === undefined ? {} : { EnvelopedProfileAccount: profile }),
    }),
  );
  const envelope = sealEnvelope({
    plaintext: encodeObject(MessageComplete, { MessageId: id, References }),
    envelopeId: envelopeId(id),
    contentMeta: { UniqueId: envelopeId(id), MessageType: MessageComplete.tag, cty: "application/mmm/object" },
    signers: [identity.signature],
    random,
  });
  return spoolMessage(envelope);
}

/** True when the notice of that MessageId was given. What a device of the account wrote under its name is none. */
export async function isTold({ identity }: Pick<ServiceContext, "identity">, account: Account, id: string): Promise<boolean> {
  const isOurs = ({ octets }: SpoolEntry): boolean => {
    try {
      verifyEnvelope(parseEnvelope(octets), [identity.signature.public]);
      return true;
    } catch (error) {
      if (isMeshError(error)) return false;
      throw error;
    }
  };
  return (await account.newest("MMM_Outbound", envelopeId(id), isOurs)) !== undefined;
}

/** Gives notices, each once, in one commit. An account that is full is not told. */
export async function tell(context: ServiceContext, account: Account, notices: readonly Notice[]): Promise<void> {
  try {
    await account.exclusively(async () => {
      const messages: SpoolMessage[] = [];
      for (const { id, outcomes } of notices)
        if (outcomes.length > 0 && !(await isTold(context, account, id))) messages.push(noticeOf(context, id, outcomes));
      if (messages.length === 0) return;
      const frontier = await account.frontier("MMM_Outbound");
      const index = frontier.count;
      const frames = spoolFrames({ messages, frontier, now: context.clock.now(), random: context.random });
      await account.commit({ appends: [{ store: "MMM_Outbound", epoch: 0, index, frames }] });
    });
  } catch (error) {
    if (!isMeshError(error, "ERR_QUOTA")) throw error;
    context.log.warn("message.not-told", { account: account.accountUdf, reason: error.message });
  }
}
