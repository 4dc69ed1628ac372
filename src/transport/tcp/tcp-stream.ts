/**
 * Packets over TCP: each is `length(2) || octets`, length from 1 to 16384. No delay, keep-alive, and a deadline for each packet
 * that has begun to come or waits to go, however it is cut, so that a stalled peer cannot hold a connection. Packets are read within a quota, as
 * those of a device at the broker are: beyond it the peer waits, and not everybody else.
 */
import { connect, type Socket } from "node:net";
import { concat, readUint, uintBytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Quota } from "../../base/token-bucket.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import { PacketStream } from "../packet-stream.ts";

/** Most octets of one packet. */
export const tcpMaxPacket = 16_384;

const packetDeadlineMs = 10_000;
const connectDeadlineMs = 5000;
const keepAliveMs = 30_000;
/** Packets that are read, in all; and how long the peer waits before it is looked again whether there is room. */
const packetQuota: Quota = { perSecond: 500, burst: 1000 };
const fullMs = 50;

/** Makes packets of a connected socket; the stream owns the socket from here on. */
export function packetsOf(socket: Socket, clock: Clock, proven?: () => void): PacketStream {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMs);
  const stream = new PacketStream({
    medium: "tcp",
    maxPacket: tcpMaxPacket,
    ...(proven === undefined ? {} : { proven }),
    send: (packet) => {
      const late = deadline(clock, () => socket.destroy(new MeshError("ERR_LINK", "the peer does not read")));
      return new Promise((resolve, reject) => {
        socket.write(concat(uintBytes(packet.length, 2), packet), (cause) => {
          late();
          if (cause) reject(new MeshError("ERR_LINK", `the connection failed: ${cause.message}`, { cause }));
          else resolve();
        });
      });
    },
    ended: () => {
      if (socket.closed) return;
      socket.end();
      // What the peer still sends is of no interest; `end` has flushed ours by then, or the deadline has passed.
      const late = deadline(clock, () => socket.destroy());
      socket.once("close", late);
      socket.resume();
    },
  });
  let failure: Error | undefined;
  let late: (() => void) | undefined;
  const reader = new PacketReader((packet) => stream.receive(packet));
  const bucket = new TokenBucket(packetQuota, clock);
  const read = (chunk: Uint8Array): void => {
    const end = reader.read(chunk, () => bucket.take());
    if (end === undefined) {
      socket.destroy(new MeshError("ERR_LINK", "the peer sent a packet of a forbidden length"));
      return;
    }
    // The deadline is the packet's, not the chunk's: octets that drip in do not move it.
    if (end.packets > 0 || !reader.isWithin) {
      late?.();
      late = undefined;
    }
    if (end.at < chunk.length) {
      socket.pause();
      const go = (): void => (socket.destroyed ? undefined : read(chunk.subarray(end.at)));
      clock.sleep(fullMs).then(go, () => undefined);
      return;
    }
    socket.resume();
    if (reader.isWithin) late ??= deadline(clock, () => socket.destroy(new MeshError("ERR_LINK", "the peer stalled within a packet")));
  };
  socket.on("data", read);
  socket.on("error", (error) => {
    failure = error;
  });
  socket.on("end", () => void stream.end(failure));
  socket.on("close", () => {
    late?.();
    void stream.end(failure);
  });
  return stream;
}

/** Connects within 5 s. Throws ERR_DEVICE_OFFLINE, or the signal's reason. */
export async function connectSocket(host: string, port: number, signal?: AbortSignal): Promise<Socket> {
  signal?.throwIfAborted();
  const limit = AbortSignal.timeout(connectDeadlineMs);
  const ends = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  const socket = connect({ host, port, noDelay: true });
  const abort = () => socket.destroy(new Error("no answer in time"));
  ends.addEventListener("abort", abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return socket;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new MeshError("ERR_DEVICE_OFFLINE", `no connection to ${host} port ${port}: ${(cause as Error).message}`, { cause });
  } finally {
    ends.removeEventListener("abort", abort);
  }
}

const lengthOctets = 2;

/** Cuts a stream of octets into packets; holds one packet at most, in one buffer that grows with what has come. */
class PacketReader {
  readonly #receive: (packet: Uint8Array) => void;
  #buffer: Uint8Array = new Uint8Array(lengthOctets);
  #have = 0;
  #need = lengthOctets;
  #inBody = false;

  constructor(receive: (packet: Uint8Array) => void) {
    this.#receive = receive;
  }

  /** A packet has begun and is not whole. */
  get isWithin(): boolean {
    return this.#inBody || this.#have > 0;
  }

  /** Reads until the end of the chunk, or of a packet after which no more may be read; undefined for a forbidden length. */
  read(chunk: Uint8Array, mayGoOn: () => boolean): { readonly packets: number; readonly at: number } | undefined {
    let packets = 0;
    let at = 0;
    while (at < chunk.length) {
      const part = chunk.subarray(at, at + this.#need - this.#have);
      this.#add(part);
      at += part.length;
      if (this.#have < this.#need) continue;
      const octets = this.#buffer.subarray(0, this.#need);
      this.#buffer = new Uint8Array(lengthOctets);
      this.#have = 0;
      this.#need = this.#inBody ? lengthOctets : readUint(octets, 0, lengthOctets);
      this.#inBody = !this.#inBody;
      if (!this.#inBody) {
        packets++;
        this.#receive(octets);
        if (!mayGoOn()) break;
      } else if (this.#need === 0 || this.#need > tcpMaxPacket) {
        return undefined;
      }
    }
    return { packets, at };
  }

  #add(part: Uint8Array): void {
    const length = this.#have + part.length;
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.min(this.#need, Math.max(length, 2 * this.#buffer.length)));
      larger.set(this.#buffer.subarray(0, this.#have));
      this.#buffer = larger;
    }
    this.#buffer.set(part, this.#have);
    this.#have = length;
  }
}

/** Calls `act` after the packet deadline; gives the function that calls it off. */
function deadline(clock: Clock, act: () => void): () => void {
  const cancel = new AbortController();
  clock.sleep(packetDeadlineMs, cancel.signal).then(act, () => undefined);
  return () => cancel.abort();
}
