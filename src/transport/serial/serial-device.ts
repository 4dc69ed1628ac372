/** The device's side of the link over a serial line: says its hails at its start and when asked, and carries one stream, the newest (docs/device-link.md §3). */
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { LinkStream } from "../../link/stream.ts";
import { PacketStream } from "../packet-stream.ts";
import { LineKeeper } from "./line-keeper.ts";
import type { LinePacket } from "./line-packet.ts";
import { encodeHello, lineType, noStream } from "./line-packet.ts";

/** What a device needs to be reachable over a line. */
export interface SerialDeviceOptions {
  readonly path: string;
  readonly baud: number;
  /** The largest frame that it takes and sends, 64 to 4096. */
  readonly largest: number;
  /** Makes the hails in force with fresh nonces; called by `start` and `renew`. */
  readonly hails: () => readonly Uint8Array[];
  readonly onStream: (stream: LinkStream) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

interface Current {
  readonly number: number;
  readonly stream: PacketStream;
  /** A frame has come: the same number again is a repetition only before that. */
  used: boolean;
}

/** A device at a line. */
export class SerialDevice {
  readonly #options: SerialDeviceOptions;
  readonly #keeper: LineKeeper;
  #hails: readonly Uint8Array[] = [];
  #current: Current | undefined;

  constructor(options: SerialDeviceOptions) {
    this.#options = options;
    this.#keeper = new LineKeeper({
      ...options,
      opened: () => this.#begin(),
      packet: (packet) => this.#packet(packet),
      lost: (error) => void this.#current?.stream.end(error),
    });
  }

  async start(): Promise<void> {
    this.#hails = this.#options.hails();
    this.#keeper.start();
  }

  async stop(): Promise<void> {
    await this.#current?.stream.close();
    await this.#keeper.stop();
  }

  /** Says fresh hails: every 15 minutes, and when the keys have changed. */
  async renew(): Promise<void> {
    this.#hails = this.#options.hails();
    if (this.#keeper.isOpen) this.#hello(noStream);
  }

  /** Lets the hub go, so that it meets the new hails. */
  async reconnect(): Promise<void> {
    await this.#current?.stream.close();
    await this.renew();
  }

  /** Whatever the hub believes of this line is over. */
  #begin(): void {
    this.#send({ type: lineType.end, stream: noStream, body: new Uint8Array() });
    this.#hello(noStream);
  }

  #packet({ type, stream, body }: LinePacket): void {
    const current = this.#current?.number === stream ? this.#current : undefined;
    switch (type) {
      case lineType.open:
        if (stream !== noStream && (current === undefined || current.used)) this.#open(stream);
        this.#hello(stream);
        return;
      case lineType.frame:
        if (current === undefined) return;
        current.used = true;
        current.stream.receive(body.slice());
        return;
      case lineType.end:
        void current?.stream.end();
    }
  }

  #open(number: number): void {
    const before = this.#current;
    const stream: PacketStream = new PacketStream({
      medium: "serial",
      maxPacket: this.#options.largest,
      send: (body) => this.#keeper.send({ type: lineType.frame, stream: number, body }),
      ended: async () => {
        if (this.#current?.stream !== stream) return;
        this.#current = undefined;
        if (this.#keeper.isOpen) await this.#keeper.send({ type: lineType.end, stream: number, body: new Uint8Array() }).catch(() => undefined);
      },
    });
    this.#current = { number, stream, used: false };
    void before?.stream.end();
    this.#options.onStream(stream);
  }

  #hello(stream: number): void {
    const { largest } = this.#options;
    if (this.#hails.length > 0) this.#send({ type: lineType.hello, stream, body: encodeHello({ largest, hails: this.#hails }) });
  }

  #send(packet: LinePacket): void {
    this.#keeper.send(packet).catch((error: Error) => this.#options.log.debug("device.serial.unsent", { reason: error.message }));
  }
}
