/**
 * What the hub asks the people of its account, in MMM_Inbound, and their answers, in MMM_Command: whether a risky order is to be carried out, and changes
 * that it may not make itself (docs/extensions.md §21). Nothing is asked without a bound; an answer counts once, while its question is open, from a device
 * that might have given the order, or made the change, itself. Questions live in memory: after a restart no answer to an earlier one counts.
 */
import type { AccountContext, DirectoryEntry, SpoolMessage } from "../../account/hub.ts";
import { isOfSurroundings, messageEnvelope, senderOf } from "../../account/hub.ts";
import { backOffMs } from "../../base/back-off.ts";
import { equalBytes } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import { Listeners } from "../../base/listeners.ts";
import type { Log } from "../../base/log.ts";
import { shorten } from "../../base/shorten.ts";
import type { Struct } from "../../codec/index.ts";
import { newNonce, responseId, sha512 } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { encodeEnvelope } from "../../dare/index.ts";
import type { EditChange, StateValue } from "../../schema/index.ts";
import { ConfirmOrder, openObject, publicKeyOf, RequestEdit, RespondEdit, RespondOrder } from "../../schema/index.ts";
import type { OrderOutcome, Orders } from "../command/order.ts";
import type { Principal } from "../command/principal.ts";
import { devicePrincipal } from "../command/principal.ts";
import type { Asked, EditParts, OpenQuestion, Question, SeenQuestion, UnconfirmedOrder } from "./question.ts";
import { EndedQuestions, editMs, endOf, mostPrincipal, shownOf } from "./question.ts";

/** What asking needs of the account. */
export type QuestionAccount = Pick<AccountContext, "deviceUdf" | "profile" | "keys" | "directory" | "messages" | "spoolCount" | "transact" | "ports">;

/** What it works with. */
export interface OwnerQuestionsOptions {
  readonly account: QuestionAccount;
  readonly orders: Pick<Orders, "give" | "refusal" | "check" | "audited">;
  /** True for a command that its device takes from the owner's devices alone. */
  readonly judges: (deviceUdf: string, command: string, values: readonly StateValue[]) => boolean;
  readonly nameOf: (deviceUdf: string) => string | undefined;
}

/** Questions of one principal that wait, and of all. */
const mostEach = { order: 4, edit: 16 } as const;
const mostWaiting = 32;
/** How long an order waits for its confirmation. */
const orderMs = 300_000;

/** The questions of a hub. */
export class OwnerQuestions {
  readonly #options: OwnerQuestionsOptions;
  readonly #log: Log;
  readonly #open = new Map<string, Question>();
  readonly #changed = new Listeners<SeenQuestion>();
  readonly #ended = new EndedQuestions();
  readonly #stopping = new AbortController();
  /** First frame of MMM_Command that was not looked at. */
  #next: number | undefined;

  constructor(options: OwnerQuestionsOptions) {
    this.#options = options;
    this.#log = options.account.ports.log.child("owner");
  }

  /** What waits for an answer now. */
  list(): readonly OpenQuestion[] {
    this.#expire();
    return [...this.#open.values()].map(shownOf);
  }

  /** The same with those that are over since the start, as far as they are kept; the newest first. */
  seen(): readonly SeenQuestion[] {
    this.#expire();
    return [...this.#ended.list(), ...[...this.#open.values()].map(shownOf)].reverse();
  }

  /** Told of each question that is asked, sent, answered or over. */
  onChange(listener: (question: SeenQuestion) => void): () => void {
    return this.#changed.add(listener);
  }

  /**
   * Puts an order before the owner's devices. The order is carried out once, when one of them accepts that may give it itself.
   * Errors: ERR_NOT_AUTHORIZED for what its principal may not even ask, ERR_COMMAND, ERR_NOT_FOUND, ERR_BUSY when too much waits. Of the outcome:
   * ERR_REJECTED, ERR_COMMAND_EXPIRED, and those of an order.
   */
  askOrder(order: UnconfirmedOrder): Asked<OrderOutcome> {
    const { account, orders, judges, nameOf } = this.#options;
    const { principal, deviceUdf, command } = order;
    const refused = orders.refusal(principal, order);
    const isJudged = judges(deviceUdf, command, order.arguments);
    // What a device judges itself nobody but the owner's devices orders, whatever they were granted.
    if (refused && refused.code !== "ERR_CONFIRMATION_NEEDED") throw refused;
    const checked = orders.check(order);
    const name = nameOf(deviceUdf) ?? deviceUdf;
    return this.#ask({
      kind: "order",
      principal,
      about: `${command} ${name}`,
      lifeMs: orderMs,
      struct: ConfirmOrder,
      recipient: account.profile.AccountEncryption,
      value: (head) => ({
        ...head,
        DeviceUdf: deviceUdf,
        LocalName: shorten(name, 120),
        Command: command,
        Arguments: checked,
        Principal: shorten(principal.name, mostPrincipal),
        ...(isJudged ? { Judged: true } : {}),
      }),
      answered: async (envelope, sender, question) => {
        const answer = openObject(RespondOrder, envelope, [account.keys.encryption]);
        this.#check(answer, sender, question);
        const confirmer = devicePrincipal(sender);
        const mayNot = orders.refusal(confirmer, order);
        if (mayNot) throw mayNot;
        return async (): Promise<OrderOutcome> => {
          if (!answer.Accept) throw new MeshError("ERR_REJECTED", `${command} was not confirmed`, { hint: "the owner has said no" });
          await order.before?.();
          if (isJudged) return { result: "Accept" };
          const by: Principal = { ...confirmer, name: `${principal.name}, confirmed by ${nameOf(sender.udf) ?? sender.udf}` };
          return orders.give({ principal: by, deviceUdf, command, arguments: checked });
        };
      },
    });
  }

