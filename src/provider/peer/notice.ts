/**
 * What became of a message that was sent, told to its sender: a MessageComplete in its Outbound, in clear and signed by the service (schema-08
 * §6: only the service posts completions there). A Reference names the frame, its EnvelopeId and the recipient. A notice has the same name
 * whenever it is made for the same thing, so that it is told once.
 */
import { utf8 } from "../../base/bytes.ts";
import { isMeshError } from "../../base/errors.ts";
import { encodeObject } from "../../codec/index.ts";
import { envelopeId, presentUdf, sha512, udfType } from "../../crypto/index.ts";
import { parseEnvelope, sealEnvelope, verifyEnvelope } from "../../dare/index.ts";
import type { Reference } from "../../schema/index.ts";
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
}

/** MessageId of the notice that is about something. */
export function noticeId(...about: readonly string[]): string {
  return presentUdf(udfType.nonce, sha512(utf8(["mmm/service/notice", ...about].join("\0"))));
}

/** A notice as it goes into Outbound. */
export function noticeOf({ identity, random }: Pick<ServiceContext, "identity" | "random">, id: string, outcomes: readonly Outcome[]): SpoolMessage {
  const References = outcomes.map(
    ({ index, envelopeId: MessageId, account, fate, errorCode }): Reference => ({
      MessageId,
      Relationship: fate,
      Index: index,
      Account: account,
      ...(errorCode === undefined ? {} : { ErrorCode: errorCode }),
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

/** Gives a notice, once. An account that is full is not told. */
export async function tell(
  context: ServiceContext,
  account: Account,
  { id, outcomes }: { readonly id: string; readonly outcomes: readonly Outcome[] },
): Promise<void> {
  try {
    await account.exclusively(async () => {
      if (outcomes.length === 0 || (await isTold(context, account, id))) return;
      const frontier = await account.frontier("MMM_Outbound");
      const index = frontier.count;
      const frames = spoolFrames({ messages: [noticeOf(context, id, outcomes)], frontier, now: context.clock.now(), random: context.random });
      await account.commit({ appends: [{ store: "MMM_Outbound", epoch: 0, index, frames }] });
    });
  } catch (error) {
    if (!isMeshError(error, "ERR_QUOTA")) throw error;
    context.log.warn("message.not-told", { account: account.accountUdf, reason: error.message });
  }
}
