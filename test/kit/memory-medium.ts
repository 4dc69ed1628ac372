/** A medium inside the process: devices and impostors are functions that answer streams. */
import type { Clock } from "../../src/base/clock.ts";
import { MeshError } from "../../src/base/errors.ts";
import type { LinkStream } from "../../src/link/index.ts";
import { streamPair } from "../../src/link/index.ts";
import { HailedMedium } from "../../src/transport/hailed-medium.ts";
import type { Medium, MediumStatus, Peer } from "../../src/transport/medium.ts";

/** Answers a stream that a hub opened. */
export type Attach = (stream: LinkStream) => void;

/** A medium named "tcp": every peer may be opened any number of times. */
export class MemoryMedium extends HailedMedium implements Medium {
  readonly name = "tcp";
  readonly #peers = new Map<string, Attach>();
  readonly #streams = new Map<string, Set<LinkStream>>();
  /** Every peer that was opened. */
  readonly opened: string[] = [];
  state: MediumStatus = { state: "up" };

  constructor(clock: Clock) {
    super(clock);
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {
    for (const address of [...this.#peers.keys()]) this.leave(address);
  }

  status(): MediumStatus {
    return this.state;
  }
  async open(peer: Peer): Promise<LinkStream> {
    const attach = this.#peers.get(peer.address);
    if (!attach) throw new MeshError("ERR_DEVICE_OFFLINE", `nobody at ${peer.address}`);
    this.opened.push(peer.address);
    const [hub, device] = streamPair("tcp");
    const open = this.#streams.get(peer.address) ?? new Set();
    this.#streams.set(peer.address, open.add(hub));
    attach(device);
    return hub;
  }

  /** A device comes, with its hails. */
  join(address: string, attach: Attach, hails: readonly Uint8Array[]): void {
    this.#peers.set(address, attach);
    this.hail(address, hails);
  }

  hail(address: string, hails: readonly Uint8Array[]): void {
    for (const octets of hails) this.book.heard(octets, { medium: "tcp", address });
  }

  /** Somebody says that a device has gone. */
  tellGone(address: string): void {
    this.book.gone({ medium: "tcp", address });
  }

  /** A device goes: its streams end. */
  leave(address: string): void {
    this.#peers.delete(address);
    this.book.gone({ medium: "tcp", address });
    for (const stream of this.#streams.get(address) ?? []) void stream.close();
    this.#streams.delete(address);
  }
}
