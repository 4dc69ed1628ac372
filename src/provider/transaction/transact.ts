/**
 * Transact: catalogs and spools of one account change together or not at all; then Outbound messages go to their recipients.
 * The order of checks: the same RequestId (answer again), rights, expected place (Conflict), frames, then one commit.
 */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { decodeObject, encodeObject } from "../../codec/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { ContainerUpdate, EntryResponse, TransactRequest } from "../../protocol/index.ts";
import { ContainerStatus, statusDone, TransactResponse } from "../../protocol/index.ts";
import type { AccessCapability, CatalogLabel, SpoolLabel } from "../../schema/index.ts";
import { accountAddress, isCatalog, mayAppend, storeLabel } from "../../schema/index.ts";
import { capabilityOf } from "../access/access-table.ts";
import type { Account } from "../account/account.ts";
import { overBudget } from "../account/budget.ts";
import type { CheckedUpdate } from "../account/catalog-check.ts";
import { checkUpdate } from "../account/catalog-check.ts";
import type { SpoolMessage } from "../account/spool.ts";
import { spoolFrames, spoolMessage } from "../account/spool.ts";
import { publicationOf } from "../claim/claim-book.ts";
import type { Answer, Append, Delivery } from "../store/service-store.ts";
import type { ServiceContext, Transaction } from "./context.ts";
import { checkMessageSize, judge } from "./delivery.ts";
import { recipientsOf } from "./post.ts";
import { sendOut } from "./send-out.ts";

const spoolsOf = { Inbound: "MMM_Inbound", Outbound: "MMM_Outbound", Local: "MMM_Local", Command: "MMM_Command" } as const satisfies Record<
  string,
  SpoolLabel
>;

/** No sender can have more answers open than are kept for it. */
const maxAcknowledged = 1024;

/** The longest fingerprint of a key, with its groups. */
const maxUdfLength = 160;

/** Messages for one spool. */
interface SpoolAppend {
  readonly label: SpoolLabel;
  readonly messages: readonly DareEnvelope[];
}

