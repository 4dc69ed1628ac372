/**
 * Transact: catalogs and spools of one account change together or not at all, and go on in their next epochs so; then Outbound messages go to their recipients.
 * The order of checks: the same RequestId (answer again), rights, expected place (Conflict), frames, then one commit.
 */
import { MeshError } from "../../base/errors.ts";
import { decodeObject, encodeObject } from "../../codec/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { ContainerStatus, ContainerUpdate, EntryResponse, StageSwitch, TransactRequest } from "../../protocol/index.ts";
import { statusDone, TransactResponse } from "../../protocol/index.ts";
import type { SpoolLabel } from "../../schema/index.ts";
import { accountAddress, guestOrder, mayAppend, mayStageEpoch } from "../../schema/index.ts";
import { requireBeginner, requireWriter, spenderOf } from "../access/writer-right.ts";
import type { Account, Authority } from "../account/account.ts";
import type { Spender } from "../account/budget.ts";
import type { CheckedUpdate } from "../account/catalog-check.ts";
import { catalogLabel, checkUpdate } from "../account/catalog-check.ts";
import { closing } from "../account/command-sweep.ts";
import { conflict, isEnd, statusOf } from "../account/container-status.ts";
import type { SpoolMessage } from "../account/spool.ts";
import { spoolFrames, spoolMessage } from "../account/spool.ts";
import { checkJoined } from "../split/joined-check.ts";
import type { Answer, Append } from "../store/service-store.ts";
import type { ServiceContext, Transaction } from "./context.ts";
import { checkMessageSize, recipientsOf } from "./delivery.ts";
import { checkEntries } from "./entry-check.ts";
import { framesGivenBack } from "./given-back.ts";
import { joinedWriter } from "./joined-writer.ts";
import { judgeOutbound } from "./outbound.ts";
import { sendOut } from "./send-out.ts";
import { checkSwitches, placesOf } from "./switch.ts";

const spoolsOf = { Inbound: "MMM_Inbound", Outbound: "MMM_Outbound", Local: "MMM_Local", Command: "MMM_Command" } as const satisfies Record<
  string,
  SpoolLabel
>;

/** No sender can have more answers open than are kept for it. */
const maxAcknowledged = 1024;

/** Messages for one spool. */
interface SpoolAppend {
  readonly label: SpoolLabel;
  readonly messages: readonly DareEnvelope[];
}

/** Errors: ERR_CONFLICT (detail ContainerStatus), ERR_NOT_AUTHORIZED, ERR_REVOKED, ERR_VERIFICATION, ERR_SCHEMA, ERR_TOO_LARGE, ERR_QUOTA, ERR_DISK_FULL. */
export const transact: Transaction<"Transact"> = async (context, request, { caller, address: network }) => {
  if (request.RequestId.length === 0 || request.RequestId.length > 128) throw new MeshError("ERR_USAGE", "RequestId must have 1 to 128 characters");
  if ((request.Acknowledged ?? []).length > maxAcknowledged) throw new MeshError("ERR_TOO_LARGE", `more than ${maxAcknowledged} acknowledgements`);
  const account = await context.book.get(accountAddress(request.Account));
  const recipients = recipientsOf(context, request.Accounts ?? []);
  const name = { sender: caller.linkUdf, requestId: request.RequestId };
  const done = await account.exclusively(async () => {
    const authority = account.authority(caller.linkUdf);
    const given = await account.answer(name);
    if (given !== undefined) return { response: decodeObject(TransactResponse, given.response) };
    const spools = spoolAppends(context, request);
    checkRights(authority, request, spools);
    requireGuests(account, authority, { spools, recipients });
    const givenBack = await framesGivenBack(context, account, { updates: request.GivenBack ?? [], rights: authority.rights });
    if (givenBack.some(({ store }) => spools.some(({ label }) => label === store)))
      throw new MeshError("ERR_USAGE", "frames and messages of a spool in one request");
    return await apply(context, account, {
      request,
      spools,
      givenBack,
      recipients,
      name,
      network,
      bringer: authority.capability?.DeviceUdf,
      spender: spenderOf(authority.rights),
    });
  });
  if (done.id !== undefined) await sendOut(context, account, done.id);
  return done.response;
};

