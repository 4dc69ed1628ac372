/**
 * The machine that has half of a split connects a device: asks the hub to reach it, judges what the hub has found, deals it, has it signed by both
 * halves, and believes the device's own word alone. docs/extensions.md §16
 */
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import { shorten } from "../../base/shorten.ts";
import { visible } from "../../base/visible.ts";
import { decodeObject } from "../../codec/index.ts";
import type { ConnectUri } from "../../crypto/index.ts";
import { newNonce, parseConnectUri, responseId } from "../../crypto/index.ts";
import type { CatalogedDevice } from "../../schema/index.ts";
import {
  AcceptConnection,
  deviceCatalog,
  ForwardAccept,
  isGuarding,
  joinedCatalog,
  OfferConnection,
  openObject,
  publicKeyOf,
  RequestJoin,
  RespondJoin,
  RespondOffer,
  requireClass,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { DirectoryEntry } from "../context/device-directory.ts";
import type { OutgoingMessage } from "../context/write.ts";
import { requireAcceptance } from "../device/accept.ts";
import { offeredDevice } from "../device/offer.ts";
import { messageEnvelope } from "../message/message-envelope.ts";
import { senderOf } from "../message/sender.ts";
import { edit } from "../store/edit.ts";
import type { SpoolMessage } from "../store/spool-replica.ts";
import type { SplitDeal, SplitDealOptions } from "./deal.ts";
import { dealBySplit } from "./deal.ts";
import { forgetDeal, keepDeal, keptDeal, keptParts } from "./kept-deal.ts";
import { sealEntry, signBySplit } from "./sign.ts";
import type { StandingSplit } from "./standing.ts";
import { requireOpen, splitsOf } from "./standing.ts";

/** What is to be connected. */
export interface JoinWanted {
  /** The code of the device. */
  readonly code: string;
  readonly localName?: string;
  readonly place?: string;
  /** How long it may take. */
  readonly seconds: number;
}

/** Whom it is told to, and how long tasks get the directory. */
export interface JoinOptions {
  readonly turn: <T>(task: () => Promise<T>) => Promise<T>;
  readonly tell: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** What is under way. */
interface Joining {
  readonly standing: StandingSplit;
  readonly hub: DirectoryEntry;
  readonly uri: ConnectUri;
  readonly wanted: JoinWanted;
  readonly requestId: string;
  /** What the hub has found, and what is to be signed for it: once more, while the service's answers are lost. */
  offer?: OfferConnection;
  deal?: SplitDeal;
  device?: CatalogedDevice;
  linkRoot?: Uint8Array;
  /** Of its entry in MMM_Joined. */
  key?: string;
  isConnected?: boolean;
}

/**
 * Errors: ERR_CODE_KIND; ERR_NOT_AUTHORIZED when no split of this machine connects it, with the limit; ERR_REJECTED with the hub's reason; ERR_TIMEOUT;
 * those of the service.
 */
export async function connectBySplit(context: AccountContext, wanted: JoinWanted, options: JoinOptions): Promise<CatalogedDevice> {
  const { clock } = context.ports;
  const { turn, tell, signal } = options;
  const uri = parseConnectUri(wanted.code);
  if (uri.kind !== "earl")
    throw new MeshError("ERR_CODE_KIND", "the code is not a device's", { hint: "scan the code that is printed on the device" });
  const until = clock.monotonic() + wanted.seconds * 1000;
  let next = context.spoolCount("MMM_Command");
  const joining = await turn(() => ask(context, uri, wanted));
  tell("the hub looks for the device");
  try {
    while (joining.isConnected !== true) {
      const left = until - clock.monotonic();
      if (left <= 0)
        throw new MeshError("ERR_TIMEOUT", "the device was not connected in time", { hint: "see that its power is on and that the hub runs" });
      if (!(await hears(context, left, options))) {
        await clock.sleep(Math.min(500, left), signal);
        continue;
      }
      await turn(async () => {
        await signOffer(context, joining, tell);
        for await (const message of context.messages("MMM_Command", next)) {
          next = message.index + 1;
          await take(context, message, joining);
        }
        await signOffer(context, joining, tell);
      });
    }
  } finally {
    joining.linkRoot?.fill(0);
    uri.key.fill(0);
  }
  if (!joining.device) throw new MeshError("ERR_INTERNAL", "a device that was connected without an entry");
  return joining.device;
}

/** Waits for news and fetches it; false while the service is away, which changes nothing about what is under way. */
async function hears(context: AccountContext, leftMs: number, { turn, signal }: JoinOptions): Promise<boolean> {
  const seconds = Math.min(50, Math.max(1, Math.ceil(leftMs / 1000)));
  try {
    await context.wait({ stores: ["MMM_Command"], seconds, ...(signal ? { signal } : {}) });
    await turn(async () => {
      await context.refresh();
      await context.sync();
    });
    return true;
  } catch (error) {
    if (!isMeshError(error, "ERR_SERVICE_UNREACHABLE")) throw error;
    return false;
  }
}

/** Has what the hub has found signed, if it is not; what the service did not answer is asked once more at the next turn. */
async function signOffer(context: AccountContext, joining: Joining, tell: (text: string) => void): Promise<void> {
  const { offer, device } = joining;
  if (!offer || device) return;
  try {
    await takeOffer(context, offer, joining, tell);
  } catch (error) {
    if (!isMeshError(error, "ERR_SERVICE_UNREACHABLE")) throw error;
  }
}

/** Chooses the split and asks its hub. */
async function ask(context: AccountContext, uri: ConnectUri, wanted: JoinWanted): Promise<Joining> {
  const { ports } = context;
  const kept = await keptParts(context);
  const begun = splitsOf(context).find(({ split, state }) => split.Id === kept?.Connection.SplitId && state === "open");
  const standing = begun ?? ownSplit(context);
  if (!begun) freeSerial(context, standing);
  const hub = context.directory.find(standing.split.HubUdf);
  if (!hub) throw new MeshError("ERR_NOT_FOUND", "the hub of the split is no device of the account any more");
  const requestId = newNonce(ports.random);
  const value: RequestJoin = {
    MessageId: requestId,
    Sender: context.deviceUdf,
    HubUdf: hub.udf,
    SplitId: standing.split.Id,
    Uri: wanted.code,
    ...(wanted.localName === undefined ? {} : { LocalName: wanted.localName }),
    ...(wanted.place === undefined ? {} : { Place: wanted.place }),
    Expires: dateTime(ports.clock.now() + wanted.seconds * 1000),
  };
  await context.transact({ messages: [toHub(context, hub, RequestJoin, value)] });
  return { standing, hub, uri, wanted, requestId };
}

function toHub<T extends { readonly MessageId: string }>(
  context: AccountContext,
  hub: DirectoryEntry,
  struct: Parameters<typeof messageEnvelope<T>>[0]["struct"],
  value: T,
): OutgoingMessage {
  const recipients = [publicKeyOf(hub.connection.Encryption)];
  return { spool: "MMM_Command", envelope: messageEnvelope({ struct, value, signer: context.keys.signature, recipients, ports: context.ports }) };
}

/** The split of this machine that is open. Errors: ERR_NOT_AUTHORIZED with the reason why there is none. */
export function ownSplit(context: AccountContext): StandingSplit {
  const own = splitsOf(context).filter(({ split }) => split.GranteeUdf === context.deviceUdf);
  const open = own.find((standing) => standing.state === "open" && numbersLeft(context, standing) > 0);
  if (open) return open;
  const last = own.find(({ state }) => state === "frozen") ?? own.find(({ state }) => state === "open") ?? own.at(-1);
  if (!last) {
    throw new MeshError("ERR_NOT_AUTHORIZED", "no administrator lets this machine connect devices", {
      hint: "on an administration device: 'meshman admin split MACHINE --hub HUB --class light --count 5 --until 30d'",
    });
  }
  requireOpen(context, last);
  freeSerial(context, last);
  return last;
}

/** How many devices a split may still connect. */
export function numbersLeft(context: AccountContext, { split }: Pick<StandingSplit, "split">): number {
  return split.Count - usedSerials(context, split.Id).size;
}

/** True when a device stands under every number. One that is taken and not signed may still be signed for the machine that took it. */
export function isUsedUp(context: AccountContext, { split }: Pick<StandingSplit, "split">): boolean {
  const signed = context.list(joinedCatalog).filter(({ value }) => value.SplitId === split.Id && value.EnvelopedDevice !== undefined);
  return signed.length >= split.Count;
}

function usedSerials(context: AccountContext, splitId: string): ReadonlySet<number> {
  return new Set(
    context
      .list(joinedCatalog)
      .filter(({ value }) => value.SplitId === splitId)
      .map(({ value }) => value.Serial),
  );
}

function freeSerial(context: AccountContext, { split }: StandingSplit): number {
  const used = usedSerials(context, split.Id);
  for (let serial = 1; serial <= split.Count; serial++) if (!used.has(serial)) return serial;
  throw new MeshError("ERR_NOT_AUTHORIZED", `the split was for ${split.Count} devices, and all its numbers are used`, {
    hint: "connect the device with an administration device, which can also grant another split",
  });
}

/** One message of the hub. What is not about this device is passed over. */
async function take(context: AccountContext, message: SpoolMessage, joining: Joining): Promise<void> {
  const { messageType } = message;
  if (messageType !== OfferConnection.tag && messageType !== RespondJoin.tag && messageType !== ForwardAccept.tag) return;
  if (senderOf(context, message.envelope)?.udf !== joining.hub.udf) return;
  const keys = [context.keys.encryption];
  try {
    if (messageType === OfferConnection.tag && !joining.device) noteOffer(context, openObject(OfferConnection, message.envelope, keys), joining);
    if (messageType === ForwardAccept.tag && joining.device)
      await takeAcceptance(context, openObject(ForwardAccept, message.envelope, keys), joining);
    if (messageType === RespondJoin.tag) takeAnswer(context, openObject(RespondJoin, message.envelope, keys), joining);
  } catch (error) {
    // Sealed to somebody else.
    if (!isMeshError(error, "ERR_VERIFICATION")) throw error;
    context.ports.log.debug("split.message_passed", { index: message.index, reason: error.message });
  }
}

function takeAnswer(context: AccountContext, answer: RespondJoin, { requestId, device }: Joining): void {
  if (answer.MessageId !== responseId(requestId)) return;
  if (answer.Result === "Accept") {
    // Done without an offer: the hub had it before.
    if (device) return;
    const { LocalName: name } = (answer.DeviceUdf === undefined ? undefined : context.get(deviceCatalog, answer.DeviceUdf)) ?? {};
    throw new MeshError("ERR_EXISTS", `${name ?? answer.DeviceUdf ?? "the device"} is connected already: nothing was changed`, {
      hint: "see 'meshman device list'",
    });
  }
  throw new MeshError("ERR_REJECTED", `the hub has not connected the device: ${shorten(visible(answer.ErrorReport ?? "no reason given"), 300)}`, {
    hint: "see 'meshman admin list' for what this machine may connect",
  });
}

/** Keeps what the hub has found, of this hub and in time. Of another code it is not this machine's. Errors: those of offeredDevice. */
function noteOffer(context: AccountContext, offer: OfferConnection, joining: Joining): void {
  if (offer.HubUdf !== joining.hub.udf || !(fromDateTime(offer.Expires) > context.ports.clock.now())) return;
  offeredDevice(offer, joining.uri);
  joining.offer = offer;
}

/** Judges what the hub has found, and connects it. ERR_SERVICE_UNREACHABLE leaves all as it is, for another attempt with the same number. */
async function takeOffer(context: AccountContext, offer: OfferConnection, joining: Joining, tell: (text: string) => void): Promise<void> {
  const { standing, hub, uri, wanted } = joining;
  const found = offeredDevice(offer, uri);
  const { description } = found.device;
  const respond = (change: Partial<RespondOffer>): OutgoingMessage => {
    const value: RespondOffer = { MessageId: responseId(offer.MessageId), Result: "Accept", DeviceUdf: found.device.deviceUdf, ...change };
    return toHub(context, hub, RespondOffer, value);
  };
  try {
    requireClass(standing.split, description.Class);
    if (isGuarding(description))
      throw new MeshError("ERR_NOT_AUTHORIZED", "the device takes commands that can do harm: a split connects none of these");
    const options = { context, split: standing.split, envelopedSplit: standing.entry.EnvelopedAdministratorSplit, offer: { ...found, hub, uri } };
    if (!joining.deal) tell(`found ${visible(description.Manufacturer)} ${visible(description.Model)}`);
    joining.deal ??= (await keptDeal(options)) ?? newDeal(options, standing, wanted);
    const { deal } = joining;
    await keepDeal(context, deal);
    const serial = deal.connection.Serial;
    joining.device = await signBySplit(context, { standing, serial, deal }, [respond({})]);
    joining.linkRoot = deal.linkRoot;
    joining.key = joinedCatalog.keyOf({ SplitId: standing.split.Id, Serial: serial, Digest: deal.digest });
    await forgetDeal(context);
    tell(`both halves have signed: it is number ${serial} of ${standing.split.Count}`);
  } catch (error) {
    if (isMeshError(error, "ERR_SERVICE_UNREACHABLE")) throw error;
    await forgetDeal(context);
    const { message } = asMeshError(error);
    if (isMeshError(error)) await context.transact({ messages: [respond({ Result: "Reject", ErrorReport: shorten(message, 500) })] });
    if (isMeshError(error, "ERR_VERIFICATION")) throw new MeshError("ERR_REJECTED", message, { cause: error });
    throw error;
  }
}

function newDeal(options: Omit<SplitDealOptions, "serial" | "code">, standing: StandingSplit, { code, localName, place }: JoinWanted): SplitDeal {
  return dealBySplit({
    ...options,
    serial: freeSerial(options.context, standing),
    code,
    ...(localName === undefined ? {} : { localName }),
    ...(place === undefined ? {} : { place }),
  });
}

/** The device's own word, under the LinkRoot that nobody but it and this process knows. */
async function takeAcceptance(context: AccountContext, { Accept, DeviceUdf }: ForwardAccept, joining: Joining): Promise<void> {
  const { device, linkRoot, key } = joining;
  if (!device || !linkRoot || key === undefined || DeviceUdf !== device.DeviceUdf) return;
  requireAcceptance(context, device, { accept: decodeObject(AcceptConnection, Accept), linkRoot });
  const connected: CatalogedDevice = { ...device, Connected: dateTime(context.ports.clock.now()) };
  const EnvelopedDevice = sealEntry(context, connected);
  await context.transact({ catalogs: [edit(joinedCatalog, key, (now) => (now?.EnvelopedDevice ? { ...now, EnvelopedDevice } : now))] });
  joining.device = connected;
  joining.isConnected = true;
}
