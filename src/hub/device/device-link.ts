/**
 * The link with one device: opens a session whenever a hail of the device is heard, keeps it alive, and opens it again when it breaks.
 * A hail proves nothing, so several peers may be tried side by side; the live session stays until another one is proven.
 */

import type { BackOff } from "../../base/back-off.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Answer, AnswerOf, LinkMessage, LinkSession, Provision, RequestVerb, Result, State, Update, Verbs } from "../../link/index.ts";
import type { Peer } from "../../transport/medium.ts";
import { keyOf } from "../../transport/medium.ts";
import { type Attempt, Attempts } from "./attempts.ts";
import type { DeviceOrder, DeviceStatus } from "./device-port.ts";
import { DevicePower } from "./device-power.ts";
import { ExpectedSession } from "./expected-session.ts";
import type { HailMatch, KnownDevice } from "./known-devices.ts";
import type { Live } from "./live-session.ts";
import { release } from "./open-device.ts";
import { type ReachOptions, reach } from "./reach.ts";
import { Rest } from "./rest.ts";
import type { SignedReport } from "./shared-keys.ts";
import { ShortSessions } from "./short-sessions.ts";

const pingEveryMs = 30_000;
const pingLimitMs = 10_000;
/** A session that lasts so long is told when to come back after its end. */
const calmMs = 5000;
/** An acceptance acknowledged later than this comes too late for the device, which repeats it in its next session. */
const lateMs = 8000;
/** Between two looks at a session that a stranger's word may have asked for. */
const lookMs = 1000;
/** How long a command waits for a device that no peer is heard of. */
const unheardMs = 1500;
const accepted: Answer = { tag: "Result", value: { Result: "Accept" } };

/** What a link needs of the hub. */
export interface DeviceLinkOptions extends ReachOptions {
  readonly device: KnownDevice;
  /** When a device comes back that has lost the hub. */
  readonly returnPace: () => BackOff;
  /** Resolves when the state is on disk. */
  readonly onState: (deviceUdf: string, state: State) => Promise<void>;
  /** Resolves when what device and hub have signed is on disk. */
  readonly onSigned: (deviceUdf: string, signed: SignedReport) => Promise<void>;
  readonly onStatus: (deviceUdf: string, status: DeviceStatus) => void;
  /** Resolves when the acceptance is safe with the account. */
  readonly onAccepted: (device: KnownDevice, accept: Uint8Array) => Promise<void>;
  /** The device has obeyed its release. */
  readonly onReleased: (device: KnownDevice) => Promise<void>;
}

/** The hub's end of the link with one device. */
export class DeviceLink {
  /** Orders that the device judges, and what it signs. */
  readonly power: DevicePower;
  readonly #options: DeviceLinkOptions;
  readonly #log: Log;
  readonly #closing = new AbortController();
  readonly #attempts: Attempts;
  readonly #expected: ExpectedSession;
  readonly #rest: Rest;
  readonly #short: ShortSessions;
  #device: KnownDevice;
  #live: Live | undefined;
  #status: DeviceStatus = "Unknown";
  #lastContact: number | undefined;
  #releasing = false;

  constructor(options: DeviceLinkOptions) {
    this.#options = options;
    this.#device = options.device;
    this.#log = options.log;
    const { account, device } = options;
    this.#attempts = new Attempts(account.ports.clock, options.hurry);
    this.#expected = new ExpectedSession(account.ports.clock, device.udf);
    this.#rest = new Rest(account.ports.clock, () => this.#live || this.#setStatus("Offline"));
    this.#short = new ShortSessions(account.ports.clock, account.ports.random);
    this.power = new DevicePower({
      account,
      device,
      log: options.log,
      exchange: (verb, fields, timeoutMs) => this.#exchange(verb, fields, timeoutMs),
      onSigned: (signed) => options.onSigned(device.udf, signed),
    });
  }

  get status(): DeviceStatus {
    return this.#status;
  }

  /** When it wakes, in milliseconds since 1970; undefined while it does not sleep. */
  get wakesAt(): number | undefined {
    return this.#rest.wakesAt;
  }

  get lastContact(): number | undefined {
    return this.#lastContact;
  }

  /** The entry was written again; a new deal ends the session and is delivered over the same peer. */
  update(device: KnownDevice): void {
    const dealtAgain = device.activation.DealEpoch !== this.#device.activation.DealEpoch;
    this.#device = device;
    this.power.update(device);
    const live = this.#live;
    if (!live) return;
    if (dealtAgain) {
      this.#drop(live, "dealt again", false);
      this.heard(live.peer, "previous");
    } else {
      this.#background("delegation", this.power.delegate(live.session));
      this.#releaseIfAsked(live);
    }
  }

