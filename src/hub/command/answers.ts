/**
 * The answers to commands from afar (extensions §7): sealed to the sender, signed by the hub, noted on disk before they are sent, and sent until the
 * service has each. The same octets every time, so that a repetition changes nothing.
 */
import type { AccountContext } from "../../account/hub.ts";
import { isOfSurroundings, messageEnvelope } from "../../account/hub.ts";
import { backOffMs } from "../../base/back-off.ts";
import { asMeshError } from "../../base/errors.ts";
import { least } from "../../base/list.ts";
import type { Log } from "../../base/log.ts";
import { shorten } from "../../base/shorten.ts";
import { Wake } from "../../base/wake.ts";
import { envelopeId, responseId } from "../../crypto/index.ts";
import type { Result } from "../../schema/index.ts";
import { publicKeyOf, RespondCommand, stateCatalog } from "../../schema/index.ts";
import type { Outbox } from "../state/outbox.ts";
import { stateOfShadow } from "../state/shadow-book.ts";
import { stateEdit } from "../state/state-edit.ts";
import type { StateKeeper } from "../state/state-keeper.ts";
import type { CommandLog, TakenCommand } from "./command-log.ts";
import type { Orders } from "./order.ts";
import { devicePrincipal } from "./principal.ts";

/** What answers need of the account. */
export type AnswerAccount = Pick<
  AccountContext,
  "deviceUdf" | "keys" | "directory" | "messages" | "transact" | "sync" | "provenHeads" | "get" | "ports"
>;

/** What answers are made of and kept in. */
export interface AnswersOptions {
  readonly account: AnswerAccount;
  readonly log: CommandLog;
  readonly orders: Orders;
  readonly keeper: StateKeeper;
  /** What the account is not told yet of the devices: it goes with the answers. */
  readonly outbox: Pick<Outbox, "ready" | "done" | "hold">;
}

/** What the device itself gave for the sender, or the hub where it is asked itself. */
export type DeviceWord = Pick<RespondCommand, "Nonce" | "NonceSeconds" | "DealEpoch" | "EnvelopedReported" | "Page">;

/** UTF-16 units of a report; a device's words may be longer. */
const mostReport = 500;
/** Answers in one Transact. */
const mostAtOnce = 32;
/** Waiting states that go with them. */
const mostStates = 64;
/** How long the publisher waits for an answer that is being made. */
const holdMs = 250;

/** The answers of one hub. */
export class Answers {
  readonly #options: AnswersOptions;
  readonly #log: Log;
  readonly #wake: Wake;
  #loop: Promise<void> | undefined;
  /** Ends the hold of the outbox for the answers that are being made. */
  #letGo: (() => void) | undefined;
  #stopped = false;

  constructor(options: AnswersOptions) {
    this.#options = options;
    this.#log = options.account.ports.log.child("command");
    this.#wake = new Wake(options.account.ports.clock);
  }

  /** Begins to send. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** Ends after the transaction under way; answers that are not sent yet are sent after the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#release();
    this.#wake.ring();
    await this.#loop;
  }

  /** Tries again now: the service has been heard of by other means. */
  nudge(): void {
    this.#wake.ring();
  }

  /** Makes the answer to a command and notes it; it is sent in its turn. Resolves when it is on disk. */
  async give(taken: TakenCommand, result: Result, report?: string, word: DeviceWord = {}): Promise<void> {
    const { account, log, keeper, orders } = this.#options;
    const { request } = taken;
    const recipient = account.directory.find(taken.sender);
    if (!recipient) {
      // Its sender was removed meanwhile: nobody is left who may read an answer.
      await log.sent(request.MessageId);
      return;
    }
    this.#hold();
    const queued = keeper.hasten(request.DeviceUdf);
    const shadow = keeper.shadow(request.DeviceUdf);
    const { clock } = account.ports;
    const Sequence = account.get(stateCatalog, request.DeviceUdf)?.Sequence ?? 0;
    const state = shadow && { ...stateOfShadow(shadow, account.deviceUdf), Sequence };
    const mayRead = orders.refusal(devicePrincipal(recipient), { deviceUdf: request.DeviceUdf }) === undefined;
    const respond: RespondCommand = {
      MessageId: responseId(request.MessageId),
      HubUdf: account.deviceUdf,
      Result: result,
      // A device that may not know the state of the house is told that, and nothing of it.
      ...(state && mayRead ? { State: state } : {}),
      ...(report === undefined ? {} : { ErrorReport: shorten(report, mostReport) }),
      ...word,
      // Whoever has seen less than the hub may be kept from it by the service: the apex proves that there is more.
      Heads: await account.provenHeads(taken.refusal && isDispute(taken.refusal.report) ? undefined : (taken.behind ?? [])),
    };
    const envelope = messageEnvelope({
      struct: RespondCommand,
      value: respond,
      signer: account.keys.signature,
      recipients: [publicKeyOf(recipient.connection.Encryption)],
      ports: { clock, random: account.ports.random },
    });
    await Promise.all([queued, log.answer(request.MessageId, envelope)]);
    this.#wake.ring();
  }

