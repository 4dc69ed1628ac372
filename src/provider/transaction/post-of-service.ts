/**
 * Post of another service (protocol-09 §7.8): its host proves by the session and its credential which service it is of, and the domain of the
 * sender's address has to have that service. The same message again changes nothing. What is wrong with one message is said in its entry; what is
 * wrong with the caller is an error.
 */
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { EntryResponse, PostRequest, PostResponse } from "../../protocol/index.ts";
import { statusDone } from "../../protocol/index.ts";
import { accountAddress, domainOf } from "../../schema/index.ts";
import { spoolMessage } from "../account/spool.ts";
import type { Call, ServiceContext } from "./context.ts";
import type { Judging } from "./delivery.ts";
import { checkMessageSize, deliverAll, judge, recipientsOf } from "./delivery.ts";

/** Refusals of one message for one recipient. */
const ofMessage = ["ERR_TOO_LARGE", "ERR_SCHEMA", "ERR_ENCODING", "ERR_QUOTA", "ERR_USAGE"] as const;

/** ERR_NOT_AUTHORIZED names the sender, its domain's service and the caller's; ERR_USAGE, ERR_VERIFICATION, ERR_TOO_LARGE, ERR_QUOTA, ERR_SERVICE_UNREACHABLE. */
export async function postOfService(
  context: ServiceContext,
  request: PostRequest & { readonly Sender: string },
  { caller, address: network }: Call,
): Promise<PostResponse> {
  const sender = accountAddress(request.Sender);
  const serviceUdf = context.postingHosts.serviceOf(request, caller.linkUdf);
  await requireServed(context, sender, { serviceUdf, network });
  const recipients = recipientsOf(context, request.Accounts);
  if (request.Messages.length > context.limits.messages) throw new MeshError("ERR_TOO_LARGE", `${request.Messages.length} messages at once`);
  const byRecipient: (readonly EntryResponse[])[] = [];
  for (const recipient of recipients) byRecipient.push(await takeAll(context, request.Messages, { sender, recipient, serviceUdf }));
  return { Status: statusDone, Entries: request.Messages.flatMap((_, place) => byRecipient.flatMap((entries) => entries[place] ?? [])) };
}

/** The sender's domain is not ours, and its service is the caller's. */
async function requireServed(
  context: ServiceContext,
  sender: string,
  { serviceUdf, network }: { readonly serviceUdf: string; readonly network: string },
): Promise<void> {
  const { peers, budgets, courier } = context;
  if (!peers.isForeign(sender))
    throw new MeshError("ERR_NOT_AUTHORIZED", `${sender} is an address of this service, and nobody else posts in its name`);
  const domain = domainOf(sender);
  const expected = await peers.udfOf(domain, () => budgets.takeLookup(network));
  if (expected !== serviceUdf) {
    throw new MeshError("ERR_NOT_AUTHORIZED", `${domain} has service ${expected}, so that ${serviceUdf} cannot post in the name of ${sender}`, {
      hint: `post through the service of ${domain}; if that was set up anew, whoever runs the other has to say 'mesh-service peer forget ${domain}'`,
    });
  }
  courier.ring(domain);
}

interface Way {
  readonly sender: string;
  readonly recipient: string;
  readonly serviceUdf: string;
}

/** What becomes of each message at one recipient; those that are taken are written together. */
async function takeAll(context: ServiceContext, messages: readonly DareEnvelope[], way: Way): Promise<readonly EntryResponse[]> {
  const judged: EntryResponse[] = [];
  for (const message of messages) judged.push(await judgeOne(context, message, way));
  const accepted = messages.filter((_, place) => judged[place]?.Result === "Accept");
  const taken = await deliverAll(context, accepted, way);
  const lost = new Set(accepted.filter((_, place) => taken[place] !== true));
  return judged.map((entry, place) => {
    const message = messages[place];
    return message && lost.has(message) ? { EnvelopeId: entry.EnvelopeId, Account: way.recipient, Result: "Reject", ErrorCode: "ERR_QUOTA" } : entry;
  });
}

async function judgeOne(context: ServiceContext, message: DareEnvelope, { sender, recipient, serviceUdf }: Way): Promise<EntryResponse> {
  const entry = { EnvelopeId: spoolMessage(message).envelopeId, Account: recipient };
  // A service carries messages of its accounts and to its accounts, and between nobody else.
  if (context.peers.isForeign(recipient)) return { ...entry, Result: "Reject", ErrorCode: "ERR_ACCOUNT_UNKNOWN" };
  try {
    checkMessageSize(context, message);
    const count: Judging["take"] = (standing) =>
      standing === "granted" ? context.budgets.takePeerPost(serviceUdf) : context.budgets.takePeerIntroduction(serviceUdf, recipient);
    return await judge(context, message, { sender, recipient, take: count });
  } catch (error) {
    const { code } = asMeshError(error);
    if (!isMeshError(error) || !ofMessage.some((known) => known === code)) throw error;
    return { ...entry, Result: "Reject", ErrorCode: code };
  }
}
