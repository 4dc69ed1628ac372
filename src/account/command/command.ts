/**
 * Commands from afar: requests in MMM_Command, sealed to the hub that speaks for the device, and its answers. extensions §7.
 * A command is done when the device's own report says so; nothing here assumes that it was carried out.
 */
import { dateTime } from "../../base/clock.ts";
import type { ErrorCode } from "../../base/errors.ts";
import { asMeshError, catalogue, isMeshError, MeshError } from "../../base/errors.ts";
import { greatest } from "../../base/list.ts";
import { envelopeId, newNonce, responseId } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { DeviceProperty, DeviceReport, StateValue } from "../../schema/index.ts";
import {
  type CatalogedState,
  deviceCatalog,
  isRiskyOrder,
  openObject,
  publicKeyOf,
  RequestCommand,
  RespondCommand,
  stateCatalog,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { syncWhatHolds } from "../context/doubt.ts";
import type { OutgoingMessage } from "../context/write.ts";
import { messageEnvelope } from "../message/message-envelope.ts";
import { senderOf } from "../message/sender.ts";

/** What one device is told. */
export interface CommandOrder {
  readonly deviceUdf: string;
  /** Class of the device; what may do harm is told with a short life. */
  readonly class: string;
  /** Of the device, as its maker describes them. */
  readonly properties?: readonly DeviceProperty[] | undefined;
  readonly command: string;
  readonly arguments: readonly StateValue[];
  /** Sealed to a device that judges it; the hub only carries it. */
  readonly sealed?: { readonly messageId: string; readonly octets: Uint8Array };
  /** Asks the device to sign how it is, over this nonce; nothing is carried out. */
  readonly reportNonce?: Uint8Array;
}

/** What became of an order. */
export interface CommandOutcome {
  readonly order: CommandOrder;
  /**
   * Accept: done, `state` is the device's report. Pending: the hub has it, the device has not answered. None: no word of the hub. Unknown: only the
   * device, which judges the order itself, could say.
   */
  readonly result: "Accept" | "Reject" | "Pending" | "None" | "Unknown";
  readonly state?: CatalogedState;
  /** The device's own word, verified. */
  readonly report?: DeviceReport;
  /** What the hub answered. */
  readonly answer?: RespondCommand;
  /** Why not. */
  readonly error?: MeshError;
}

/** How orders are sent. */
export interface SendOptions {
  /** How long to wait for answers; also the life of a request, where its class allows as much. Default 60. */
  readonly seconds?: number;
  readonly signal?: AbortSignal;
  /** Holds the directory during a task, where other processes of this device share it. */
  readonly turn?: <T>(task: () => Promise<T>) => Promise<T>;
}

const longestLife = 60;
/** For what must not be carried out late. extensions §7 */
const shortLife = 30;
/** A hub that has restarted refuses the epoch before; it is asked again so many times. */
const signings = 3;
/** What an answer may take after its request has expired. */
const answerMs = 3000;

interface Sent {
  readonly order: CommandOrder;
  readonly hubUdf: string;
  readonly epoch: string;
  readonly messageId: string;
  readonly signed: number;
  /** Clock time of the request's Expires. */
  readonly expires: number;
  /** The hub has left the epoch of the request, and it is signed again when the new one is known; or it asks for proof of another history. */
  readonly refusal?: MeshError;
  /** The next request says what this device has seen with the apexes that prove it. */
  readonly proves?: boolean;
  /** It was sent with them. */
  readonly isProven?: boolean;
  readonly outcome?: CommandOutcome;
}

/**
 * Sends orders in one Transact and waits for the devices' reports.
 * Errors: ERR_NOT_AUTHORIZED without the role `command`, ERR_SERVICE_UNREACHABLE, ERR_FORK and ERR_ROLLBACK when a hub proves another history.
 * What goes wrong with one device stands in its outcome.
 */
export async function sendCommands(
  context: AccountContext,
  orders: readonly CommandOrder[],
  options: SendOptions = {},
): Promise<readonly CommandOutcome[]> {
  const { clock } = context.ports;
  const { seconds = longestLife, signal, turn = (task) => task() } = options;
  if (!context.roles.includes("command")) {
    throw new MeshError("ERR_NOT_AUTHORIZED", "this device has not the role command", {
      hint: "connect it with a PIN that carries it: 'meshman account pin --role web,command'",
    });
  }
  const end = clock.now() + seconds * 1000;
  const from = context.spoolCount("MMM_Command");
  let sent = await turn(() => sign(context, orders.map(unsigned), end));
  for (;;) {
    const open = sent.filter(({ outcome }) => outcome === undefined);
    const left =
      greatest(
        0,
        open.map(({ expires }) => expires),
      ) +
      answerMs -
      clock.now();
    if (open.length === 0 || left <= 0) break;
    try {
      await waitForNews(context, left, signal);
      sent = await turn(async () => {
        await context.refresh();
        await syncWhatHolds(
          () => context.sync(),
          ({ code, message }) => context.ports.log.warn("store.doubted", { code, reason: message }),
        );
        return sign(context, await readAnswers(context, sent, from), end);
      });
    } catch (error) {
      // The request is in the spool: a service that goes away meanwhile changes nothing about it.
      if (!isMeshError(error, "ERR_SERVICE_UNREACHABLE")) throw error;
      await clock.sleep(Math.min(500, left), signal);
    }
  }
  return sent.map(
    ({ order, outcome, refusal }) =>
      outcome ?? (refusal ? { order, result: "Reject", error: refusal } : { order, result: "None", error: silence(context, order) }),
  );
}

function unsigned(order: CommandOrder): Sent {
  return { order, hubUdf: "", epoch: "", messageId: "", signed: 0, expires: 0 };
}

async function waitForNews(context: AccountContext, leftMs: number, signal?: AbortSignal): Promise<void> {
  await context.wait({
    stores: ["MMM_Command", "MMM_State"],
    seconds: Math.min(50, Math.max(1, Math.ceil(leftMs / 1000))),
    ...(signal ? { signal } : {}),
  });
}

/** Signs and sends what has no request yet, or one of an epoch that its hub has left. */
async function sign(context: AccountContext, list: readonly Sent[], end: number): Promise<readonly Sent[]> {
  const { ports } = context;
  const messages: OutgoingMessage[] = [];
  const heads = context.heads();
  const proven = list.some(({ proves }) => proves) ? await context.provenHeads() : heads;
  const next = list.map((item): Sent => {
    if (item.outcome || item.signed >= signings || (item.messageId !== "" && !item.refusal)) return item;
    const { order } = item;
    try {
      const { hubUdf, hubEncryption, epoch } = addressee(context, order);
      if (epoch === item.epoch && item.proves !== true) return item;
      const now = ports.clock.now();
      const life = isRiskyOrder(order) ? shortLife : longestLife;
      const expires = Math.min(now + life * 1000, end);
      if (expires - now < 1000) return item;
      const messageId = newNonce(ports.random);
      const request: RequestCommand = {
        MessageId: messageId,
        Sender: context.deviceUdf,
        HubUdf: hubUdf,
        DeviceUdf: order.deviceUdf,
        Command: order.command,
        Arguments: order.arguments,
        Expires: dateTime(expires),
        CommandEpoch: epoch,
        ...(order.sealed ? { SealedOrder: order.sealed.octets, OrderId: order.sealed.messageId } : {}),
        ...(order.reportNonce ? { ReportNonce: order.reportNonce } : {}),
        Heads: item.proves === true ? proven : heads,
      };
      const envelope = messageEnvelope({
        struct: RequestCommand,
        value: request,
        signer: context.keys.signature,
        recipients: [hubEncryption],
        ports,
      });
      messages.push({ spool: "MMM_Command", envelope });
      const isProven = item.isProven === true || item.proves === true;
      return { order, hubUdf, epoch, messageId, signed: item.signed + 1, expires, isProven };
    } catch (error) {
      if (!isMeshError(error)) throw error;
      return { ...item, outcome: { order, result: "Reject", error } };
    }
  });
  if (messages.length > 0) await context.transact({ messages });
  return next;
}

/** Who speaks for a device (for a hub it does itself), and under which epoch. Errors: ERR_NOT_FOUND, ERR_DEVICE_OFFLINE. */
function addressee(context: AccountContext, { deviceUdf }: CommandOrder) {
  const device = context.get(deviceCatalog, deviceUdf);
  if (!device) throw new MeshError("ERR_NOT_FOUND", `no device ${deviceUdf}`, { hint: "see 'meshman device list'" });
  const name = device.LocalName ?? deviceUdf;
  const own = context.directory.find(deviceUdf);
  const isHub = own?.connection.Roles.includes("hub") === true;
  const hub = isHub ? own : device.HubUdf === undefined ? undefined : context.directory.find(device.HubUdf);
  if (!hub)
    throw new MeshError("ERR_DEVICE_OFFLINE", `${name} has no hub`, { hint: "connect a hub: its devices are dealt to it without a new scan" });
  const epoch = context.get(stateCatalog, hub.udf)?.CommandEpoch;
  if (epoch === undefined)
    throw new MeshError("ERR_DEVICE_OFFLINE", `${isHub ? name : `the hub of ${name}`} has not reported yet`, {
      hint: "start the hub, then say it again",
    });
  return { hubUdf: hub.udf, hubEncryption: publicKeyOf(hub.connection.Encryption), epoch };
}

async function readAnswers(context: AccountContext, list: readonly Sent[], from: number): Promise<readonly Sent[]> {
  const byEnvelope = new Map(list.filter(({ messageId }) => messageId !== "").map((item) => [envelopeId(responseId(item.messageId)), item]));
  const answers = new Map<Sent, RespondCommand>();
  for await (const { envelope, envelopeId: id, messageType } of context.messages("MMM_Command", from)) {
    const item = byEnvelope.get(id);
    if (!item || messageType !== RespondCommand.tag || senderOf(context, envelope)?.udf !== item.hubUdf) continue;
    const answer = answerIn(context, envelope);
    if (answer?.MessageId === responseId(item.messageId) && answer.HubUdf === item.hubUdf) answers.set(item, answer);
  }
  const now = context.ports.clock.now();
  const next = list.map((item) => {
    const answer = answers.get(item);
    return answer ? judged(item, answer, now) : item;
  });
  // A hub that asks for proof gets it first: what this device makes of the hub's own history is said afterwards.
  for (const [at, item] of list.entries()) if (next[at]?.proves !== true) await context.checkHeads(answers.get(item)?.Heads ?? [], item.hubUdf);
  return next;
}

function answerIn(context: AccountContext, envelope: DareEnvelope): RespondCommand | undefined {
  try {
    return openObject(RespondCommand, envelope, [context.keys.encryption]);
  } catch (error) {
    context.ports.log.warn("command.answer.unfit", { reason: asMeshError(error).message });
    return undefined;
  }
}

function judged(item: Sent, answer: RespondCommand, now: number): Sent {
  const { Result, State, ErrorReport } = answer;
  const { order } = item;
  const state = { answer, ...(State ? { state: State } : {}) };
  if (Result === "Accept") return { ...item, outcome: { order, result: Result, ...state } };
  const error = reported(Result, ErrorReport);
  // Not too late, so refused for its epoch: nothing was done with it, and it may be signed again.
  const isDispute = error.code === "ERR_FORK" || error.code === "ERR_ROLLBACK";
  if (isDispute && !item.isProven && now < item.expires) return { ...item, refusal: error, proves: true };
  if (error.code === "ERR_COMMAND_EXPIRED" && Result === "Expired" && now < item.expires) return { ...item, refusal: error };
  return { ...item, outcome: { order, result: Result === "Pending" ? Result : "Reject", ...state, error } };
}

/** The hub's reason; it may begin with a code of the catalogue. */
function reported(result: string, report: string | undefined): MeshError {
  const [, code, text] = /^(ERR_[A-Z_]+): ?(.*)$/s.exec(report ?? "") ?? [];
  const fallback: ErrorCode = result === "Expired" ? "ERR_COMMAND_EXPIRED" : result === "Pending" ? "ERR_PENDING" : "ERR_REJECTED";
  const known = code !== undefined && Object.hasOwn(catalogue, code) ? (code as ErrorCode) : fallback;
  return new MeshError(
    known,
    text ?? report ?? `the hub answered ${result}`,
    known === "ERR_REJECTED" ? { hint: "the hub refused; its reason is above" } : {},
  );
}

/** What is known when the hub says nothing. */
function silence(context: AccountContext, order: CommandOrder): MeshError {
  const device = context.get(deviceCatalog, order.deviceUdf);
  const hub = device?.HubUdf === undefined ? undefined : context.get(stateCatalog, device.HubUdf);
  const state = context.get(stateCatalog, order.deviceUdf);
  const known = [
    hub ? `the hub reported last at ${hub.Updated}` : "the hub has never reported",
    state ? `the device at ${state.Updated} (${state.Status})` : "the device never",
  ];
  return new MeshError("ERR_TIMEOUT", `no answer from the hub of ${device?.LocalName ?? order.deviceUdf}: ${known.join(", ")}`, {
    hint: "check that the hub runs and has Internet; the request has expired and will not be carried out later",
    detail: { device: order.deviceUdf },
  });
}
