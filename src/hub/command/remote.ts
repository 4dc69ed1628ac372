/**
 * Commands from afar (extensions §7): RequestCommand messages in MMM_Command, signed by a device of the account, sealed to this hub.
 * Each is judged, noted on disk, given to the device once, and answered once with what the device reports.
 * After a crash an absolute command that is still good is given again (the device knows its MessageId); all others are answered only.
 */

import type { AccountContext, DirectoryEntry, SpoolMessage } from "../../account/hub.ts";
import { isOfSurroundings, senderOf } from "../../account/hub.ts";
import type { OpenResult } from "../../api/index.ts";
import { fromDateTime } from "../../base/clock.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { shorten } from "../../base/shorten.ts";
import { envelopeId } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { DeviceDescription, Head, Result } from "../../schema/index.ts";
import { comparePositions, deviceCatalog, hubClass, openObject, openPageCommand, RequestCommand } from "../../schema/index.ts";
import type { DevicePort } from "../device/device-port.ts";
import type { StateKeeper } from "../state/state-keeper.ts";
import type { AnswersOptions, DeviceWord } from "./answers.ts";
import { Answers } from "./answers.ts";
import type { CommandLog, TakenCommand } from "./command-log.ts";
import { type Refusal, refusalOf } from "./judge.ts";
import type { JudgedOrders } from "./judged-orders.ts";
import type { Orders } from "./order.ts";
import type { Principal } from "./principal.ts";
import { commandsWholeHouse, devicePrincipal } from "./principal.ts";
import type { TrustedTime } from "./trusted-time.ts";

/** What remote commands need of the account. */
export type CommandAccount = Pick<
  AccountContext,
  "deviceUdf" | "keys" | "directory" | "messages" | "spoolCount" | "transact" | "sync" | "heads" | "provenHeads" | "disputes" | "get" | "ports"
>;

/** What they work with. */
export interface RemoteCommandsOptions {
  readonly account: CommandAccount;
  readonly log: CommandLog;
  readonly orders: Orders;
  readonly judged: JudgedOrders;
  readonly keeper: StateKeeper;
  readonly outbox: AnswersOptions["outbox"];
  readonly devices: Pick<DevicePort, "status" | "onStatus">;
  /** Description of a device that this hub speaks for; undefined for any other. */
  readonly describeOwn: (deviceUdf: string) => DeviceDescription | undefined;
  /** Random per start; commands name it. */
  readonly commandEpoch: string;
  readonly time: TrustedTime;
  /** Told when a sender proves that it has seen another history of the account than this hub. */
  readonly onAlarm?: (alarm: MeshError, evidence: DareEnvelope) => void;
}

/** Makes a link that opens the page once. @param guest who is to use it, and the device of the account that asks. Errors: ERR_CONFIG while the page is off. */
export type PageOpener = (guest: { readonly name: string; readonly device: string }) => Promise<OpenResult>;

const pageIsOff: PageOpener = () => Promise.reject(new MeshError("ERR_BUSY", "the hub is starting: its page is not there yet"));
const hubItself = { Class: hubClass, Properties: [] } as const;

/** Frames after which it is noted how far a long spool was read. */
const noteEvery = 4096;
/** How long a command of an earlier run waits for its device to come back. */
const returnMs = 60_000;

/** The remote commands of this hub. */
export class RemoteCommands {
  readonly #options: RemoteCommandsOptions;
  readonly #log: Log;
  readonly #answers: Answers;
  readonly #running = new Set<Promise<void>>();
  #page: PageOpener | undefined;
  #started = false;
  #stopped = false;
  #lastTaken: number | undefined;

  constructor(options: RemoteCommandsOptions) {
    this.#options = options;
    this.#log = options.account.ports.log.child("command");
    this.#answers = new Answers(options);
  }

  /** When the last command came, on the monotonic clock; undefined when none came since the start. */
  get lastTaken(): number | undefined {
    return this.#lastTaken;
  }