function spoolAppends(context: ServiceContext, request: TransactRequest): readonly SpoolAppend[] {
  const appends = (Object.keys(spoolsOf) as (keyof typeof spoolsOf)[])
    .map((name) => ({ label: spoolsOf[name], messages: request[name] ?? [] }))
    .filter(({ messages }) => messages.length > 0);
  const count = appends.reduce((sum, { messages }) => sum + messages.length, 0);
  if (count > context.limits.messages) throw new MeshError("ERR_TOO_LARGE", `${count} messages at once`);
  for (const { label, messages } of appends) {
    if (label === "MMM_Inbound" || label === "MMM_Outbound") for (const message of messages) checkMessageSize(context, message);
  }
  return appends;
}

function checkRights(authority: Authority, request: TransactRequest, spools: readonly SpoolAppend[]): void {
  const { rights } = authority;
  const refuse = (what: string): never => {
    throw new MeshError("ERR_NOT_AUTHORIZED", `this device may not append ${what}`);
  };
  for (const { Container } of request.Updates ?? []) {
    if (!mayAppend(rights, catalogLabel(Container))) refuse(`to ${Container}`);
    requireWriter(authority, catalogLabel(Container));
  }
  for (const { Container } of request.Switch ?? []) {
    if (!mayStageEpoch(rights, catalogLabel(Container))) refuse(`an epoch of ${Container}`);
    requireBeginner(authority, catalogLabel(Container));
  }
  for (const { label, messages } of spools) {
    for (const message of messages) {
      const { messageType } = spoolMessage(message);
      if (!mayAppend(rights, label, messageType)) refuse(`${messageType ?? "messages"} to ${label}`);
    }
  }
}

/** Whoever may send nothing but messages of some types, as hubs their answers, sends them to those whose orders the account takes. ERR_NOT_AUTHORIZED. */
function requireGuests(account: Account, { rights }: Authority, { spools, recipients }: Pick<Plan, "spools" | "recipients">): void {
  if (mayAppend(rights, "MMM_Outbound") || !spools.some(({ label }) => label === "MMM_Outbound")) return;
  const other = recipients.find((recipient) => !account.inbound(recipient).some((named) => named.Active && named.MessageTypes.includes(guestOrder)));
  if (other !== undefined) throw new MeshError("ERR_NOT_AUTHORIZED", `this device may not write to ${other}, who is no guest of the account`);
}

interface Plan {
  readonly request: TransactRequest;
  readonly spools: readonly SpoolAppend[];
  /** Frames of spools that the service has lost. */
  readonly givenBack: readonly Append[];
  readonly recipients: readonly string[];
  readonly name: Pick<Answer, "sender" | "requestId">;
  /** Where the request came from. */
  readonly network: string;
  /** The device that asks, where the service knows. */
  readonly bringer: string | undefined;
  /** Administrators say which messages of MMM_Command are over, and have a reserve of the budgets. */
  readonly spender: Spender;
}

