/**
 * The one interface between the device link and a medium: packets of bounded size, in order, both ways.
 * Media live in src/transport; `streamPair` joins two ends in memory, for tests and tools.
 * A packet is exactly one frame (frame.ts). A medium may deliver a packet twice (MQTT QoS 1); it must not cut, join or reorder packets.
 */
import { MeshError } from "../base/errors.ts";

/** Name of a medium; part of the prologue, so that a handshake cannot be carried over to another medium. */
export type Medium = "mqtt" | "tcp" | "ble" | "serial";

/** Least `maxPacket` that a medium must offer. */
export const leastMaxPacket = 64;

/** One connection over a medium. */
export interface LinkStream {
  readonly medium: Medium;
  /** Most octets of one packet, at least 64. */
  readonly maxPacket: number;
  /** Hands one packet to the medium; rejects with ERR_LINK when closed. Packets go out in the order of the calls. */
  send(packet: Uint8Array): Promise<void>;
  /** Sets the one receiver of packets; a later call replaces the earlier. Packets that come before the first call are kept (bounded) or dropped. */
  onPacket(listener: (packet: Uint8Array) => void): void;
  /** Adds a listener that is called once, at once if already closed; `reason` is absent after an orderly close. */
  onClose(listener: (reason?: Error) => void): void;
  /** Told by the link when the peer has proven itself, on the hub's side as a device of the house: it is bounded as a stranger no longer. */
  proven?(): void;
  /** Ends the connection; idempotent. */
  close(): Promise<void>;
}

/** Packets that may wait for the other end's first listener. */
const earlyLimit = 16;

/** Default packet size of a pair, by medium. */
const packetSizes: Readonly<Record<Medium, number>> = { mqtt: 8192, tcp: 16_384, ble: 182, serial: 4096 };

class MemoryStream implements LinkStream {
  readonly medium: Medium;
  readonly maxPacket: number;
  #peer: MemoryStream | undefined;
  #listener: ((packet: Uint8Array) => void) | undefined;
  #closeListeners: ((reason?: Error) => void)[] = [];
  #early: Uint8Array[] = [];
  #closed = false;

  constructor(medium: Medium, maxPacket: number) {
    this.medium = medium;
    this.maxPacket = maxPacket;
  }

  join(peer: MemoryStream): void {
    this.#peer = peer;
  }

  async send(packet: Uint8Array): Promise<void> {
    if (this.#closed) throw new MeshError("ERR_LINK", "the stream is closed");
    if (packet.length > this.maxPacket) throw new MeshError("ERR_TOO_LARGE", `packet of ${packet.length} octets, at most ${this.maxPacket}`);
    const copy = packet.slice();
    queueMicrotask(() => this.#peer?.receive(copy));
  }

  receive(packet: Uint8Array): void {
    if (this.#closed) return;
    if (this.#listener) this.#listener(packet);
    else if (this.#early.length < earlyLimit) this.#early.push(packet);
  }

  onPacket(listener: (packet: Uint8Array) => void): void {
    this.#listener = listener;
    for (const packet of this.#early.splice(0)) queueMicrotask(() => this.receive(packet));
  }

  onClose(listener: (reason?: Error) => void): void {
    if (this.#closed) listener();
    else this.#closeListeners.push(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#early = [];
    for (const listener of this.#closeListeners.splice(0)) listener();
    // After packets that are still under way.
    queueMicrotask(() => void this.#peer?.close());
  }
}

/** Two joined ends in memory. Packets arrive in a later microtask, copied. */
export function streamPair(medium: Medium, maxPacket: number = packetSizes[medium]): [LinkStream, LinkStream] {
  const [a, b] = [new MemoryStream(medium, maxPacket), new MemoryStream(medium, maxPacket)];
  a.join(b);
  b.join(a);
  return [a, b];
}
