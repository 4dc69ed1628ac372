/** Claim and PollClaim (protocol-09 §6.7, extensions §3.6). The claimant may be an account of any service: its signature is the proof. */
import { equalBytes, utf8 } from "../../base/bytes.ts";
import { fromDateTime } from "../../base/clock.ts";
import { isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import { parseUdf, serviceAuthenticate } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { encodeEnvelope } from "../../dare/index.ts";
import type { ClaimRequest, ClaimResponse } from "../../protocol/index.ts";
import { statusDone } from "../../protocol/index.ts";
import type { CatalogedPublication } from "../../schema/index.ts";
import { accountAddress, ClaimConfirm, MessageClaim } from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import type { SpoolMessage } from "../account/spool.ts";
import { spoolFrames } from "../account/spool.ts";
import { claimConfirm, claimEnvelopeId, claimEvent, claimOrigin } from "../claim/claim-book.ts";
import type { ClaimEvent } from "../claim/claim-state.ts";
import type { ServiceContext, Transaction } from "./context.ts";
import { checkMessageSize } from "./delivery.ts";

/** Errors: ERR_NOT_FOUND (the account published no such thing), ERR_CODE_CLAIMED, ERR_VERIFICATION, ERR_REPLAY, ERR_USAGE, ERR_QUOTA. */
export const claim: Transaction<"Claim"> = async (context, request, { address: network }) => {
  context.budgets.takeClaim(network);
  for (const message of [request.EnvelopedMessageClaim, request.EnvelopedClaimConfirm]) if (message !== undefined) checkMessageSize(context, message);
  const { publisher, publication } = await findPublication(context, request);
  const event = request.EnvelopedMessageClaim && checkClaim(context, request.EnvelopedMessageClaim, publication);
  if (publication.Shared === true) return shared(publication, event);
  const confirm = request.EnvelopedClaimConfirm && claimConfirm(request.EnvelopedClaimConfirm, publication);
  if (confirm !== undefined && confirm.PublicationId !== publication.Id) throw verificationError("confirmation");
  if (event !== undefined && confirm !== undefined && (confirm.AccountUdf !== event.accountUdf || confirm.MessageId !== event.claim.MessageId)) {
    throw verificationError("confirmation");
  }
  await publisher.exclusively(() => fileClaim(context, publisher, { request, publication, event, confirm }));
  return { Status: statusDone, ...(event !== undefined && event.claim.Release !== true ? { CatalogedPublication: publication } : {}) };
};

/** What is for everybody who knows the code is nobody's: there is nothing to hold, to release or to confirm. */
function shared(publication: CatalogedPublication, event: ClaimEvent | undefined): ClaimResponse {
  if (event === undefined || event.claim.Release === true) throw new MeshError("ERR_USAGE", "what is published under this code is nobody's to hold");
  return { Status: statusDone, CatalogedPublication: publication };
}

interface Filing {
  readonly request: ClaimRequest;
  readonly publication: CatalogedPublication;
  readonly event: ClaimEvent | undefined;
  readonly confirm: ClaimConfirm | undefined;
}

/** Judges and files under the publisher's mutex. Claim and confirmation that come together are one change. */
async function fileClaim(context: ServiceContext, publisher: Account, { request, publication, event, confirm }: Filing): Promise<void> {
  const now = context.clock.now();
  const state = await publisher.claims.state(publication.Id);
  const envelopeId = claimEnvelopeId(publication.Id);
  const messages: SpoolMessage[] = [];
  const file = (messageType: string, envelope: DareEnvelope): void => {
    messages.push({ envelopeId, messageType, octets: encodeEnvelope(envelope), origin: claimOrigin });
  };
  const isNewClaim = event !== undefined && state.judgeClaim(event, confirm, now) === "new";
  if (isNewClaim && request.EnvelopedMessageClaim !== undefined) file(MessageClaim.tag, request.EnvelopedMessageClaim);
  if (confirm !== undefined && request.EnvelopedClaimConfirm !== undefined) {
    if (isNewClaim || state.judgeConfirm(confirm, now) === "new") file(ClaimConfirm.tag, request.EnvelopedClaimConfirm);
  }
  if (messages.length === 0) return;
  if (event !== undefined && isNewClaim) state.checkRoom(event, { hasWord: confirm !== undefined, now, room: context.limits });
  await context.store.requireReserve();
  const frontier = await publisher.frontier("MMM_Local");
  const index = frontier.count;
  await publisher.commit({
    appends: [{ store: "MMM_Local", epoch: 0, index, frames: spoolFrames({ messages, frontier, now, random: context.random }) }],
  });
}

/** Both envelopes name it; what they say is verified after the publication is found. */
function publicationIdOf({ EnvelopedMessageClaim, EnvelopedClaimConfirm }: ClaimRequest): string {
  if (EnvelopedMessageClaim !== undefined) return decodeObject(MessageClaim, EnvelopedMessageClaim.body).PublicationId;
  if (EnvelopedClaimConfirm !== undefined) return decodeObject(ClaimConfirm, EnvelopedClaimConfirm.body).PublicationId;
  throw new MeshError("ERR_USAGE", "neither a claim nor a confirmation");
}

/** Looks at the publications of the account that the code names alone, so that nobody else's can stand in front of them. */
async function findPublication(
  context: ServiceContext,
  request: ClaimRequest,
): Promise<{ readonly publisher: Account; readonly publication: CatalogedPublication }> {
  if (request.TargetAccountAddress === undefined)
    throw new MeshError("ERR_USAGE", "the claim does not name the account that published it (TargetAccountAddress)");
  const unknown = new MeshError("ERR_NOT_FOUND", "nothing is published under this code");
  const publisher = await context.book.get(accountAddress(request.TargetAccountAddress)).catch((error: unknown) => {
    throw isMeshError(error, "ERR_ACCOUNT_UNKNOWN") ? unknown : error;
  });
  const publication = await publisher.claims.publication(publicationIdOf(request), context.clock.now());
  if (publication === undefined) throw unknown;
  return { publisher, publication };
}

/** Signature, time, and proof that the claimant knows the code. */
function checkClaim(context: ServiceContext, envelope: DareEnvelope, publication: CatalogedPublication): ClaimEvent {
  const event = claimEvent(envelope);
  const { claim: message } = event;
  if (message.PublicationId !== publication.Id) throw verificationError("claim");
  if (message.Expires !== undefined && fromDateTime(message.Expires) <= context.clock.now())
    throw new MeshError("ERR_USAGE", `claim expired on ${message.Expires}`);
  const expected = serviceAuthenticate(parseUdf(publication.Authenticator).data, message.Sender);
  if (!equalBytes(utf8(expected), utf8(message.ServiceAuthenticate))) throw verificationError("claim");
  return event;
}

/** For the published device alone; everybody else learns nothing. ERR_NOT_FOUND. */
export const pollClaim: Transaction<"PollClaim"> = async (context, request, { caller }) => {
  const publisher = await context.book.get(accountAddress(request.TargetAccountAddress));
  const now = context.clock.now();
  const publication = await publisher.claims.publication(request.PublicationId, now);
  if (publication?.DeviceLinkUdf !== caller.linkUdf) throw new MeshError("ERR_NOT_FOUND", "nothing is published for this device");
  const held = (await publisher.claims.state(request.PublicationId)).at(now);
  return { Status: statusDone, ...(held === undefined ? {} : { EnvelopedMessage: await publisher.message("MMM_Local", held.index) }) };
};
