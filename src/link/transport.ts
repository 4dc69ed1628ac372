/**
 * The transport phase of a link: messages cut into parts, each part one Noise transport message under an explicit counter.
 * A part is flag u8 (0 = last, 1 = more) || octets, sealed with empty associated data, so whether a message is whole is sealed too.
 * Counters rise by exactly one: an older one is a duplicate and dropped, a newer one is a gap and an error. Until the first frame
 * opens, other counters belong to the session before it and are dropped.
 */
import { concat } from "../base/bytes.ts";
import { MeshError, verificationError } from "../base/errors.ts";
import type { Frame } from "./frame.ts";
import { counterLength, frameType, headerLength, maxMessage, Reassembly, transportFrame } from "./frame.ts";
import { tagLength } from "./noise/cipher-state.ts";
import type { Channels } from "./noise/handshake.ts";

/** Frames in one direction before a new handshake is needed. */
export const maxFrames = 1 << 20;

/** A link is stale this many frames before its end. */
const staleMargin = 1 << 10;

const overhead = headerLength + counterLength + 1 + tagLength;

/** Seals messages into frames and opens frames into messages. */
export class Transport {
  readonly #channels: Channels;
  readonly #room: number;
  readonly #reassembly = new Reassembly();

  constructor(channels: Channels, maxPacket: number) {
    this.#channels = channels;
    this.#room = Math.min(maxPacket - overhead, maxMessage);
  }

  /** True when a new handshake is due in one direction or the other. */
  get isStale(): boolean {
    const limit = BigInt(maxFrames - staleMargin);
    return this.#channels.send.nonce >= limit || this.#channels.receive.nonce >= limit;
  }

  /** True once a frame of the peer has opened. */
  get hasReceived(): boolean {
    return this.#channels.receive.nonce > 0n;
  }

  /** Frames of a message, to be sent in this order; ERR_TOO_LARGE beyond 16384 octets, ERR_LINK when the counters are used up. */
  seal(message: Uint8Array): Uint8Array[] {
    if (message.length > maxMessage) throw new MeshError("ERR_TOO_LARGE", `link message of ${message.length} octets`);
    const { send } = this.#channels;
    const frames: Uint8Array[] = [];
    let rest = message;
    do {
      if (send.nonce >= BigInt(maxFrames)) throw new MeshError("ERR_LINK", "the link needs a new handshake");
      const part = rest.subarray(0, this.#room);
      rest = rest.subarray(part.length);
      const counter = send.nonce;
      frames.push(transportFrame(counter, send.encrypt(concat(Uint8Array.of(rest.length > 0 ? 1 : 0), part))));
    } while (rest.length > 0);
    return frames;
  }

  /** The message that a transport frame completes; undefined for duplicates and parts. ERR_LINK for a gap, ERR_VERIFICATION for a tag. */
  open(frame: Frame): Uint8Array | undefined {
    const { receive } = this.#channels;
    if (frame.counter !== receive.nonce) {
      if (frame.counter < receive.nonce || receive.nonce === 0n) return undefined;
      throw new MeshError("ERR_LINK", `frame ${frame.counter} came when ${receive.nonce} was due`);
    }
    if (frame.counter >= BigInt(maxFrames)) throw new MeshError("ERR_LINK", "the link needs a new handshake");
    const part = receive.decrypt(frame.payload);
    const flag = part[0];
    if (flag !== 0 && flag !== 1) throw verificationError("link frame");
    return this.#reassembly.add({ type: frameType.transport, more: flag === 1, payload: part.subarray(1) });
  }

  /** Overwrites the keys. */
  wipe(): void {
    this.#channels.send.wipe();
    this.#channels.receive.wipe();
    this.#reassembly.clear();
  }
}