  /** How a link to the hub's page is made; until this is said there is none. */
  opensPage(open: PageOpener): void {
    this.#page = open;
  }

  /** Takes up what an earlier run left open. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    for (const taken of this.#options.log.open()) if (!taken.answer) this.#track(this.#resume(taken));
    this.#answers.start();
  }

  /** Waits for commands under way; answers that are not sent yet are sent after the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#running, this.#answers.stop()]);
  }

  /** Looks at the new messages of MMM_Command; to be called after each sync of it. One call at a time. */
  async onSync(): Promise<void> {
    const { account, log, time } = this.#options;
    this.#answers.nudge();
    const now = time.now();
    // Without a time that can be trusted nothing can be judged; the messages stay where they are.
    if (now === undefined || this.#stopped) return;
    const count = account.spoolCount("MMM_Command");
    if (count <= log.cursor) return;
    for await (const message of account.messages("MMM_Command", log.cursor)) {
      if (message.index >= count) break;
      if (message.messageType === RequestCommand.tag) await this.#receiveAlone(message, now);
      if (message.index - log.cursor >= noteEvery) await log.advance(message.index, now);
    }
    await log.advance(count, now);
  }

  /** A message fails alone; what every message would meet leaves it where it is, for the next sync. */
  async #receiveAlone(message: SpoolMessage, now: number): Promise<void> {
    try {
      await this.#receive(message, now);
    } catch (error) {
      // Opened messages fail otherwise: this is a sync that does not believe what the service shows.
      if (isOfSurroundings(error) || isMeshError(error, "ERR_VERIFICATION")) throw error;
      const { code, message: reason } = asMeshError(error);
      this.#log.warn("command.unfit", { index: message.index, code, reason });
    }
  }

  async #receive({ envelope, envelopeId: id, index }: SpoolMessage, now: number): Promise<void> {
    const { account, log, orders, describeOwn, commandEpoch } = this.#options;
    const sender = senderOf(account as AccountContext, envelope);
    if (!sender) {
      this.#log.warn("command.unsigned", { envelope: id });
      return;
    }
    const request = this.#open(envelope);
    if (!request) return;
    if (request.HubUdf !== account.deviceUdf || request.Sender !== sender.udf || envelopeId(request.MessageId) !== id) {
      this.#log.warn("command.misaddressed", { sender: sender.udf });
      return;
    }
    if (log.has(request.MessageId)) {
      this.#log.warn("command.repeated", { sender: sender.udf });
      return;
    }
    const { Heads: heads = [], ...noted } = request;
    const { DeviceUdf: deviceUdf, Command: command, ReportNonce: reads } = request;
    const unauthorized = orders.refusal(devicePrincipal(sender), { deviceUdf, ...(reads ? {} : { command, arguments: request.Arguments }) });
    const mayBeForgotten = log.mayBeForgotten({ sender: sender.udf, request });
    const isOwn = deviceUdf === account.deviceUdf;
    const description = isOwn ? hubItself : describeOwn(deviceUdf);
    const mayNot = unauthorized ?? (isOwn ? this.#refusesOpening(sender, command) : undefined);
    const facts = { unauthorized: mayNot, now, commandEpoch, description, mayBeForgotten, isFull: log.isFull(sender.udf) };
    const refusal = refusalOf(request, facts) ?? (await this.#disputed(heads, sender));
    const taken: TakenCommand = {
      request: noted,
      sender: sender.udf,
      index,
      behind: behindOf(heads, account.heads()),
      sent: false,
      ...(refusal ? { refusal: { result: refusal.result, report: `${refusal.code}: ${refusal.reason}` } } : {}),
    };
    await log.take(taken);
    this.#lastTaken = account.ports.clock.monotonic();
    if (refusal) {
      this.#log.warn("command.refused", { sender: sender.udf, device: request.DeviceUdf, code: refusal.code });
      await orders.audited({ principal: devicePrincipal(sender), deviceUdf, command }, refusal.code);
      await this.#refuse(taken);
      return;
    }
    this.#log.info("command.taken", { sender: sender.udf, device: request.DeviceUdf, command: request.Command });
    this.#track(this.#carryOut(taken, now));
  }

  /** What a hub does itself from afar is to open its page, for who may order everything: the page may do that. */
  #refusesOpening(sender: DirectoryEntry, command: string): MeshError | undefined {
    if (command !== openPageCommand) return new MeshError("ERR_COMMAND", `a hub does no ${JSON.stringify(shorten(command, 40))}`);
    const principal = devicePrincipal(sender);
    if (commandsWholeHouse(principal)) return undefined;
    return new MeshError("ERR_NOT_AUTHORIZED", `${principal.name} may order some things of this house alone, and not open its page`);
  }

