/**
 * One turn of the owner's agent: does what the owner has allowed in advance with everything that is open. Each item fails alone: it is told,
 * passed, and tried again in a later turn; only what every item would meet (the service, the disk) ends the turn. docs/design.md §3.
 */
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import { asMeshError, isMeshError } from "../../base/errors.ts";
import { appendAll } from "../../base/list.ts";
import { shorten } from "../../base/shorten.ts";
import { nameLimit } from "../../driver/index.ts";
import { deviceCatalog } from "../../schema/index.ts";
import { offerCommandKey, takeCommandKeys } from "../command/command-key.ts";
import { acceptConnection, inspectConnections, type PendingConnection, rejectConnection, wasClosed } from "../connect/pending-connection.ts";
import { attendContacts } from "../contact/attend.ts";
import type { AccountContext } from "../context/account-context.ts";
import { isOfSurroundings } from "../context/surroundings.ts";
import { processAccepts } from "../device/accept.ts";
import { postClaims } from "../device/claim.ts";
import { renewDelegations } from "../device/delegation.ts";
import { leaveEvidence } from "../device/evidence.ts";
import { sayExtensions } from "../device/extension.ts";
import { handOnKeys } from "../device/hand-on.ts";
import { inspectHosted, type PendingHosted } from "../device/hosted.ts";
import { acceptOffer, inspectOffers, type PendingOffer } from "../device/offer.ts";
import { dealWaiting } from "../device/successor.ts";
import { renewGuests } from "../grant/renew-guests.ts";
import { closeHandled } from "../message/closed.ts";
import type { RefusedMessage } from "../message/refused.ts";
import { closeRefused } from "../message/refused.ts";
import { inspectWaiting } from "../message/waiting.ts";
import { continuePurge } from "../recovery/purge-seed.ts";
import { replaceKeys } from "../removal/replace-keys.ts";
import { moveJoined } from "../split/move.ts";
import type { SpoolMessage } from "../store/spool-replica.ts";
import { attendMail } from "./attend-mail.ts";
import { currentWindow, fitsWindow, type Window } from "./window.ts";

/** Something the agent did. */
export interface AgentEvent {
  readonly kind:
    | "connected"
    | "accepted"
    | "registered"
    | "released"
    | "dealt"
    | "taken"
    | "handed"
    | "rekeyed"
    | "delegated"
    | "claimed"
    | "met"
    | "asked"
    | "told"
    | "renewed"
    | "confirm"
    | "answered"
    | "alert"
    | "edited"
    | "waiting"
    | "refused"
    | "failed"
    | "offline"
    | "distrusted";
  readonly deviceUdf?: string;
  /** Account that it is about. */
  readonly address?: string;
  readonly name?: string;
  readonly reason?: string;
}

/** Whom an event is about. */
type Subject = Pick<AgentEvent, "deviceUdf" | "address" | "name">;

/** Runs what one item asks for. */
type Attempt = (subject: Subject, task: () => Promise<void>, failure?: "failed" | "waiting") => Promise<void>;

const cursorPath = (dir: string): string => join(dir, "agent.cursor");

async function readCursor(dir: string): Promise<number> {
  const octets = await readFileIfExists(cursorPath(dir));
  const cursor = octets ? Number(fromUtf8(octets)) : 0;
  return Number.isSafeInteger(cursor) && cursor > 0 ? cursor : 0;
}

/**
 * Does everything that is open now; a device that is no administrator does what concerns messages of other accounts. The caller holds the directory and has synchronised.
 * @param options.claim post claims at makers' services
 * Errors: those of the service and the disk; what one item fails with is an event.
 */
export async function attend(context: AccountContext, options: { readonly claim: boolean }): Promise<readonly AgentEvent[]> {
  const events: AgentEvent[] = [];
  const tell = (event: AgentEvent): void => void events.push(event);
  const attempt = attemptFor(context, tell);
  if (context.keys.administrator) await attendAsAdministrator(context, options, attempt, tell);
  else {
    await attempt({}, () => offerCommandKey(context));
    await attempt({}, async () => {
      await closeAndTell(context, await attendMail(context, tell), tell);
    });
  }
  return events;
}

/** An item that fails is told, and passed. */
function attemptFor(context: AccountContext, tell: (event: AgentEvent) => void): Attempt {
  return async (subject, task, failure = "failed") => {
    try {
      await task();
    } catch (thrown) {
      if (isOfSurroundings(thrown)) throw thrown;
      const { code, message } = asMeshError(thrown);
      context.ports.log.warn("agent.item.failed", { ...subject, code, reason: message });
      tell({ kind: failure, ...subject, reason: message });
    }
  };
}

async function closeAndTell(context: AccountContext, refused: readonly RefusedMessage[], tell: (event: AgentEvent) => void): Promise<void> {
  await closeRefused(context, "MMM_Inbound", refused);
  for (const reason of new Set(refused.map((message) => message.reason))) tell({ kind: "refused", reason });
}

