/**
 * Frames of the device link (docs/device-link.md, Frames): type u8 || length u16 || [counter u64, transport only] || payload.
 * One packet of the medium is one frame. Clear messages that do not fit into a packet go out as several frames, all but the last
 * with bit 7 of the type set; transport messages are cut before they are sealed (transport.ts), so each part has a tag of its own.
 */
import { concat, joinBytes, readUint, readUint64, uint64Bytes, uintBytes } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";

/** Types of frames. */
export const frameType = {
  describeRequest: 0x01,
  described: 0x02,
  handshake1: 0x10,
  handshake2: 0x11,
  transport: 0x20,
  close: 0x7f,
} as const;

/** One of the frame types. */
export type FrameType = (typeof frameType)[keyof typeof frameType];

/** Why a close frame was sent: its one payload octet. `refused` answers a handshake and never ends a session. */
export const closeReason = { normal: 0, protocol: 1, refused: 2 } as const;

/** Most octets of one message, in clear or sealed, however many frames carry it. */
export const maxMessage = 16_384;

/** Octets of type and length, and of the counter of transport frames. */
export const headerLength = 3;
export const counterLength = 8;

/** A frame as received. */
export interface Frame {
  readonly type: FrameType;
  /** Another frame of the same type continues this clear message. */
  readonly more: boolean;
  /** Of transport frames; 0n for the others. */
  readonly counter: bigint;
  readonly payload: Uint8Array;
}

const moreFlag = 0x80;
const types: ReadonlySet<number> = new Set(Object.values(frameType));
const divisible: ReadonlySet<number> = new Set([frameType.described, frameType.handshake1, frameType.handshake2]);

/** Reads a packet as a frame; ERR_ENCODING when it is not exactly one. */
export function decodeFrame(packet: Uint8Array): Frame {
  if (packet.length < headerLength) throw new MeshError("ERR_ENCODING", `frame of ${packet.length} octets`);
  const octet = readUint(packet, 0, 1);
  const type = octet & ~moreFlag;
  const more = octet !== type;
  if (!types.has(type) || (more && !divisible.has(type))) throw new MeshError("ERR_ENCODING", `frame of unknown type ${octet}`);
  const body = packet.subarray(headerLength);
  if (body.length !== readUint(packet, 1, 2)) throw new MeshError("ERR_ENCODING", "the length of the frame is not that of its packet");
  if (type !== frameType.transport) return { type: type as FrameType, more, counter: 0n, payload: body };
  if (body.length < counterLength) throw new MeshError("ERR_ENCODING", "transport frame without a counter");
  return { type, more: false, counter: readUint64(body, 0), payload: body.subarray(counterLength) };
}

function frame(octet: number, body: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(octet), uintBytes(body.length, 2), body);
}

/** A transport frame around one Noise transport message. */
export function transportFrame(counter: bigint, sealed: Uint8Array): Uint8Array {
  return frame(frameType.transport, concat(uint64Bytes(counter), sealed));
}

/** A close frame. */
export function closeFrame(reason: (typeof closeReason)[keyof typeof closeReason]): Uint8Array {
  return frame(frameType.close, Uint8Array.of(reason));
}

/** The frames of a clear message, each at most `maxPacket` octets; ERR_TOO_LARGE beyond 16384 octets. */
export function clearFrames(type: Exclude<FrameType, 0x20 | 0x7f>, message: Uint8Array, maxPacket: number): Uint8Array[] {
  const room = Math.min(maxPacket - headerLength, maxMessage);
  if (message.length > maxMessage || (message.length > room && !divisible.has(type))) {
    throw new MeshError("ERR_TOO_LARGE", `link message of ${message.length} octets`);
  }
  const frames: Uint8Array[] = [];
  let rest = message;
  while (rest.length > room) {
    frames.push(frame(type | moreFlag, rest.subarray(0, room)));
    rest = rest.subarray(room);
  }
  frames.push(frame(type, rest));
  return frames;
}

/** Puts parts of one message together, up to a limit. A new type or an error begins anew. */
export class Reassembly {
  readonly #limit: number;
  #type: FrameType | undefined;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(limit: number = maxMessage) {
    this.#limit = limit;
  }

  /** The whole message once its last part is here; ERR_TOO_LARGE beyond the limit, ERR_ENCODING for a part that adds nothing. */
  add(part: { readonly type: FrameType; readonly more: boolean; readonly payload: Uint8Array }): Uint8Array | undefined {
    if (part.type !== this.#type) this.clear();
    this.#type = part.type;
    const length = this.#length + part.payload.length;
    if (length > this.#limit || (part.more && part.payload.length === 0)) {
      this.clear();
      throw new MeshError(
        length > this.#limit ? "ERR_TOO_LARGE" : "ERR_ENCODING",
        `part of ${part.payload.length} octets after ${length - part.payload.length}`,
      );
    }
    this.#parts.push(part.payload.slice());
    this.#length = length;
    if (part.more) return undefined;
    const whole = joinBytes(this.#parts);
    this.clear();
    return whole;
  }

  /** Forgets what it holds. */
  clear(): void {
    this.#parts = [];
    this.#length = 0;
    this.#type = undefined;
  }
}