async function apply(context: ServiceContext, account: Account, plan: Plan): Promise<{ readonly response: TransactResponse; readonly id?: number }> {
  const { request, name } = plan;
  await checkPlaces(account, placesOf(request));
  const checked: CheckedUpdate[] = [];
  for (const update of request.Updates ?? []) checked.push(await checkCatalog(context, account, update, plan));
  const switches = await checkSwitches(context, account, { switches: request.Switch ?? [], sender: name.sender });
  const appends: Append[] = [
    ...checked.map(({ label, epoch, frames, encoded }) => ({ store: label, epoch, index: frames[0]?.index ?? 0, frames: encoded })),
    ...plan.givenBack,
  ];
  const sent = await judgeOutbound(context, account, { ...plan, messages: request.Outbound ?? [] });
  for (const { label, messages } of plan.spools) {
    const fresh = label === "MMM_Outbound" ? sent.fresh : await freshMessages(account, label, messages);
    if (fresh.length === 0) continue;
    context.rates.takeMessages(
      name.sender,
      fresh.map(({ octets }) => octets.length),
    );
    const frontier = await account.frontier(label);
    const index = frontier.count;
    const closes = label === "MMM_Command" && plan.spender === "administrator";
    const entered = closes ? await Promise.all(fresh.map((message) => closing(account, message))) : fresh;
    const frames = spoolFrames({ messages: entered, frontier, now: context.clock.now(), random: context.random });
    appends.push({ store: label, epoch: 0, index, frames });
  }
  const entries = [...plan.spools.flatMap(({ messages }) => messages.map((message) => accepted(spoolMessage(message)))), ...sent.entries];
  const response: TransactResponse = {
    Status: statusDone,
    ContainerStatus: [...statusesAfter(appends), ...(request.Switch ?? []).map(statusAfter)],
    ...(entries.length === 0 ? {} : { Entries: entries }),
  };
  const answer = { ...name, time: context.clock.now(), response: encodeObject(TransactResponse, response) };
  const deliveries = sent.deliveries.length > 0 ? { deliveries: sent.deliveries } : {};
  const seen = { sender: name.sender, requestIds: request.Acknowledged ?? [] };
  const acknowledged = seen.requestIds.length === 0 ? {} : { seen };
  const id = await account.commit({ appends, ...(switches.length === 0 ? {} : { switches }), answer, ...acknowledged, ...deliveries }, plan.spender);
  return { response, id };
}

/** Compares the expected end of every catalog before anything else, so that the caller learns of all conflicts at once. */
async function checkPlaces(account: Account, places: readonly ContainerStatus[]): Promise<void> {
  const labels = places.map(({ Container }) => catalogLabel(Container));
  const ends = await Promise.all(labels.map((label) => account.end(label)));
  if (places.every((place, i) => isEnd(place, ends[i] ?? { epoch: 0, count: 0, octets: 0 }))) return;
  throw conflict("another device wrote first", await account.statuses(labels));
}

async function checkCatalog(
  { limits }: ServiceContext,
  account: Account,
  update: ContainerUpdate,
  { name: { sender }, bringer }: Pick<Plan, "name" | "bringer">,
): Promise<CheckedUpdate> {
  const label = catalogLabel(update.Container);
  const frontier = await account.frontier(label);
  const { Epoch: epoch = 0, Envelopes: envelopes } = update;
  const checked = checkUpdate({ label, epoch, accountUdf: account.accountUdf, envelopes, frontier, bringer });
  const octetsWith = (changed: ReadonlyMap<string, number>): number => account.accessOctetsWith(changed);
  if (label === "MMM_Joined") await checkJoined(account.reader(label), checked.frames, joinedWriter(account, sender));
  else await checkEntries(limits, account.readerOf(label), { label, frames: checked.frames, octetsWith });
  return checked;
}

/** Messages that the spool does not have yet: what comes again changes nothing. */
async function freshMessages(account: Account, label: SpoolLabel, messages: readonly DareEnvelope[]): Promise<readonly SpoolMessage[]> {
  const fresh: SpoolMessage[] = [];
  for (const message of messages.map((envelope) => spoolMessage(envelope))) {
    if ((await account.indexOf(label, message)) === undefined) fresh.push(message);
  }
  return fresh;
}

function accepted({ envelopeId }: SpoolMessage): EntryResponse {
  return { EnvelopeId: envelopeId, Result: "Accept" };
}

function statusesAfter(appends: readonly Append[]): ContainerStatus[] {
  return appends.map(({ store, epoch, index, frames }) => {
    const digest = (frames as readonly { readonly treeDigest?: Uint8Array }[]).at(-1)?.treeDigest;
    return statusOf(store, { epoch, count: index + frames.length, ...(digest === undefined ? {} : { digest }) });
  });
}

function statusAfter({ Container, Epoch, Index, Digest }: StageSwitch): ContainerStatus {
  return statusOf(catalogLabel(Container), { epoch: Epoch, count: Index, digest: Digest });
}