  /** The request; undefined for what is sealed to another hub, or to nobody. Errors: ERR_SCHEMA, ERR_ENCODING. */
  #open(envelope: DareEnvelope): RequestCommand | undefined {
    try {
      return openObject(RequestCommand, envelope, [this.#options.account.keys.encryption]);
    } catch (error) {
      if (!isMeshError(error, "ERR_VERIFICATION")) throw error;
      this.#log.debug("command.passed", { code: error.code });
      return undefined;
    }
  }

  /**
   * A sender that says it was shown another history is not obeyed: one of the two was lied to, or it lies. Only a signed apex raises the alarm;
   * without one the hub says who said so, and the sender is told, so that it can send again with what it has.
   */
  async #disputed(heads: readonly Head[], sender: DirectoryEntry): Promise<Refusal | undefined> {
    const { account, onAlarm } = this.#options;
    const disputes = await account.disputes(heads);
    const dispute = disputes.find(({ evidence }) => evidence !== undefined) ?? disputes[0];
    if (!dispute) return undefined;
    const { error, evidence } = dispute;
    const { code, message } = error;
    if (evidence) {
      this.#log.error("command.forked", { sender: sender.udf, code, reason: message });
      onAlarm?.(error, evidence);
    } else {
      const name = account.get(deviceCatalog, sender.udf)?.LocalName ?? sender.udf;
      this.#log.warn("command.disputed", { sender: sender.udf, code, reason: `${name} claims to have seen another history: ${message}` });
    }
    return { result: "Reject", code, reason: message };
  }

