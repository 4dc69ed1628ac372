/** The device link over serial lines, one device to each: the ports are named in the configuration (docs/device-link.md §3). A peer's address is the path. */
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { LinkStream } from "../../link/stream.ts";
import { HailedMedium } from "../hailed-medium.ts";
import type { Medium, MediumStatus, Peer } from "../medium.ts";
import { SerialPort } from "./serial-port.ts";

/** Which lines. */
export interface SerialMediumOptions {
  /** Absolute paths: terminal devices, or unix sockets of programs that hold a line. */
  readonly ports: readonly string[];
  readonly baud: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Devices at serial lines. */
export class SerialMedium extends HailedMedium implements Medium {
  readonly name = "serial";
  readonly #ports: ReadonlyMap<string, SerialPort>;
  #running = false;

  constructor({ ports, ...options }: SerialMediumOptions) {
    super(options.clock);
    const log = options.log.child("serial");
    const make = (path: string): SerialPort => {
      const peer: Peer = { medium: "serial", address: path, from: path };
      const heard = (hails: readonly Uint8Array[]): void => hails.forEach((octets) => void this.book.heard(octets.slice(), peer));
      return new SerialPort({ ...options, log, path, heard, gone: () => this.book.gone(peer) });
    };
    this.#ports = new Map(ports.map((path) => [path, make(path)]));
  }

  async start(): Promise<void> {
    for (const port of this.#ports.values()) port.start();
    this.#running = true;
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all([...this.#ports.values()].map((port) => port.stop()));
    this.book.clear();
  }

  status(): MediumStatus {
    if (!this.#running) return { state: "down" };
    const troubles = [...this.#ports.values()].flatMap(({ trouble }) => (trouble === undefined ? [] : [trouble]));
    return troubles.length === 0 ? { state: "up" } : { state: "degraded", detail: troubles.join("; ") };
  }

  refresh(): void {
    for (const port of this.#ports.values()) port.ask();
  }

  async open({ address }: Peer, signal?: AbortSignal): Promise<LinkStream> {
    const port = this.#ports.get(address);
    if (port === undefined) throw new MeshError("ERR_DEVICE_OFFLINE", `${address} is no serial port of this hub`);
    return port.open(signal);
  }
}
