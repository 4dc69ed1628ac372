/** Keeps a line open: tries again with growing pauses when it is not there, fails, or its adapter is pulled out. */
import { backOffMs } from "../../base/back-off.ts";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { pacedLog } from "../../base/paced-log.ts";
import type { Random } from "../../base/random.ts";
import type { LinePacket } from "./line-packet.ts";
import { openLine } from "./open-line.ts";
import { SerialLine } from "./serial-line.ts";

/** Which line, and who is told. */
export interface LineKeeperOptions {
  readonly path: string;
  readonly baud: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The line is open. */
  readonly opened: () => void;
  readonly packet: (packet: LinePacket) => void;
  /** It is gone; it will be sought again. */
  readonly lost: (error: MeshError) => void;
}

const pauses = { firstMs: 250, mostMs: 5000 } as const;

/** One line, kept. */
export class LineKeeper {
  readonly #options: LineKeeperOptions;
  readonly #log: Log;
  #line: SerialLine | undefined;
  #failure: MeshError | undefined;
  #running: AbortController | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: LineKeeperOptions) {
    this.#options = options;
    this.#log = pacedLog(options.log, options.clock);
  }

  start(): void {
    if (this.#running !== undefined) return;
    this.#running = new AbortController();
    this.#loop = this.#keep(this.#running.signal);
  }

  async stop(): Promise<void> {
    this.#running?.abort();
    this.#line?.close();
    await this.#loop;
    this.#running = this.#loop = undefined;
  }

  get isOpen(): boolean {
    return this.#line !== undefined;
  }

  /** Why the line cannot be used, in words for the owner. */
  get trouble(): string | undefined {
    const { path, baud } = this.#options;
    if (this.#line === undefined) return this.#failure?.message ?? `${path} is being opened`;
    return this.#line.isNoise ? `what comes over ${path} cannot be read: are both ends at ${baud} baud, and is it a Mesh device?` : undefined;
  }

  /** Errors: ERR_ADAPTER while the line is not open, ERR_LINK. */
  async send(packet: LinePacket): Promise<void> {
    if (this.#line === undefined) throw new MeshError("ERR_ADAPTER", this.trouble ?? "the line is closed");
    await this.#line.send(packet);
  }

  async #keep(signal: AbortSignal): Promise<void> {
    const { path, baud, clock, random, lost } = this.#options;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const socket = await openLine(path, baud);
        if (signal.aborted) socket.destroy();
        else await this.#serve(socket, () => (attempt = 0));
      } catch (error) {
        const failure = asMeshError(error);
        if (failure.message !== this.#failure?.message) this.#log.warn("serial.line.absent", { path, reason: failure.message });
        this.#failure = failure;
        lost(failure);
      }
      await clock.sleep(backOffMs(attempt, random, pauses), signal).catch(() => undefined);
    }
  }

  /** Resolves when the line was closed on purpose; throws what ended it. @param heard called when something has come that is a packet */
  async #serve(socket: ConstructorParameters<typeof SerialLine>[0]["socket"], heard: () => void): Promise<void> {
    const { path, clock, opened, packet } = this.#options;
    try {
      await new Promise<void>((resolve, reject) => {
        const listener = {
          packet: (found: LinePacket): void => {
            heard();
            packet(found);
          },
          ended: (error?: MeshError): void => (error === undefined ? resolve() : reject(new MeshError(error.code, `${path}: ${error.message}`))),
        };
        this.#line = new SerialLine({ socket, clock, listener });
        this.#log.info("serial.line.open", { path });
        opened();
      });
    } finally {
      this.#line = undefined;
    }
  }
}