  async #refuse(taken: TakenCommand): Promise<void> {
    if (taken.refusal) await this.#answers.give(taken, taken.refusal.result, taken.refusal.report);
  }

  /** Whether the sender may is asked again: it may have been removed since its command was taken. */
  async #carryOut(taken: TakenCommand, now: number): Promise<void> {
    const { account } = this.#options;
    const { request } = taken;
    const until = account.ports.clock.monotonic() + fromDateTime(request.Expires) - now;
    try {
      const entry = account.directory.find(taken.sender);
      if (!entry) throw new MeshError("ERR_NOT_AUTHORIZED", `${taken.sender} is no device of the account any more`);
      const { result, report, word } = await this.#outcome(devicePrincipal(entry), request, until);
      await this.#answers.give(taken, result, report, word);
    } catch (thrown) {
      // Cut off by the stop of this hub: the next start takes it up.
      if (this.#stopped) return;
      const error = asMeshError(thrown);
      if (error.code === "ERR_INTERNAL") this.#log.error("command.failed", { device: request.DeviceUdf, reason: error.message });
      await this.#answers.give(taken, error.code === "ERR_COMMAND_EXPIRED" ? "Expired" : "Reject", reportOf(error));
    }
  }

  /** Done by this hub, or by the device's own judgement: then it is only carried, and what the device says goes back as it is. */
  async #outcome(
    principal: Principal,
    request: RequestCommand,
    until: number,
  ): Promise<{ readonly result: Result; readonly report?: string | undefined; readonly word?: DeviceWord }> {
    const { orders, judged, account } = this.#options;
    const { DeviceUdf: deviceUdf, MessageId: messageId, Command: command, SealedOrder: sealed, OrderId, ReportNonce: nonce } = request;
    if (deviceUdf === account.deviceUdf) return this.#openPage(principal);
    if (nonce) return { result: "Accept", word: { EnvelopedReported: await judged.report({ principal, deviceUdf, nonce }) } };
    if (sealed) {
      const timeoutMs = Math.max(1000, until - account.ports.clock.monotonic());
      const { result, report, reported } = await judged.give({ principal, deviceUdf, messageId: OrderId ?? messageId, sealed, timeoutMs });
      return { result, report, word: reported ? { EnvelopedReported: reported } : {} };
    }
    if (judged.judges(deviceUdf, command, request.Arguments)) {
      const given = await judged.nonce({ principal, deviceUdf, command });
      return { result: "Pending", word: { Nonce: given.nonce, NonceSeconds: given.seconds, DealEpoch: given.dealEpoch } };
    }
    return orders.give({ principal, deviceUdf, messageId, command, arguments: request.Arguments, until });
  }

  async #openPage(principal: Principal): Promise<{ readonly result: Result; readonly word: DeviceWord }> {
    const { account, orders } = this.#options;
    const name = account.get(deviceCatalog, principal.id)?.LocalName ?? principal.name;
    const { url, seconds, fingerprint } = await (this.#page ?? pageIsOff)({ name, device: principal.id });
    await orders.audited({ principal, deviceUdf: account.deviceUdf, command: openPageCommand }, "Accept");
    return { result: "Accept", word: { Page: { Url: url, Seconds: seconds, ...(fingerprint === undefined ? {} : { Fingerprint: fingerprint }) } } };
  }

  /** A command that was noted and not answered when the hub went down: whether the device had it is not known. */
  async #resume(taken: TakenCommand): Promise<void> {
    const { describeOwn, time } = this.#options;
    const { request } = taken;
    if (taken.refusal) return this.#refuse(taken);
    // A sealed order opens once, however often it comes.
    const absolute = request.Arguments.length > 0 || request.SealedOrder !== undefined;
    const good = await this.#returned(taken);
    const now = time.now();
    if (this.#stopped) return;
    if (good && absolute && now !== undefined && describeOwn(request.DeviceUdf)) {
      this.#log.info("command.resumed", { device: request.DeviceUdf, command: request.Command });
      await this.#carryOut(taken, now);
      return;
    }
    const expired = now === undefined || fromDateTime(request.Expires) <= now;
    const reason = "ERR_COMMAND_EXPIRED: the hub went down while it carried this out; the state tells what came of it";
    await this.#answers.give(taken, expired ? "Expired" : "Pending", reason);
  }

  /** Waits for the device and for trusted time; true when both came before the command expired. */
  async #returned({ request }: TakenCommand): Promise<boolean> {
    const { devices, time, account } = this.#options;
    const { clock } = account.ports;
    const end = clock.monotonic() + returnMs;
    for (;;) {
      const now = time.now();
      if (now !== undefined && fromDateTime(request.Expires) <= now) return false;
      if (now !== undefined && devices.status(request.DeviceUdf) === "Online") return true;
      if (this.#stopped || clock.monotonic() >= end) return false;
      await clock.sleep(100);
    }
  }

  #track(task: Promise<void>): void {
    const guarded = task.catch((thrown: unknown) => {
      const error = asMeshError(thrown);
      this.#log.error("command.failed", { code: error.code, reason: error.message });
    });
    this.#running.add(guarded);
    void guarded.then(() => this.#running.delete(guarded));
  }
}

/** Stores of which the sender states an older head than this device's. */
function behindOf(stated: readonly Head[], own: readonly Head[]): readonly string[] {
  return own.filter((head) => stated.some((theirs) => theirs.Store === head.Store && comparePositions(theirs, head) < 0)).map(({ Store }) => Store);
}

/** The code stands in front, so that programs of the sender can tell. */
function reportOf(error: MeshError): string {
  return `${error.code}: ${error.message}`;
}