  /** A hail of the device was heard from a peer, made with the key of this deal. */
  heard(peer: Peer, deal: HailMatch["deal"]): void {
    if (this.#closing.signal.aborted || this.#attempts.heard(peer)) return;
    if (this.#live && keyOf(this.#live.peer) === keyOf(peer)) {
      // A new nonce over the same peer: the quarter of an hour is over, or the device restarted and forgot the session.
      this.#look(this.#live);
      return;
    }
    const attempt = this.#attempts.begin(peer, this.#expected.isAwaited);
    this.#background(
      "attempt",
      this.#attempt(attempt, deal).finally(() => this.#attempts.end(attempt)),
    );
  }

  /** The peer is said to have left. In a local network anybody can say so: a live session ends with its stream, or when the device does not answer. */
  gone(peer: Peer): void {
    this.#attempts.giveUp(peer);
    if (this.#live && keyOf(this.#live.peer) === keyOf(peer)) this.#look(this.#live);
  }

  /** Sends a command, which the device knows by its MessageId when it comes twice. Errors: ERR_DEVICE_OFFLINE, ERR_TIMEOUT. */
  async command({ messageId, command, arguments: Arguments, timeoutMs }: DeviceOrder): Promise<Result> {
    const result = await this.#exchange("Command", { MessageId: messageId, Command: command, Arguments }, timeoutMs);
    // Not waited for: the disk must not delay the answer to a command.
    if (result.State) this.#background("state", this.#options.onState(this.#device.udf, { Cause: "command", ...result.State }));
    return result;
  }

  /** Gives the device a network, or asks whether it wants one. Errors: those of `command`. */
  provision(network: Omit<Provision, "Id">, timeoutMs: number): Promise<Result> {
    return this.#exchange("Provision", network, timeoutMs);
  }

  /** Hands a piece of another program over; the device knows one that it has. Errors: ERR_DEVICE_OFFLINE, ERR_TIMEOUT. */
  carry(piece: Omit<Update, "Id">, timeoutMs: number): Promise<Result> {
    return this.#exchange("Update", piece, timeoutMs);
  }

  /** Ends the session and all attempts; the device is forgotten by the caller. */
  close(): void {
    this.#closing.abort(new MeshError("ERR_LINK", "the link with the device was closed"));
    this.#attempts.giveUpAll();
    const live = this.#live;
    if (live) this.#drop(live, "closed", false);
    this.#rest.end();
    this.power.close();
  }

  async #attempt(attempt: Attempt, deal: HailMatch["deal"]): Promise<void> {
    const { signal } = attempt;
    await this.#short.pause(attempt.wanted);
    const isLinked = (): boolean => this.#live !== undefined;
    const live = await reach(this.#options, { device: () => this.#device, attempt, deal, signal, isLinked });
    if (live) this.#adopt(live);
  }

  #adopt(live: Live): void {
    const before = this.#live;
    this.#live = live;
    if (before) {
      this.#short.ended(before.since, this.#rest.wakes !== undefined);
      this.#drop(before, "a newer session took over", false);
    }
    this.#short.back();
    this.#contact();
    // A device that met the hub again is awake, whatever it said.
    this.#rest.end();
    this.#setStatus("Online");
    live.session.onClose((reason) => this.#ended(live, reason));
    live.session.onMessage((message) => this.#message(live, message));
    this.#expected.arrived(live.session);
    this.#background("delegation", this.power.delegate(live.session));
    this.#releaseIfAsked(live);
    this.#background("keep", this.#keep(live));
  }

  /** The first ping fetches the device's state, the later ones find out that it is gone. */
  async #keep(live: Live): Promise<void> {
    const { clock } = this.#options.account.ports;
    while (!live.ended.signal.aborted) {
      await this.#ping(live);
      if (live.session.isStale) this.#drop(live, "stale");
      // Not while the house returns.
      await clock.sleep(calmMs, live.ended.signal).catch(() => undefined);
      if (!live.ended.signal.aborted) this.#background("return", this.#tellPace(live));
      await clock.sleep(pingEveryMs - calmMs, live.ended.signal).catch(() => undefined);
    }
  }

  /** Whether a device keeps it is its own business; one that does not know the verb rejects it. */
  async #tellPace(live: Live): Promise<void> {
    const { firstMs: FirstMs, mostMs: MostMs } = this.#options.returnPace();
    if (live.toldMostMs === MostMs) return;
    live.toldMostMs = MostMs;
    await live.session.request("Return", { FirstMs, MostMs }, { timeoutMs: pingLimitMs });
  }

