/**
 * The state machine of a constrained device: whom it answers, in which mode, with which standing. extensions §3, §4; docs/device-link.md.
 * Modes follow from the image alone: not connected = onboard, connected = linked, and linked beside onboard while a stored connection
 * waits for its proof. A session has the standing that the image gives it at each message, not the one it had when it was opened.
 */
import type { BackOff } from "../../../src/base/back-off.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { asMeshError, MeshError } from "../../../src/base/errors.ts";
import type { Log } from "../../../src/base/log.ts";
import type { Random } from "../../../src/base/random.ts";
import { TokenBucket } from "../../../src/base/token-bucket.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import type { Answer, LinkMessage, LinkSession, LinkStream } from "../../../src/link/index.ts";
import { LinkResponder } from "../../../src/link/index.ts";
import { judgesOrders } from "../../../src/schema/index.ts";
import type { Appliance } from "../appliance/appliance.ts";
import { lies } from "../appliance/appliance.ts";
import type { DeviceImage } from "../image/image.ts";
import { provisionalSeconds } from "../image/image.ts";
import { imageStatus } from "../image/image-status.ts";
import type { BaseKeys } from "../image/own-key.ts";
import { baseKeys } from "../image/own-key.ts";
import type { PoweredClock } from "../image/powered-clock.ts";
import { acceptConnection, sendAcceptance } from "../ownership/acceptance.ts";
import { SharedPower } from "../power/shared-power.ts";
import type { Standing } from "./link-mode.ts";
import { LinkModes } from "./link-mode.ts";
import { ReportQueue } from "./report-queue.ts";
import type { DeviceEvent, JoinWifi } from "./request.ts";
import { Requests } from "./request.ts";
import type { Updates } from "./updates.ts";

const sequenceBlock = 64;
/** An answer leaves before the sessions end that its request has made void. */
const partingMs = 200;

/** What a device needs. */
export interface DeviceCoreOptions {
  readonly image: DeviceImage;
  readonly appliance: Appliance;
  readonly powered: PoweredClock;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly onEvent: DeviceEvent;
  /** Joins a Wi-Fi network; absent of a device without. */
  readonly wifi?: JoinWifi;
  /** Takes other programs; absent of a device that takes none. */
  readonly updates?: Updates;
  /** Limit of handshakes, over all streams; by default 8 at once and one more each second. */
  readonly handshakes?: TokenBucket;
  /** The hails in force have changed; `reconnect` when the present connection must not go on either. */
  readonly onHails: (reconnect: boolean) => void;
}

/** A constrained device without its radio. */
export class DeviceCore {
  readonly #options: DeviceCoreOptions;
  readonly #base: BaseKeys;
  readonly #modes: LinkModes;
  readonly #bucket: TokenBucket;
  readonly #sessions = new Map<LinkSession, number>();
  readonly #reports: ReportQueue;
  readonly #power: SharedPower;
  readonly #requests: Requests;
  #nextSequence: number;
  #lateMs = 0;
  #lying = false;