  /** Sends answers in order until each is in the spool; the same octets every time, so that a repetition changes nothing. */
  async #run(): Promise<void> {
    const { account, log } = this.#options;
    const { clock, random } = account.ports;
    let unknown = true;
    for (let attempt = 0; !this.#stopped; ) {
      const waiting = log.open().filter(({ answer }) => answer !== undefined);
      if (waiting.length === 0) {
        await this.#wake.sleep(3_600_000);
        continue;
      }
      try {
        if (unknown) {
          this.#release();
          await account.sync({ stores: ["MMM_Command"] });
          await this.#markSent(waiting);
          unknown = false;
          continue;
        }
        await this.#send(waiting.slice(0, mostAtOnce));
        attempt = 0;
      } catch (thrown) {
        const error = asMeshError(thrown);
        unknown = true;
        this.#log.warn("command.answer.waits", { code: error.code, reason: error.message, waiting: waiting.length });
        if (!this.#stopped) await this.#pause(backOffMs(attempt++, random), clock.monotonic());
      }
    }
  }

  /** Sends answers in one Transact; when the service does not take it, each alone, and what it never takes is given up. */
  async #send(waiting: readonly TakenCommand[]): Promise<void> {
    const { log } = this.#options;
    try {
      await this.#transact(waiting);
    } catch (error) {
      if (isOfSurroundings(error)) throw error;
      if (waiting.length > 1) {
        for (const one of waiting) await this.#send([one]);
        return;
      }
      this.#log.error("command.answer.refused", { id: waiting[0]?.request.MessageId, reason: asMeshError(error).message });
    }
    for (const { request } of waiting) await log.sent(request.MessageId);
  }

  /** With what waits of the devices' states: whoever has the answer finds nothing older in the account. */
  async #transact(waiting: readonly TakenCommand[]): Promise<void> {
    const { account, outbox } = this.#options;
    const messages = waiting.flatMap(({ answer }) => (answer ? [{ spool: "MMM_Command" as const, envelope: answer }] : []));
    const states = outbox.ready(mostStates);
    try {
      await account.transact({ messages, ...(states.length > 0 ? { catalogs: states.map(stateEdit) } : {}) });
      await outbox.done(states).catch((error: unknown) => this.#log.warn("command.states.known", { reason: asMeshError(error).message }));
    } catch (error) {
      if (states.length === 0 || isOfSurroundings(error)) throw error;
      // What the service does not take of the states is the publisher's to find out.
      await account.transact({ messages });
    } finally {
      this.#release();
    }
  }

  /** What is put into the outbox from here on goes with the next answers, or at once when there are none soon. */
  #hold(): void {
    if (this.#letGo) return;
    const letGo = this.#options.outbox.hold();
    this.#letGo = letGo;
    const late = (): void => {
      letGo();
      if (this.#letGo === letGo) this.#letGo = undefined;
    };
    void this.#options.account.ports.clock.sleep(holdMs).then(late, late);
  }

  #release(): void {
    this.#letGo?.();
    this.#letGo = undefined;
  }

  async #pause(ms: number, from: number): Promise<void> {
    const { clock } = this.#options.account.ports;
    for (let left = ms; left > 0 && !this.#stopped; left = from + ms - clock.monotonic()) await this.#wake.sleep(left);
  }

  /** Takes answers out that the spool has already. */
  async #markSent(waiting: readonly TakenCommand[]): Promise<void> {
    const { account, log } = this.#options;
    const from = least(
      Number.POSITIVE_INFINITY,
      waiting.map(({ index }) => index),
    );
    const open = new Map(waiting.map(({ request: { MessageId: id } }) => [envelopeId(responseId(id)), id]));
    const there: string[] = [];
    for await (const { envelopeId: found } of account.messages("MMM_Command", from)) {
      const id = open.get(found);
      if (id !== undefined && open.delete(found)) there.push(id);
    }
    for (const id of there) await log.sent(id);
  }
}

/** True for the refusal of a sender that has another history: it is shown what this hub has. */
function isDispute(report: string): boolean {
  return /^ERR_(FORK|ROLLBACK): /.test(report);
}
