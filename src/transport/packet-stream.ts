/** The LinkStream of every medium here: whoever owns the connection feeds it and ends it. */
import { MeshError } from "../base/errors.ts";
import type { LinkStream, Medium } from "../link/stream.ts";

/** Packets kept until there is a listener. */
const mostEarly = 16;

/** What a stream needs of its connection. */
export interface PacketStreamOptions {
  readonly medium: Medium;
  readonly maxPacket: number;
  /** Hands a packet to the medium. */
  readonly send: (packet: Uint8Array) => Promise<void>;
  /** Called once when the stream ends, by whichever side. */
  readonly ended: () => void | Promise<void>;
  /** Called when the peer has proven itself. */
  readonly proven?: () => void;
}

/** A LinkStream that is fed by `receive` and ended by `end`. */
export class PacketStream implements LinkStream {
  readonly medium: Medium;
  readonly maxPacket: number;
  readonly #options: PacketStreamOptions;
  #early: Uint8Array[] = [];
  #listener: ((packet: Uint8Array) => void) | undefined;
  #onClose: ((reason?: Error) => void)[] = [];
  #closed = false;
  #reason: Error | undefined;

  constructor(options: PacketStreamOptions) {
    this.#options = options;
    this.medium = options.medium;
    this.maxPacket = options.maxPacket;
  }

  async send(packet: Uint8Array): Promise<void> {
    if (this.#closed) throw new MeshError("ERR_LINK", "the stream is closed");
    if (packet.length > this.maxPacket) throw new MeshError("ERR_TOO_LARGE", `packet of ${packet.length} octets, at most ${this.maxPacket}`);
    await this.#options.send(packet);
  }

  /** A packet has come; one that is too long ends the stream. */
  receive(packet: Uint8Array): void {
    if (this.#closed) return;
    if (packet.length > this.maxPacket) void this.end(new MeshError("ERR_TOO_LARGE", `packet of ${packet.length} octets`));
    else if (this.#listener !== undefined) this.#listener(packet);
    else if (this.#early.length < mostEarly) this.#early.push(packet);
  }

  onPacket(listener: (packet: Uint8Array) => void): void {
    this.#listener = listener;
    // Not at once: the caller is seldom ready within its own call.
    for (const packet of this.#early.splice(0)) queueMicrotask(() => this.receive(packet));
  }

  /** Takes one packet out of the stream; those after it wait for `onPacket`. */
  onFirstPacket(listener: (packet: Uint8Array) => void): void {
    this.onPacket((packet) => {
      this.#listener = undefined;
      listener(packet);
    });
  }

  onClose(listener: (reason?: Error) => void): void {
    if (this.#closed) listener(this.#reason);
    else this.#onClose.push(listener);
  }

  proven(): void {
    if (!this.#closed) this.#options.proven?.();
  }

  close(): Promise<void> {
    return this.end();
  }

  /** Ends the stream, with the reason when it was not asked for. */
  async end(reason?: Error): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#reason = reason;
    this.#early = [];
    for (const listener of this.#onClose.splice(0)) listener(reason);
    await this.#options.ended();
  }
}
