/**
 * A line that is open, from either end: packets out, packets in, and how much of what comes is damaged. Packets are read within a quota, good and
 * damaged ones alike: beyond it the line waits, and loses what its hardware cannot hold, rather than keep the process busy.
 */
import type { Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Quota } from "../../base/token-bucket.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import { BlockReader } from "./line-block.ts";
import type { LinePacket } from "./line-packet.ts";
import { decodeLinePacket, encodeLinePacket } from "./line-packet.ts";

/** What comes of a line. */
export interface LineListener {
  packet(packet: LinePacket): void;
  /** Called once; without an error when it was closed on purpose. */
  ended(error?: MeshError): void;
}

const blockQuota: Quota = { perSecond: 500, burst: 1000 };
const fullMs = 50;
const writeDeadlineMs = 10_000;
/** Damaged blocks in a row that are more than a plug that was pulled: a wrong speed, or another protocol. */
const mostDamaged = 16;

/** An open line; it owns the socket. */
export class SerialLine {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #listener: LineListener;
  #damaged = 0;
  #failure: MeshError | undefined;
  #closed = false;

  constructor(options: { readonly socket: Socket; readonly clock: Clock; readonly listener: LineListener }) {
    const { socket, clock, listener } = options;
    this.#socket = socket;
    this.#clock = clock;
    this.#listener = listener;
    const reader = new BlockReader((content) => this.#block(content));
    const bucket = new TokenBucket(blockQuota, clock);
    const read = (chunk: Uint8Array): void => {
      const at = reader.read(chunk, () => bucket.take());
      if (at === chunk.length) return;
      socket.pause();
      const goOn = (): void => {
        if (socket.destroyed) return;
        socket.resume();
        read(chunk.subarray(at));
      };
      clock.sleep(fullMs).then(goOn, () => undefined);
    };
    socket.on("data", read);
    socket.on("error", (cause) => this.#fail(`the line failed: ${cause.message}`, cause));
    socket.on("end", () => this.#fail("the line was hung up"));
    socket.on("close", () => this.#listener.ended(this.#closed ? undefined : (this.#failure ?? new MeshError("ERR_LINK", "the line was hung up"))));
  }

  /** Octets come, and no packet among them. */
  get isNoise(): boolean {
    return this.#damaged >= mostDamaged;
  }

  /** Resolves when the machine has taken it. Errors: ERR_LINK, which ends the line. */
  async send(packet: LinePacket): Promise<void> {
    const cancel = new AbortController();
    this.#clock.sleep(writeDeadlineMs, cancel.signal).then(
      () => this.#fail("the line does not take what is sent"),
      () => undefined,
    );
    try {
      await new Promise<void>((resolve, reject) => {
        this.#socket.write(encodeLinePacket(packet), (cause) => {
          if (cause) reject(new MeshError("ERR_LINK", `the line failed: ${cause.message}`, { cause }));
          else resolve();
        });
      });
    } finally {
      cancel.abort();
    }
  }

  /** Closes it once what was sent has left, or the deadline has passed. */
  close(): void {
    this.#closed = true;
    if (this.#socket.writableLength > 0) this.#socket.end(() => this.#socket.destroy());
    else this.#socket.destroy();
  }

  #block(content: Uint8Array | undefined): void {
    if (content === undefined) {
      this.#damaged++;
      return;
    }
    this.#damaged = 0;
    const packet = decodeLinePacket(content);
    if (packet !== undefined) this.#listener.packet(packet);
  }

  #fail(reason: string, cause?: unknown): void {
    this.#failure ??= new MeshError("ERR_LINK", reason, { cause });
    this.#socket.destroy();
  }
}