/** Errors: ERR_CONFLICT (detail ContainerStatus), ERR_NOT_AUTHORIZED, ERR_REVOKED, ERR_VERIFICATION, ERR_SCHEMA, ERR_TOO_LARGE, ERR_QUOTA, ERR_DISK_FULL. */
export const transact: Transaction<"Transact"> = async (context, request, { caller, address: network }) => {
  if (request.RequestId.length === 0 || request.RequestId.length > 128) throw new MeshError("ERR_USAGE", "RequestId must have 1 to 128 characters");
  if ((request.Acknowledged ?? []).length > maxAcknowledged) throw new MeshError("ERR_TOO_LARGE", `more than ${maxAcknowledged} acknowledgements`);
  if (request.Switch !== undefined) throw new MeshError("ERR_NOT_BUILT", "this service switches no epochs yet");
  const account = await context.book.get(accountAddress(request.Account));
  const recipients = recipientsOf(context, request.Accounts ?? []);
  const name = { sender: caller.linkUdf, requestId: request.RequestId };
  const done = await account.exclusively(async () => {
    const { rights } = account.authority(caller.linkUdf);
    const given = await account.answer(name);
    if (given !== undefined) return { response: decodeObject(TransactResponse, given.response) };
    const spools = spoolAppends(context, request);
    checkRights(rights, request, spools);
    return await apply(context, account, { request, spools, recipients, name, network });
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

function checkRights(rights: readonly string[], request: TransactRequest, spools: readonly SpoolAppend[]): void {
  const refuse = (what: string): never => {
    throw new MeshError("ERR_NOT_AUTHORIZED", `this device may not append ${what}`);
  };
  for (const { Container } of request.Updates ?? []) if (!mayAppend(rights, catalogLabel(Container))) refuse(`to ${Container}`);
  for (const { label, messages } of spools) {
    for (const message of messages) {
      const { messageType } = spoolMessage(message);
      if (!mayAppend(rights, label, messageType)) refuse(`${messageType ?? "messages"} to ${label}`);
    }
  }
}

function catalogLabel(text: string): CatalogLabel {
  const label = storeLabel(text);
  if (!isCatalog(label)) throw new MeshError("ERR_USAGE", `${label} is a spool: send its messages, not its frames`);
  return label;
}

interface Plan {
  readonly request: TransactRequest;
  readonly spools: readonly SpoolAppend[];
  readonly recipients: readonly string[];
  readonly name: Pick<Answer, "sender" | "requestId">;
  /** Where the request came from. */
  readonly network: string;
}

async function apply(context: ServiceContext, account: Account, plan: Plan): Promise<{ readonly response: TransactResponse; readonly id?: number }> {
  const { request, recipients, name } = plan;
  const updates = request.Updates ?? [];
  if (new Set(updates.map(({ Container }) => Container)).size !== updates.length)
    throw new MeshError("ERR_USAGE", "a catalog stands twice in one request");
  await checkPlaces(account, updates);
  const checked: CheckedUpdate[] = [];
  for (const update of updates) checked.push(await checkCatalog(context, account, update));
  const appends: Append[] = checked.map(({ label, frames, encoded }) => ({ store: label, epoch: 0, index: frames[0]?.index ?? 0, frames: encoded }));
  for (const { label, messages } of plan.spools) {
    const fresh = await freshMessages(account, label, messages);
    if (fresh.length === 0) continue;
    const frontier = await account.frontier(label);
    const index = frontier.count;
    const frames = spoolFrames({ messages: fresh, frontier, now: context.clock.now(), random: context.random });
    appends.push({ store: label, epoch: 0, index, frames });
  }
  const sent = await judgeOutbound(context, account, plan, appends);
  const entries = [...plan.spools.flatMap(({ messages }) => messages.map((message) => accepted(spoolMessage(message)))), ...sent.entries];
  const response: TransactResponse = {
    Status: statusDone,
    ContainerStatus: statusesAfter(appends, checked),
    ...(entries.length === 0 ? {} : { Entries: entries }),
  };
  const answer = { ...name, time: context.clock.now(), response: encodeObject(TransactResponse, response) };
  const deliveries = recipients.length > 0 && sent.deliveries.length > 0 ? { deliveries: sent.deliveries } : {};
  const seen = { sender: name.sender, requestIds: request.Acknowledged ?? [] };
  const id = await account.commit({ appends, answer, ...(seen.requestIds.length === 0 ? {} : { seen }), ...deliveries });
  return { response, id };
}

/** Compares the expected end of every catalog before anything else, so that the caller learns of all conflicts at once. */
async function checkPlaces(account: Account, updates: readonly ContainerUpdate[]): Promise<void> {
  const statuses = await account.statuses(updates.map(({ Container }) => catalogLabel(Container)));
  const isBehind = updates.some(({ Index, Digest }, i) => {
    const status = statuses[i];
    return (
      status === undefined || Index !== status.Index || (Digest !== undefined && (status.Digest === undefined || !equalBytes(Digest, status.Digest)))
    );
  });
  if (isBehind) {
    throw new MeshError("ERR_CONFLICT", "another device wrote first", {
      detail: { ContainerStatus: statuses.map((status) => ContainerStatus.encode(status)) },
    });
  }
}

async function checkCatalog({ limits }: ServiceContext, account: Account, update: ContainerUpdate): Promise<CheckedUpdate> {
  const label = catalogLabel(update.Container);
  const checked = checkUpdate({ label, accountUdf: account.accountUdf, envelopes: update.Envelopes, frontier: await account.frontier(label) });
  const reader = account.readerOf(label);
  const sizes = new Map<string, number>();
  for (const frame of reader === undefined ? [] : checked.frames) {
    const entry = await reader?.read(frame);
    if (entry === undefined || entry.Event === "Delete") continue;
    if (label !== "MMM_Access") publicationOf(entry);
    else {
      checkCapability(capabilityOf(entry), limits.accessLinks);
      sizes.set(entry.Key, frame.body.length);
      if (account.accessOctetsWith(sizes) > limits.accessOctets)
        throw overBudget(`${limits.accessOctets} octets of entries in ${label}`, { store: label, limit: limits.accessOctets });
    }
  }
  return checked;
}

/** Every link key of an entry is remembered for as long as the account is. ERR_TOO_LARGE. */
function checkCapability({ LinkUdf }: AccessCapability, most: number): void {
  if (LinkUdf.length > most)
    throw new MeshError("ERR_TOO_LARGE", `${LinkUdf.length} link keys in one entry of MMM_Access, at most ${most} are taken`);
  const long = LinkUdf.find((udf) => udf.length > maxUdfLength);
  if (long !== undefined) throw new MeshError("ERR_SCHEMA", `AccessCapability.LinkUdf: a fingerprint of ${long.length} characters`);
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

function statusesAfter(appends: readonly Append[], checked: readonly CheckedUpdate[]): ContainerStatus[] {
  const labels = new Set([...checked.map(({ label }) => label), ...appends.map(({ store }) => store)]);
  return [...labels].map((label) => {
    const append = appends.find(({ store }) => store === label);
    const frames = (append?.frames ?? []) as readonly { readonly treeDigest?: Uint8Array }[];
    const digest = frames.at(-1)?.treeDigest;
    return { Container: label, Index: (append?.index ?? 0) + frames.length, ...(digest === undefined ? {} : { Digest: digest }) };
  });
}

/** What becomes of each Outbound message at each recipient, and where it will stand in the spool from which it is sent. */
async function judgeOutbound(
  context: ServiceContext,
  account: Account,
  plan: Plan,
  appends: readonly Append[],
): Promise<{ readonly entries: readonly EntryResponse[]; readonly deliveries: readonly Delivery[] }> {
  const entries: EntryResponse[] = [];
  const deliveries: Delivery[] = [];
  let next = appends.find(({ store }) => store === "MMM_Outbound")?.index ?? 0;
  for (const message of plan.request.Outbound ?? []) {
    const index = (await account.indexOf("MMM_Outbound", spoolMessage(message))) ?? next++;
    for (const recipient of plan.recipients) {
      const entry = await judge(context, message, { sender: account.address, recipient, network: plan.network });
      entries.push(entry);
      if (entry.Result === "Accept") deliveries.push({ spool: "MMM_Outbound", index, account: recipient });
    }
  }
  return { entries, deliveries };
}
