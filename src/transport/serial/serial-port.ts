/**
 * The hub's end of one serial line: asks who is there, hears its hails, and opens one stream at a time to it. A newer stream ends the older one,
 * as the device sees it too. A damaged packet is a lost one, which ends the session inside and nothing else.
 */
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { Mutex } from "../../base/mutex.ts";
import type { Random } from "../../base/random.ts";
import type { Quota } from "../../base/token-bucket.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import { type LinkStream, leastMaxPacket } from "../../link/stream.ts";
import { PacketStream } from "../packet-stream.ts";
import { serialMaxPacket } from "./line-block.ts";
import { LineKeeper } from "./line-keeper.ts";
import type { Hello, LinePacket } from "./line-packet.ts";
import { decodeHello, lineType, noStream } from "./line-packet.ts";

/** Which line, and who is told. */
export interface SerialPortOptions {
  readonly path: string;
  readonly baud: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly heard: (hails: readonly Uint8Array[]) => void;
  /** The device is not there any more, or has started anew. */
  readonly gone: () => void;
}

const askMs = 10_000;
/** Questions without an answer after which nobody is there. */
const mostUnanswered = 3;
const helloDeadlineMs = 1000;
const openAttempts = 3;
/** Hellos that are listened to: a device has one at its start, one in 15 minutes, and the answers. */
const helloQuota: Quota = { perSecond: 1, burst: 16 };

/** One line. */
export class SerialPort {
  readonly #options: SerialPortOptions;
  readonly #keeper: LineKeeper;
  readonly #hellos: TokenBucket;
  readonly #opening = new Mutex();
  #number: number;
  #stream: PacketStream | undefined;
  #awaited: ((hello: Hello) => void) | undefined;
  #unanswered = 0;
  #running: AbortController | undefined;
  #asking: Promise<void> | undefined;

  constructor(options: SerialPortOptions) {
    const { random, clock } = options;
    this.#options = options;
    this.#hellos = new TokenBucket(helloQuota, clock);
    // What is on the line from before a restart of the hub belongs to another number.
    this.#number = random.bytes(1)[0] ?? 0;
    this.#keeper = new LineKeeper({
      ...options,
      opened: () => this.ask(),
      packet: (packet) => this.#packet(packet),
      lost: (error) => this.#left(error),
    });
  }

  start(): void {
    if (this.#running !== undefined) return;
    this.#running = new AbortController();
    this.#keeper.start();
    this.#asking = this.#askAgain(this.#running.signal);
  }

  async stop(): Promise<void> {
    this.#running?.abort();
    await this.#stream?.close();
    await this.#keeper.stop();
    await this.#asking;
    this.#running = this.#asking = undefined;
  }

  /** Why the line cannot be used, in words for the owner. */
  get trouble(): string | undefined {
    return this.#keeper.trouble;
  }

  /** Asks who is there. */
  ask(): void {
    if (this.#keeper.isOpen) this.#send({ type: lineType.open, stream: noStream, body: new Uint8Array() });
  }

  /** Errors: ERR_DEVICE_OFFLINE; ERR_LINK for a device whose packets are too small; the signal's reason. */
  open(signal?: AbortSignal): Promise<LinkStream> {
    return this.#opening.run(() => this.#open(signal));
  }

  async #open(signal?: AbortSignal): Promise<LinkStream> {
    await this.#stream?.end(new MeshError("ERR_LINK", "another stream was opened on the line"));
    this.#number = (this.#number % 255) + 1;
    const { largest } = await this.#greet(this.#number, signal);
    const maxPacket = Math.min(largest, serialMaxPacket);
    if (maxPacket < leastMaxPacket) {
      throw new MeshError("ERR_LINK", `the device on ${this.#options.path} takes packets of ${maxPacket} octets: a frame needs ${leastMaxPacket}`);
    }
    const number = this.#number;
    const stream: PacketStream = new PacketStream({
      medium: "serial",
      maxPacket,
      send: (body) => this.#keeper.send({ type: lineType.frame, stream: number, body }),
      ended: async () => {
        if (this.#stream !== stream) return;
        this.#stream = undefined;
        if (this.#keeper.isOpen) await this.#keeper.send({ type: lineType.end, stream: number, body: new Uint8Array() }).catch(() => undefined);
      },
    });
    this.#stream = stream;
    return stream;
  }

  /** The question and its answer may both be lost. */
  async #greet(stream: number, signal: AbortSignal | undefined): Promise<Hello> {
    const { clock, path } = this.#options;
    try {
      for (let attempt = 0; attempt < openAttempts; attempt++) {
        signal?.throwIfAborted();
        const answered = new AbortController();
        let hello: Hello | undefined;
        this.#awaited = (found) => {
          hello = found;
          answered.abort();
        };
        await this.#keeper.send({ type: lineType.open, stream, body: new Uint8Array() });
        const ends = signal === undefined ? answered.signal : AbortSignal.any([signal, answered.signal]);
        await clock.sleep(helloDeadlineMs, ends).catch(() => undefined);
        if (hello !== undefined) return hello;
      }
    } catch (cause) {
      signal?.throwIfAborted();
      throw new MeshError("ERR_DEVICE_OFFLINE", this.trouble ?? `no packet went out on ${path}`, { cause });
    } finally {
      this.#awaited = undefined;
    }
    signal?.throwIfAborted();
    throw new MeshError("ERR_DEVICE_OFFLINE", this.trouble ?? `nobody answers on ${path}`);
  }

  #packet({ type, stream, body }: LinePacket): void {
    switch (type) {
      case lineType.hello:
        this.#hello(stream, body);
        return;
      case lineType.frame:
        if (stream === this.#number) this.#stream?.receive(body.slice());
        return;
      case lineType.end:
        if (stream === noStream) this.#left(new MeshError("ERR_LINK", "the device has started anew"));
        else if (stream === this.#number) void this.#stream?.end(new MeshError("ERR_LINK", "the device ended the stream"));
    }
  }

  #hello(stream: number, body: Uint8Array): void {
    const hello = decodeHello(body);
    if (hello === undefined) return;
    this.#unanswered = 0;
    if (stream !== noStream) {
      if (stream === this.#number) this.#awaited?.(hello);
    } else if (this.#hellos.take()) {
      this.#options.heard(hello.hails);
    }
  }

  #left(error: MeshError): void {
    void this.#stream?.end(error);
    this.#options.gone();
  }

  #send(packet: LinePacket): void {
    this.#keeper.send(packet).catch((error: Error) => this.#options.log.debug("serial.unsent", { reason: error.message }));
  }

  /** While a stream is open its session says whether anybody is there. */
  async #askAgain(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#options.clock.sleep(askMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      if (this.#stream !== undefined || !this.#keeper.isOpen) continue;
      if (this.#unanswered++ === mostUnanswered) this.#options.gone();
      this.ask();
    }
  }
}