  constructor(options: DeviceCoreOptions) {
    const { image, appliance, clock, log } = options;
    this.#options = options;
    this.#base = baseKeys(image.factory.PrivateKeyUDF);
    this.#modes = new LinkModes(image, this.#base);
    this.#bucket = options.handshakes ?? new TokenBucket({ perSecond: 1, burst: 8 }, clock);
    this.#nextSequence = image.memory.SequenceLimit;
    appliance.restore(image.memory.Values);
    this.#forget();
    const { Events: events = [] } = image.memory;
    this.#reports = new ReportQueue({
      values: () => this.#reported(),
      nextSequence: () => this.#sequence(),
      events,
      sign: (session, report, signing) => this.#power.sign(session, report, signing),
      signsEvents: judgesOrders(appliance.description),
      clock,
      log,
    });
    const shared = { ...options, base: this.#base, reports: this.#reports };
    this.#power = new SharedPower(shared);
    this.#requests = new Requests({ ...shared, power: this.#power, onParted: () => this.#parted() });
    appliance.onChange((event) => {
      this.#reports.push("switch", event);
      // In the same turn, so before anything is sent.
      image.setMemory({ Values: appliance.values, Events: this.#reports.events });
      options.onEvent("changed", { values: this.values });
    });
  }

  get deviceUdf(): string {
    return this.#base.deviceUdf;
  }

  /** The true values, whatever is reported. */
  get values(): Readonly<Record<string, unknown>> {
    return this.#options.appliance.plain;
  }

  /** What a person at the device could find out, and no secret. */
  status(): Readonly<Record<string, unknown>> {
    const { image, powered } = this.#options;
    return {
      deviceUdf: this.deviceUdf,
      ...imageStatus(image),
      lock: image.lock.AccountUdf === undefined ? "open" : this.#provisional() ? "provisional" : "permanent",
      linked: [...this.#sessions.keys()].some((session) => this.#standing(session) === "hub"),
      poweredSeconds: powered.seconds,
      unreported: this.#reports.length,
      ...(this.pace === undefined ? {} : { pace: this.pace }),
      values: this.values,
      ...this.#options.updates?.status(),
      ...(image.memory.Ssid === undefined ? {} : { network: image.memory.Ssid }),
    };
  }

  /** Fresh hails under every key in force, the one for CONNECT first. */
  hails(): Uint8Array[] {
    return this.#modes.hails(this.#options.random);
  }

  /** Password for the hub's broker; undefined while not connected. */
  password(tag: string): string | undefined {
    return this.#modes.password(tag);
  }

  /** Pauses before it comes back, as its hub has told them; undefined before. */
  get pace(): BackOff | undefined {
    const { ReturnFirstMs, ReturnMostMs } = this.#options.image.memory;
    return ReturnFirstMs === undefined || ReturnMostMs === undefined ? undefined : { firstMs: ReturnFirstMs, mostMs: ReturnMostMs };
  }

  /** Answers on a stream until it closes. */
  attach(stream: LinkStream): void {
    const { image, clock, random, log } = this.#options;
    new LinkResponder({
      stream,
      identity: (mode) => this.#modes.identity(mode),
      selectPsk: (selection) => this.#modes.psk(selection),
      description: () => (image.lock.Connected ? undefined : image.factory.SealedDescription),
      onSession: (session) => this.#begin(session),
      clock,
      random,
      bucket: this.#bucket,
      log,
    });
  }

  /** The button, shortly: somebody is here. */
  press(): void {
    this.#requests.press();
  }

  /** The button, long: forgets the connection; the lock too while it is provisional. */
  factoryReset(): void {
    const { image, onEvent } = this.#options;
    const clearLock = this.#provisional();
    image.reset({ clearLock });
    onEvent("reset", { lock: clearLock ? "cleared" : "kept" });
    this.#parted();
  }

  /**
   * The slow way out of a lock whose owner is lost, from the inside of the secured space: asked for on a device that was reset, and again after 24
   * powered hours. An owner's delivery in between ends it. Gives the seconds left; throws ERR_OWNED when the device is connected.
   */
  recover(): number {
    const { image, powered, onEvent } = this.#options;
    if (image.lock.Connected) throw new MeshError("ERR_OWNED", "the device is connected; reset it first");
    if (image.lock.AccountUdf === undefined) return 0;
    const from = image.lock.RecoverFrom;
    if (from === undefined) image.setRecovery(powered.seconds);
    const left = provisionalSeconds - (powered.seconds - (from ?? powered.seconds));
    if (left > 0) return left;
    image.reset({ clearLock: true });
    onEvent("recovered");
    this.#parted();
    return 0;
  }

  /** Opens a file that was sealed to the device, with the help of the hub in force. Errors: ERR_LINK without one, and those of the opening. */
  async open(envelope: DareEnvelope): Promise<Uint8Array> {
    const session = [...this.#sessions.keys()].find((candidate) => this.#standing(candidate) === "hub");
    if (!session) throw new MeshError("ERR_LINK", "no hub is there to help");
    return this.#power.open(session, envelope);
  }

  /**
   * Tells the hub that it sleeps for so many seconds, once all its reports are accepted. True when the hub has nothing more for it: the radio may go off.
   * False without a hub, or while it has.
   */
  async sleep(seconds: number): Promise<boolean> {
    const session = [...this.#sessions.keys()].find((candidate) => this.#standing(candidate) === "hub");
    if (!session || this.#reports.length > 0) return false;
    return (await session.request("Sleep", { Seconds: seconds })).Result === "Accept";
  }

  /** Faults on demand: answers late, or reports what it was not told. */
  setFault(fault: { readonly lateMs?: number; readonly lie?: boolean }): void {
    this.#lateMs = fault.lateMs ?? this.#lateMs;
    this.#lying = fault.lie ?? this.#lying;
  }

  /** Ends all sessions. */
  async close(): Promise<void> {
    for (const session of [...this.#sessions.keys()]) await session.close();
  }

  #reported() {
    const { values, description } = this.#options.appliance;
    return this.#lying ? lies(description, values) : values;
  }

  /** Numbers are reserved in blocks, so that a restart leaves a gap and never repeats one. */
  #sequence(): number {
    const { image } = this.#options;
    const sequence = this.#nextSequence++;
    if (sequence >= image.memory.SequenceLimit) image.setMemory({ SequenceLimit: sequence + sequenceBlock });
    return sequence;
  }

  #provisional(): boolean {
    const { image, powered } = this.#options;
    const { PinnedAt } = image.lock;
    return PinnedAt !== undefined && powered.seconds - PinnedAt < provisionalSeconds;
  }

  #standing(session: LinkSession): Standing {
    return this.#modes.standing(session, this.#sessions.get(session));
  }

  #begin(session: LinkSession): void {
    const { image, onEvent, log } = this.#options;
    this.#sessions.set(session, image.lock.Generation);
    session.onClose(() => {
      this.#sessions.delete(session);
      onEvent("unlinked", { mode: session.mode });
    });
    const standing = this.#proven(session);
    onEvent("linked", { mode: session.mode, standing });
    if (standing === "none") {
      log.warn("device.hub_refused", { hubUdf: session.selected.HubUdf });
      void session.close();
      return;
    }
    session.onMessage((message) => this.#handle(session, message));
    if (standing === "hub") this.#serve(session);
  }

  /** Standing of a session that just showed a live key: a pending connection comes into force by that. */
  #proven(session: LinkSession): Standing {
    const standing = this.#standing(session);
    if (standing !== "pending") return standing;
    const { image, powered, onEvent, onHails } = this.#options;
    image.flip(powered.seconds);
    onEvent("committed", { dealEpoch: image.lock.DealEpoch, accountUdf: image.lock.AccountUdf, hubUdf: session.selected.HubUdf });
    for (const other of [...this.#sessions.keys()]) if (this.#standing(other) === "none") void other.close();
    onHails(false);
    return "hub";
  }

  #serve(session: LinkSession): void {
    this.#options.updates?.met();
    this.#accept(session).catch((error: unknown) => this.#options.log.error("device.accept_failed", { reason: asMeshError(error).message }));
    this.#reports.attach(session);
  }

  async #accept(session: LinkSession): Promise<void> {
    const { image, clock, random, log, onEvent } = this.#options;
    const connection = image.active?.Connection;
    if (!connection) return;
    const { DealEpoch } = connection;
    const wanted = (): boolean => image.memory.AcceptedEpoch !== DealEpoch && this.#standing(session) === "hub";
    const publicationId = image.factory.PublicationId;
    const accept = acceptConnection({ deviceUdf: this.deviceUdf, publicationId, connection, signer: this.#base.signature, random });
    if (!(await sendAcceptance({ session, accept, wanted, clock, log }))) return;
    image.setMemory({ AcceptedEpoch: DealEpoch });
    onEvent("accepted", { dealEpoch: DealEpoch });
  }

  async #handle(session: LinkSession, message: LinkMessage): Promise<Answer | undefined> {
    const { clock } = this.#options;
    if (this.#lateMs > 0) await clock.sleep(this.#lateMs);
    const before = this.#standing(session);
    const standing = this.#proven(session);
    if (before === "pending") this.#serve(session);
    return this.#requests.answer(session, { standing, message });
  }

  /** Nothing is left of an owner who is none any more. */
  #forget(): void {
    const { image, appliance } = this.#options;
    if (image.lock.AccountUdf === undefined && appliance.forget()) image.setMemoryAlone({ Values: appliance.values });
  }

  /** The connection is over: its sessions end once their answers are out, and the device shows itself anew. */
  #parted(): void {
    const { clock, log, onHails } = this.#options;
    this.#forget();
    this.#reports.clear();
    this.#power.clear();
    const part = async (): Promise<void> => {
      await clock.sleep(partingMs);
      for (const session of [...this.#sessions.keys()]) if (this.#standing(session) === "none") await session.close();
      onHails(true);
    };
    part().catch((error: unknown) => log.error("device.part_failed", { reason: asMeshError(error).message }));
  }
}
