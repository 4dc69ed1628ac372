/**
 * Connect and Complete: a device asks to join and fetches the answer; strangers both, known by their link keys (extensions §1, §3).
 * Who names a PIN that the account issued has a place that no flood of strangers can take; all others share what an account takes from
 * strangers, by link key and by network.
 */
import { isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import { connectionWitness, contentDigestUdf, envelopeId } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { encodeEnvelope, parseEnvelope } from "../../dare/index.ts";
import { statusDone } from "../../protocol/index.ts";
import {
  AcknowledgeConnection,
  accountAddress,
  envelopeObject,
  MessagePin,
  ProfileDevice,
  peekObject,
  publicKeyOf,
  RequestConnection,
  verifyObject,
  verifyProfile,
} from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import type { SpoolEntry } from "../account/spool.ts";
import { readersOf, spoolMessage } from "../account/spool.ts";
import type { ServiceContext, Transaction } from "./context.ts";
import { append, checkMessageSize } from "./delivery.ts";

const nonceLength = 16;
const maxNonceLength = 64;

/** Errors: ERR_ACCOUNT_UNKNOWN, ERR_VERIFICATION, ERR_NOT_AUTHORIZED (link key of another device), ERR_TOO_LARGE, ERR_REJECTED (quota). */
export const connect: Transaction<"Connect"> = async (context, request, { caller, address: network }) => {
  const address = accountAddress(request.Account);
  const account = await context.book.get(address);
  const enveloped = request.EnvelopedRequestConnection;
  checkMessageSize(context, enveloped);
  const device = verifyProfile(ProfileDevice, peekObject(RequestConnection, enveloped).AuthenticatedData);
  const { value: asked } = verifyObject(RequestConnection, enveloped, [publicKeyOf(device.value.Signature)]);
  if (accountAddress(asked.AccountAddress) !== address) throw verificationError("request");
  if (asked.ClientNonce.length < nonceLength || asked.ClientNonce.length > maxNonceLength)
    throw new MeshError("ERR_SCHEMA", "RequestConnection.ClientNonce: expected 16 to 64 octets");
  if (!device.value.Link.some(({ Udf }) => Udf === caller.linkUdf)) {
    throw new MeshError("ERR_NOT_AUTHORIZED", "the session's link key is not one of the device's");
  }
  const pin = await issuedPin(account, asked.PinId);
  const origin = originOf({ linkUdf: caller.linkUdf, enveloped, pin });
  const known = await acknowledged(context, account, origin);
  if (known !== undefined) return answer(account, known);
  if (pin === undefined && !context.budgets.hasConnect(network, address)) throw tooMany("from your network");
  const serverNonce = context.random.bytes(nonceLength);
  const witness = connectionWitness({ accountKey: account.profileKey, deviceKey: device.signer, serverNonce, clientNonce: asked.ClientNonce });
  const acknowledge = envelopeObject({
    struct: AcknowledgeConnection,
    value: { MessageId: witness, EnvelopedRequestConnection: enveloped, ServerNonce: serverNonce, Witness: witness },
    envelopeId: envelopeId(witness),
    random: context.random,
  });
  const [isTaken] = await append(context, account, [spoolMessage(acknowledge, origin)]);
  if (!isTaken) throw tooMany("at this account");
  return answer(account, acknowledge);
};

function tooMany(where: string): MeshError {
  return new MeshError("ERR_REJECTED", `too many requests to connect ${where}`, {
    hint: "ask the owner for a PIN ('meshman account pin'): a request with one is always taken; or try again tomorrow",
  });
}

/** The name of the account's MessagePin that a PinId belongs to. Nobody can guess one: it is a MAC under the PIN. */
async function issuedPin(account: Account, pinId: string | undefined): Promise<string | undefined> {
  if (pinId === undefined) return undefined;
  const id = envelopeIdOf(pinId);
  const found = await account.newest("MMM_Local", id, ({ messageType }) => messageType === MessagePin.tag);
  return found && id;
}

/** The link key, so that quotas count by device; the request, so that asking twice gives one acknowledgement; the PIN that gives it a place. */
function originOf(options: { readonly linkUdf: string; readonly enveloped: DareEnvelope; readonly pin: string | undefined }): string {
  const { linkUdf, enveloped, pin } = options;
  const digest = contentDigestUdf({ contentType: "application/mmm/object", data: encodeEnvelope(enveloped) });
  return [linkUdf, digest, ...(pin === undefined ? [] : [pin])].join(" ");
}

async function acknowledged(context: ServiceContext, account: Account, origin: string): Promise<DareEnvelope | undefined> {
  const recent = await account.strangersSince("MMM_Inbound", context.clock.now() - context.limits.strangerMs);
  const known = recent.findLast((entry) => entry.origin === origin);
  return known && (await account.message("MMM_Inbound", known.index));
}

function answer(account: Account, acknowledge: DareEnvelope) {
  return { Status: statusDone, EnvelopedAcknowledgeConnection: acknowledge, EnvelopedProfileAccount: account.record.EnvelopedProfileAccount };
}

/** Errors: ERR_PENDING while there is nothing for this link key, whatever the reason; ERR_ACCOUNT_UNKNOWN. */
export const complete: Transaction<"Complete"> = async (context, request, { caller, address: network, signal }) => {
  const { clock, limits } = context;
  const account = await context.book.get(accountAddress(request.AccountAddress));
  const end = clock.monotonic() + Math.min((request.Wait ?? 0) * 1000, limits.waitMs);
  const place = account.room.joinStranger(`complete ${caller.linkUdf}`, network);
  try {
    for (;;) {
      const found = await findResponse(account, request.ResponseId, caller.linkUdf);
      if (found !== undefined) return { Status: statusDone, EnvelopedRespondConnection: found };
      const left = end - clock.monotonic();
      if (left <= 0 || !place.isHeld) throw new MeshError("ERR_PENDING", "the owner has not answered yet");
      await place.wait(left, signal);
    }
  } finally {
    place.leave();
  }
};

/** The newest message of that id in Local that names the caller as a reader. */
async function findResponse(account: Account, id: string, linkUdf: string): Promise<DareEnvelope | undefined> {
  const isForCaller = ({ octets }: SpoolEntry): boolean => readersOf(parseEnvelope(octets)).includes(linkUdf);
  const named = await account.newest("MMM_Local", id, isForCaller);
  const derived = await account.newest("MMM_Local", envelopeIdOf(id), isForCaller);
  const newest = (named?.index ?? 0) > (derived?.index ?? 0) ? named : derived;
  return newest && parseEnvelope(newest.octets);
}

function envelopeIdOf(messageId: string): string {
  try {
    return envelopeId(messageId);
  } catch (error) {
    if (isMeshError(error, "ERR_ENCODING")) return "";
    throw error;
  }
}