  /** Asks a device whether it is there, unless it was asked just now: whoever repeats its hails must not use up the places of its requests. */
  #look(live: Live): void {
    if (this.#options.account.ports.clock.monotonic() - live.asked < lookMs) return;
    this.#background("ping", this.#ping(live));
  }

  async #ping(live: Live): Promise<void> {
    live.asked = this.#options.account.ports.clock.monotonic();
    try {
      const { State } = await live.session.request("Ping", {}, { timeoutMs: pingLimitMs });
      this.#contact();
      if (State) this.#background("state", this.#options.onState(this.#device.udf, State));
    } catch (error) {
      this.#drop(live, asMeshError(error).message);
    }
  }

  /** A request that is sent again after a broken link, which the device has to know when it comes twice. */
  #exchange<T extends RequestVerb>(verb: T, fields: Omit<Verbs[T], "Id">, timeoutMs: number): Promise<AnswerOf<T>> {
    const { clock } = this.#options.account.ports;
    const until = clock.monotonic() + timeoutMs;
    return this.#rest.keepAwake(async () => {
      for (;;) {
        const session = await this.#session(until - clock.monotonic());
        try {
          if (verb === "Order") await this.power.delegate(session);
          const answer = await session.request(verb, fields, { timeoutMs: Math.max(1, until - clock.monotonic()) });
          this.#contact();
          return answer;
        } catch (error) {
          if (!isMeshError(error, "ERR_LINK") || !session.isClosed) throw error;
          this.#log.info("device.asked_again", { verb, reason: error.message });
        }
      }
    });
  }

  async #message(live: Live, message: LinkMessage): Promise<Answer | undefined> {
    this.#contact();
    switch (message.tag) {
      case "State":
        // The device forgets a report that was accepted, so it has to be on the disk by then.
        await this.#options.onState(this.#device.udf, message.value);
        return accepted;
      case "Ping":
        return accepted;
      case "Sleep":
        return this.#rest.wish(message.value.Seconds, live.ended.signal);
      case "Accepted":
        await this.#accepted(live, message.value.Accept);
        return accepted;
      default:
        return this.power.answer(message);
    }
  }

  async #accepted(live: Live, accept: Uint8Array): Promise<void> {
    const { clock } = this.#options.account.ports;
    const from = clock.monotonic();
    await this.#options.onAccepted(this.#device, accept);
    if (clock.monotonic() - from > lateMs) this.#drop(live, "the acceptance was acknowledged late");
  }

  #releaseIfAsked(live: Live): void {
    const device = this.#device;
    const { SealedReleaseDevice } = device.entry;
    if (!SealedReleaseDevice || this.#releasing) return;
    this.#releasing = true;
    const released = release(live.session, SealedReleaseDevice).then(() => {
      this.#log.info("device.released");
      return this.#options.onReleased(device);
    });
    this.#background(
      "release",
      released.finally(() => (this.#releasing = false)),
    );
  }

  /** A live session, waited for up to the time given. Errors: ERR_DEVICE_OFFLINE. */
  async #session(waitMs: number): Promise<LinkSession> {
    if (this.#live && !this.#live.session.isClosed) return this.#live.session;
    this.#attempts.hurry();
    const most = Math.max(unheardMs, this.#rest.waitMs);
    return this.#expected.wait(this.#attempts.size > 0 ? waitMs : Math.min(waitMs, most), this.#closing.signal, this.wakesAt);
  }

  #ended(live: Live, reason?: MeshError): void {
    live.ended.abort();
    void live.stream.close();
    if (this.#live !== live) return;
    this.#live = undefined;
    this.#short.ended(live.since, this.#rest.wakes !== undefined);
    this.#log.info("device.link_ended", { reason: reason?.message ?? "closed" });
    if (this.#rest.wakes !== undefined) {
      this.#setStatus("Sleeping");
      return;
    }
    this.#setStatus("Offline");
    this.heard(live.peer, "current");
  }

  /** Ends a session; with `again`, another one is tried over the same peer. */
  #drop(live: Live, why: string, again = true): void {
    if (!again && this.#live === live) {
      this.#live = undefined;
      this.#setStatus("Offline");
    }
    this.#log.debug("device.dropped", { reason: why });
    this.#background("close", live.session.close());
    live.ended.abort();
    void live.stream.close();
  }

  #contact(): void {
    this.#lastContact = this.#options.account.ports.clock.now();
  }

  #setStatus(status: DeviceStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#options.onStatus(this.#device.udf, status);
  }

  #background(what: string, task: Promise<unknown>): void {
    task.catch((error: unknown) => {
      const { code, message } = asMeshError(error);
      this.#log.warn(`device.${what}_failed`, { code, reason: message });
    });
  }
}