async function attendAsAdministrator(
  context: AccountContext,
  options: { readonly claim: boolean },
  attempt: Attempt,
  tell: (event: AgentEvent) => void,
): Promise<void> {
  await attempt({}, async () => {
    for (const { deviceUdf, name, keys } of await handOnKeys(context))
      tell({ kind: "handed", deviceUdf, ...(name && { name }), reason: keys.join(", ") });
  });
  await attempt({}, () => offerCommandKey(context));
  await attempt({}, () => sayExtensions(context));
  const cursor = await readCursor(context.dir);
  const handled: SpoolMessage[] = [];
  await attempt({}, async () => {
    const keys = await takeCommandKeys(context, cursor);
    for (const deviceUdf of keys.taken) tell({ kind: "handed", deviceUdf, reason: "Command25519" });
    appendAll(handled, keys.handled);
  });
  const connections = await inspectConnections(context);
  await attendConnections(context, connections.pending, attempt, tell);
  await attempt({}, async () => {
    for (const deviceUdf of await dealWaiting(context)) tell({ kind: "dealt", deviceUdf });
  });
  await attempt({}, async () => {
    await leaveEvidence(context);
  });
  // Before keys are replaced: what splits have connected is verified under the administrators' key in force.
  await attempt({}, async () => {
    for (const deviceUdf of await moveJoined(context)) {
      const name = context.get(deviceCatalog, deviceUdf)?.LocalName;
      tell({ kind: "taken", deviceUdf, ...(name === undefined ? {} : { name }) });
    }
  });
  // What a removal left to do, here or elsewhere, and machines that were let in while keys changed.
  await attempt({}, async () => {
    const { stores, members, dealt, without, strays } = await replaceKeys(context);
    for (const { id } of strays) tell({ kind: "refused", reason: `${id} let in what is no device of the account: the service refuses it now` });
    if (stores.length + members.length > 0) tell({ kind: "rekeyed", reason: [...stores, ...members].join(", ") });
    for (const deviceUdf of dealt) tell({ kind: "dealt", deviceUdf });
    for (const { deviceUdf, reason } of without) tell({ kind: "failed", deviceUdf, reason });
  });
  await attempt({}, async () => {
    await continuePurge(context);
  });
  // After the connections: a hub that was connected now may have offered something already.
  const offers = await inspectOffers(context);
  await attendOffers(context, offers.pending, attempt, tell);
  const hosted = await inspectHosted(context);
  for (const offer of hosted.pending) tell({ kind: "waiting", ...subjectOf(offer) });
  const contacts = await attendContacts(context, (address, task) => attempt({ address }, task), tell);
  // After the contacts: what a guest's account has become is known from there.
  await attempt({}, async () => {
    for (const address of await renewGuests(context)) tell({ kind: "renewed", address });
  });
  await attempt({}, async () => {
    await closeAndTell(context, [...connections.refused, ...offers.refused, ...hosted.refused, ...contacts], tell);
  });
  await attempt({}, async () => {
    await closeAndTell(context, await attendMail(context, tell), tell);
  });
  const { processed, next, handled: accepted } = await processAccepts(context, cursor);
  for (const { deviceUdf, kind } of processed) tell({ kind: kind === "connected" ? "registered" : "released", deviceUdf });
  await attempt({}, () => closeHandled(context, [...handled, ...accepted]));
  if (next !== cursor) await writeFileAtomic(cursorPath(context.dir), utf8(String(next)));
  await attempt({}, async () => {
    for (const deviceUdf of await renewDelegations(context)) tell({ kind: "delegated", deviceUdf });
  });
  if (options.claim) for (const deviceUdf of await postClaims(context)) tell({ kind: "claimed", deviceUdf });
}

/** Closes what nothing can come of, for those who look at what waits. A service that is away leaves it for the next time. */
export async function closeUnwanted(context: AccountContext): Promise<void> {
  const { refused } = await inspectWaiting(context);
  try {
    await closeRefused(context, "MMM_Inbound", refused);
  } catch (error) {
    context.ports.log.warn("message.unclosed", { reason: asMeshError(error).message });
  }
}

/** Connects whose PIN is good, refuses whose is not, and leaves the others to the owner. */
async function attendConnections(
  context: AccountContext,
  pending: readonly PendingConnection[],
  attempt: Attempt,
  tell: (event: AgentEvent) => void,
): Promise<void> {
  const used = new Set<string>();
  for (const request of pending) {
    const { deviceUdf, grant, pinError } = request;
    if (pinError) {
      await attempt({ deviceUdf }, async () => {
        if (pinError.code === "ERR_PIN_USED" && (await wasClosed(context, request))) return;
        context.ports.log.warn("connection.pin.refused", { device: deviceUdf, code: pinError.code });
        await rejectConnection(context, request);
      });
    } else if (grant && !used.has(grant.pinMessageId)) {
      await attempt({ deviceUdf }, async () => {
        const device = await acceptConnection(context, request, { roles: grant.roles }).catch(unlessDone);
        used.add(grant.pinMessageId);
        if (!device) return;
        tell({ kind: "connected", deviceUdf, ...(device.LocalName === undefined ? {} : { name: device.LocalName }) });
      });
    }
  }
}

/** Another administration device was faster: it tells of it. */
function unlessDone(error: unknown): undefined {
  if (!isMeshError(error, "ERR_EXISTS")) throw error;
}

function subjectOf({ offer, device }: PendingOffer | PendingHosted): Subject & { readonly name: string } {
  return { deviceUdf: device.deviceUdf, name: shorten(offer.LocalName ?? device.description.Model, nameLimit) };
}

/** Accepts the offers that an open window is for. */
async function attendOffers(
  context: AccountContext,
  pending: readonly PendingOffer[],
  attempt: Attempt,
  tell: (event: AgentEvent) => void,
): Promise<void> {
  const window: Window | undefined = await currentWindow(context.dir, context.ports, context.profile.AdministratorSignature.Udf);
  for (const offer of pending) {
    const { deviceUdf } = offer.device;
    const subject = subjectOf(offer);
    if (!window || !fitsWindow(window, offer)) {
      tell({ kind: "waiting", ...subject });
      continue;
    }
    const accept = async (): Promise<void> => {
      const { LocalName: name = subject.name } = await acceptOffer(context, offer);
      tell({ kind: "accepted", deviceUdf, name });
    };
    // What cannot be accepted without asking (an unknown place, say) waits for the owner.
    await attempt(subject, accept, "waiting");
  }
}
