/**
 * A live device link: requests with answers, notices, and the end. It does not own its stream: initiator.ts and responder.ts feed it
 * frames and tell it when the stream is gone, so that a new handshake on the same stream can take over.
 * All queues are bounded. Undecodable, replayed-out-of-order or unauthentic frames end the session.
 */
import type { Clock } from "../base/clock.ts";
import { asMeshError, MeshError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { Mutex } from "../base/mutex.ts";
import type { PublicKey } from "../crypto/key.ts";
import type { Answer, AnswerMessage, AnswerOf, RequestVerb } from "./answer.ts";
import { isAnswer, refused, wantedBy } from "./answer.ts";
import { withDeadline } from "./deadline.ts";
import type { Frame } from "./frame.ts";
import { closeFrame, closeReason } from "./frame.ts";
import type { Channels } from "./noise/handshake.ts";
import type { LinkMode } from "./prologue.ts";
import type { LinkStream } from "./stream.ts";
import { Transport } from "./transport.ts";
import type { LinkMessage, Select, State, UnknownMessage, Verbs } from "./verb.ts";
import { decodeMessage, encodeMessage } from "./verb.ts";

/** Messages that may wait: to be sent, for an answer, or in the hands of the listener. */
const queueLimit = 32;

/** Messages that may wait for the first listener. */
const earlyLimit = 8;

const idLimit = 2 ** 31;

/** Receives the peer's requests and notices. Without an answer a request is rejected; a MeshError thrown becomes its ErrorReport and ErrorCode. */
export type MessageListener = (message: LinkMessage) => Answer | undefined | Promise<Answer | undefined>;

/** What a handshake leaves behind. */
export interface SessionOptions {
  readonly stream: LinkStream;
  readonly channels: Channels;
  readonly mode: LinkMode;
  readonly handshakeHash: Uint8Array;
  readonly remoteStatic: PublicKey;
  readonly selected: Select;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly log: Log;
}

/** One session between a hub and a device. */
export class LinkSession {
  readonly mode: LinkMode;
  /** Unique to this handshake: binds what is signed inside to this session. */
  readonly handshakeHash: Uint8Array;
  /** The peer's link key in plain form, proven by the handshake. */
  readonly remoteStatic: PublicKey;
  /** Hub and epoch whose pre-shared key was used; in mode onboard the hub's own claim. */
  readonly selected: Select;
  readonly #stream: LinkStream;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #log: Log;
  readonly #sending = new Mutex();
  readonly #pending = new Map<number, { verb: RequestVerb; settle: (answer: AnswerMessage) => void; fail: (reason: MeshError) => void }>();
  readonly #closeListeners: ((reason?: MeshError) => void)[] = [];
  #listener: MessageListener | undefined;
  #early: LinkMessage[] = [];
  #queued = 0;
  #handling = 0;
  #nextId = 1;
  #closed = false;
  #reason: MeshError | undefined;

  constructor(options: SessionOptions) {
    this.mode = options.mode;
    this.handshakeHash = options.handshakeHash;
    this.remoteStatic = options.remoteStatic;
    this.selected = options.selected;
    this.#stream = options.stream;
    this.#transport = new Transport(options.channels, options.stream.maxPacket);
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
    this.#log = options.log;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** True shortly before 2^20 frames in one direction: make a new handshake now. */
  get isStale(): boolean {
    return this.#transport.isStale;
  }

  /**
   * Sends a request and waits for its answer. ERR_TIMEOUT, ERR_LINK when the session ends before; ERR_REJECTED when the peer answers
   * with a Result what wants more. Where a Result is wanted, one that says Reject is given to the caller, who knows what was asked.
   */
  async request<T extends RequestVerb>(verb: T, fields: Omit<Verbs[T], "Id">, options: { timeoutMs?: number } = {}): Promise<AnswerOf<T>> {
    this.#live();
    if (this.#pending.size >= queueLimit) throw new MeshError("ERR_LINK", `${queueLimit} requests wait for an answer already`);
    const id = this.#nextId;
    this.#nextId = (id % idLimit) + 1;
    const answer = new Promise<AnswerMessage>((settle, fail) => {
      this.#pending.set(id, { verb, settle, fail });
    });
    try {
      const message = { tag: verb, value: { ...fields, Id: id } } as unknown as LinkMessage;
      const exchange = Promise.all([answer, this.#send(message)]);
      const limits = { clock: this.#clock, timeoutMs: options.timeoutMs ?? this.#timeoutMs, what: `no answer to ${verb}` };
      const [{ tag, value }] = await withDeadline(limits, exchange);
      if (tag !== wantedBy(verb)) throw refused(verb, value);
      return value as AnswerOf<T>;
    } finally {
      this.#pending.delete(id);
    }
  }

  /** Sends a State that wants no answer; resolves when the medium has taken it. */
  async notify(verb: "State", fields: Omit<State, "Id">): Promise<void> {
    this.#live();
    await this.#send({ tag: verb, value: fields });
  }

  /** Sets the receiver of the peer's messages; a few that came before are given to it now. */
  onMessage(listener: MessageListener): void {
    this.#listener = listener;
    for (const message of this.#early.splice(0)) this.#handle(message, listener);
  }

  /** Adds a listener that is called once, at once if already closed; without a reason after an orderly end. */
  onClose(listener: (reason?: MeshError) => void): void {
    if (this.#closed) listener(this.#reason);
    else this.#closeListeners.push(listener);
  }

  /** Ends the session and tells the peer; the stream stays open. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.end();
    await this.#tell(closeReason.normal);
  }

  /** For the owner of the stream: the session is over, the peer need not be told. */
  end(reason?: MeshError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reason = reason;
    this.#transport.wipe();
    this.#early = [];
    for (const { fail } of this.#pending.values()) fail(reason ?? new MeshError("ERR_LINK", "the link was closed"));
    this.#pending.clear();
    for (const listener of this.#closeListeners.splice(0)) listener(reason);
  }

  /** For the owner of the stream: a frame that cannot be right; ends the session and tells the peer. */
  fail(reason: MeshError): void {
    if (this.#closed) return;
    this.#log.warn("link.failed", { code: reason.code, reason: reason.message });
    this.end(reason);
    void this.#tell(closeReason.protocol);
  }

  /** For the responder: the first frame. False, and nothing changed, when its tag fails. */
  begin(frame: Frame): boolean {
    try {
      this.#open(frame);
    } catch (error) {
      if (!this.#transport.hasReceived) return false;
      this.fail(asMeshError(error));
    }
    return true;
  }

  /** For the owner of the stream: the next transport frame. */
  receive(frame: Frame): void {
    if (this.#closed) return;
    try {
      this.#open(frame);
    } catch (error) {
      this.fail(asMeshError(error));
    }
  }

  /** An empty message: proves the keys to the responder, means nothing else. */
  async confirm(): Promise<void> {
    await this.#sendOctets(new Uint8Array(0));
  }

  #open(frame: Frame): void {
    const octets = this.#transport.open(frame);
    if (!octets || octets.length === 0) return;
    const message = decodeMessage(octets);
    if (message.tag === undefined) this.#refuse(message);
    else if (isAnswer(message)) this.#settle(message);
    else if (this.#listener) this.#handle(message, this.#listener);
    else if (this.#early.length < earlyLimit) this.#early.push(message);
    else this.#refuse({ tag: undefined, name: message.tag, id: message.value.Id });
  }

  /** An answer that came too late, or twice, is not an error. */
  #settle(message: AnswerMessage): void {
    const pending = this.#pending.get(message.value.Id);
    if (!pending) {
      this.#log.debug("link.late_answer", { id: message.value.Id });
    } else if (message.tag !== "Result" && message.tag !== wantedBy(pending.verb)) {
      pending.fail(new MeshError("ERR_LINK", `${pending.verb} was answered with ${message.tag}`));
    } else {
      pending.settle(message);
    }
  }

  #refuse({ name, id }: UnknownMessage): void {
    this.#log.debug("link.refused", { name });
    if (id !== undefined) this.#answer(id, { tag: "Result", value: { Result: "Reject", ErrorReport: `${name}: not now or not here` } });
  }

  #handle(message: LinkMessage, listener: MessageListener): void {
    const { Id: id } = message.value;
    if (this.#handling >= queueLimit) {
      this.#refuse({ tag: undefined, name: message.tag, id });
      return;
    }
    this.#handling += 1;
    const run = async (): Promise<void> => {
      const answer = (await listener(message)) ?? reject(`${message.tag}: not supported`);
      if (id !== undefined) this.#answer(id, answer);
    };
    run()
      .catch((error: unknown) => {
        const known = asMeshError(error);
        this.#log.warn("link.handler_failed", { verb: message.tag, code: known.code, reason: known.message });
        if (id !== undefined) this.#answer(id, known.code === "ERR_INTERNAL" ? reject("internal error") : reject(known.message, known.code));
      })
      .finally(() => {
        this.#handling -= 1;
      });
  }

  #answer(id: number, answer: Answer): void {
    if (this.#closed) return;
    this.#send({ tag: answer.tag, value: { ...answer.value, Id: id } } as LinkMessage).catch((error: unknown) => this.fail(asMeshError(error)));
  }

  async #send(message: LinkMessage): Promise<void> {
    await this.#sendOctets(encodeMessage(message));
  }

  async #sendOctets(octets: Uint8Array): Promise<void> {
    this.#live();
    if (this.#queued >= queueLimit) throw new MeshError("ERR_LINK", `${queueLimit} messages wait to be sent already`);
    this.#queued += 1;
    try {
      // Sealing and sending under one lock: counters leave in their order, and parts of two messages do not mix.
      await this.#sending.run(async () => {
        this.#live();
        for (const frame of this.#transport.seal(octets)) await this.#put(frame);
      });
    } finally {
      this.#queued -= 1;
    }
  }

  /** A frame that did not leave is a gap for the peer. */
  async #put(frame: Uint8Array): Promise<void> {
    try {
      await this.#stream.send(frame);
    } catch (cause) {
      const reason = new MeshError("ERR_LINK", "the stream did not take a frame", { cause });
      this.fail(reason);
      throw reason;
    }
  }

  async #tell(reason: (typeof closeReason)["normal" | "protocol"]): Promise<void> {
    await this.#stream
      .send(closeFrame(reason))
      .catch((error: unknown) => this.#log.debug("link.close_unsent", { reason: asMeshError(error).message }));
  }

  #live(): void {
    if (this.#closed) throw this.#reason ?? new MeshError("ERR_LINK", "the link was closed");
  }
}

function reject(ErrorReport: string, ErrorCode?: string): Answer {
  return { tag: "Result", value: { Result: "Reject", ErrorReport, ...(ErrorCode === undefined ? {} : { ErrorCode }) } };
}