  /**
   * Asks an administration device for a change that this hub may not make itself.
   * Errors: ERR_BUSY when too much waits. Of the outcome: ERR_REJECTED with the device's reason, ERR_COMMAND_EXPIRED.
   */
  askEdit(edit: {
    readonly principal: Principal;
    readonly change: EditChange;
    readonly about: string;
    readonly parts?: EditParts;
    /** The request as a passkey has signed it. */
    readonly signed?: RequestEdit;
  }): Asked<void> {
    const { account } = this.#options;
    const { principal, change, about, parts, signed } = edit;
    return this.#ask({
      kind: "edit",
      principal,
      about,
      parts,
      lifeMs: editMs,
      struct: RequestEdit,
      recipient: account.profile.AdministratorEncryption,
      head: signed,
      value: (head) => signed ?? { ...head, Change: change, Principal: shorten(principal.name, mostPrincipal) },
      answered: async (envelope, sender, question) => {
        const answer = openObject(RespondEdit, envelope, [account.keys.encryption]);
        this.#check({ ...answer, RequestDigest: question.digest }, sender, question);
        if (!sender.connection.Roles.includes("admin")) throw new MeshError("ERR_NOT_AUTHORIZED", `${sender.udf} is no administration device`);
        return async (): Promise<void> => {
          if (answer.Result !== "Accept") throw new MeshError("ERR_REJECTED", answer.ErrorReport ?? "the owner has said no");
        };
      },
    });
  }

  /** Looks at the new messages of MMM_Command; to be called after each sync of it. One call at a time. */
  async onSync(): Promise<void> {
    const { account } = this.#options;
    const count = account.spoolCount("MMM_Command");
    const from = this.#next ?? count;
    this.#next = count;
    this.#expire();
    if (from >= count || this.#open.size === 0) return;
    for await (const message of account.messages("MMM_Command", from)) {
      if (message.index >= count) break;
      if (message.messageType === RespondOrder.tag || message.messageType === RespondEdit.tag) await this.#take(message);
    }
  }

  /** Ends what waits: nobody is told more than that. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const question of this.#open.values()) question.fail(new MeshError("ERR_INTERRUPTED", "the hub stops"));
    this.#open.clear();
  }

  #ask<T, V extends { readonly MessageId: string }>(options: {
    readonly kind: Question["kind"];
    readonly principal: Principal;
    readonly about: string;
    readonly parts?: EditParts | undefined;
    readonly lifeMs: number;
    readonly struct: Struct<V>;
    readonly recipient: Parameters<typeof publicKeyOf>[0];
    /** Of a request that was made before. */
    readonly head?: { readonly MessageId: string; readonly Expires: string } | undefined;
    readonly value: (head: { readonly MessageId: string; readonly Sender: string; readonly Expires: string }) => V;
    /** Checks an answer. @returns what is then to be done, once */
    readonly answered: (envelope: DareEnvelope, sender: DirectoryEntry, question: Question) => Promise<() => Promise<T>>;
  }): Asked<T> {
    const { account } = this.#options;
    const { kind, principal, about, parts, lifeMs } = options;
    const { ports, keys, deviceUdf } = account;
    this.#requireRoom(principal, kind);
    // Later questions are read from here on: an answer cannot stand before it was asked.
    this.#next ??= account.spoolCount("MMM_Command");
    const now = ports.clock.now();
    const { MessageId: messageId, Expires: expires } = options.head ?? { MessageId: newNonce(ports.random), Expires: dateTime(now + lifeMs) };
    const value = options.value({ MessageId: messageId, Sender: deviceUdf, Expires: expires });
    const recipients = [publicKeyOf(options.recipient)];
    const envelope = messageEnvelope({ struct: options.struct, value, signer: keys.signature, recipients, ports });
    let settle: { resolve: (value: T) => void; reject: (error: MeshError) => void } | undefined;
    const outcome = new Promise<T>((resolve, reject) => {
      settle = { resolve, reject };
    });
    // Whoever does not wait for it is told by the list.
    outcome.then(
      () => this.#end(question, { state: "done" }),
      (error: unknown) => this.#end(question, endOf(asMeshError(error))),
    );
    const shown: OpenQuestion = { messageId, kind, principal: principal.name, about, ...(parts ? { parts } : {}), asked: dateTime(now), expires };
    const question: Question = {
      ...shown,
      principalId: principal.id,
      digest: sha512(encodeEnvelope(envelope)),
      until: ports.clock.monotonic() + lifeMs,
      answered: async (answer, sender) => {
        const act = await options.answered(answer, sender, question);
        // From here on a repetition finds nothing.
        this.#open.delete(responseId(messageId));
        void act().then(
          (done) => settle?.resolve(done),
          (error: unknown) => settle?.reject(asMeshError(error)),
        );
      },
      fail: (error) => settle?.reject(error),
      isSent: false,
    };
    this.#open.set(responseId(messageId), question);
    this.#log.info("owner.asked", { kind, principal: principal.name, about });
    void this.#post(envelope, question);
    this.#changed.tell(shownOf(question));
    return { ...shownOf(question), outcome };
  }

  #end(question: Question, end: Pick<SeenQuestion, "state" | "reason">): void {
    const ended: SeenQuestion = { ...shownOf(question), ...end, ended: dateTime(this.#options.account.ports.clock.now()) };
    this.#ended.add(ended);
    this.#changed.tell(ended);
  }

  #requireRoom({ id, name }: Principal, kind: Question["kind"]): void {
    this.#expire();
    const all = [...this.#open.values()];
    if (all.length >= mostWaiting) throw new MeshError("ERR_BUSY", `${mostWaiting} questions wait for the owner already`);
    if (all.filter((question) => question.principalId === id && question.kind === kind).length >= mostEach[kind])
      throw new MeshError("ERR_BUSY", `${mostEach[kind]} questions of ${name} wait for the owner already`, {
        hint: "answer them on a device of the owner ('meshman message pending', the page), or wait until they are over",
      });
  }

  /** Errors: ERR_VERIFICATION for an answer to something else, or in another name. */
  #check(
    answer: Pick<RespondOrder, "MessageId" | "Sender" | "HubUdf" | "RequestDigest">,
    sender: DirectoryEntry,
    { messageId, digest }: Question,
  ): void {
    const agrees =
      answer.MessageId === responseId(messageId) &&
      answer.Sender === sender.udf &&
      answer.HubUdf === this.#options.account.deviceUdf &&
      equalBytes(answer.RequestDigest, digest);
    if (!agrees) throw new MeshError("ERR_VERIFICATION", "the answer is not to this question");
  }

  /** A message fails alone; what every message would meet is for the next sync. */
  async #take({ envelope, index, messageType }: SpoolMessage): Promise<void> {
    const { account } = this.#options;
    const sender = senderOf(account as AccountContext, envelope);
    if (!sender) return;
    try {
      const keys = [account.keys.encryption];
      const { MessageId: id } = messageType === RespondOrder.tag ? openObject(RespondOrder, envelope, keys) : openObject(RespondEdit, envelope, keys);
      const question = this.#open.get(id);
      if (!question || question.until <= account.ports.clock.monotonic()) {
        this.#log.warn("owner.answer.late", { sender: sender.udf });
        return;
      }
      await question.answered(envelope, sender);
    } catch (error) {
      // Sealed to another hub, or worth nothing: an honest answer may still come.
      if (!isMeshError(error)) throw error;
      this.#log.warn("owner.answer.refused", { index, sender: sender.udf, code: error.code, reason: error.message });
    }
  }

  #expire(): void {
    const now = this.#options.account.ports.clock.monotonic();
    for (const [id, question] of this.#open) {
      if (question.until > now) continue;
      this.#open.delete(id);
      question.fail(new MeshError("ERR_COMMAND_EXPIRED", `nobody has answered in time: ${question.about}`, { hint: "ask again" }));
    }
  }

  /** Puts the question into Inbound; while the service is away it goes on trying, as long as the question is open. */
  async #post(envelope: DareEnvelope, question: Question): Promise<void> {
    const { account } = this.#options;
    const { clock, random } = account.ports;
    const { signal } = this.#stopping;
    for (let attempt = 0; !signal.aborted && question.until > clock.monotonic(); attempt++) {
      try {
        await account.transact({ messages: [{ spool: "MMM_Inbound", envelope }] });
        question.isSent = true;
        this.#changed.tell(shownOf(question));
        return;
      } catch (thrown) {
        const error = asMeshError(thrown);
        if (!isOfSurroundings(thrown)) {
          this.#open.delete(responseId(question.messageId));
          this.#log.warn("owner.question.refused", { code: error.code, reason: error.message });
          return question.fail(error);
        }
        this.#log.warn("owner.question.waits", { code: error.code, reason: error.message });
        await clock.sleep(backOffMs(attempt, random), signal).catch(() => undefined);
      }
    }
  }
}
