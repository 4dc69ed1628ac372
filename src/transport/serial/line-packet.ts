/** What goes over a serial line (docs/device-link.md §3): `type u8 || stream u8 || body` in a block. */
import { concat, joinBytes, readUint, uintBytes } from "../../base/bytes.ts";
import { splitHails } from "../medium.ts";
import { encodeBlock } from "./line-block.ts";

/** Types of packets. */
export const lineType = { hello: 1, open: 2, frame: 3, end: 4 } as const;

/** The stream number of what belongs to no stream: a question who is there, a hello that nobody asked for, the end of whatever there was. */
export const noStream = 0;

/** One packet of a line. */
export interface LinePacket {
  readonly type: (typeof lineType)[keyof typeof lineType];
  /** 1 to 255, or `noStream`. */
  readonly stream: number;
  readonly body: Uint8Array;
}

/** What a device says of itself. */
export interface Hello {
  /** The largest frame that it takes and sends. */
  readonly largest: number;
  readonly hails: readonly Uint8Array[];
}

const types: ReadonlySet<number> = new Set(Object.values(lineType));

/** The octets of a packet on the line. */
export function encodeLinePacket({ type, stream, body }: LinePacket): Uint8Array {
  return encodeBlock(concat(Uint8Array.of(type, stream), body));
}

/** The packet in a block; undefined for one of an unknown type, which is passed over. */
export function decodeLinePacket(content: Uint8Array): LinePacket | undefined {
  const [type, stream] = content;
  if (type === undefined || stream === undefined || !types.has(type)) return undefined;
  return { type: type as LinePacket["type"], stream, body: content.subarray(2) };
}

/** The body of a hello. */
export function encodeHello({ largest, hails }: Hello): Uint8Array {
  return concat(uintBytes(largest, 2), joinBytes(hails));
}

/** A hello; undefined without hails, or with more than sixteen. */
export function decodeHello(body: Uint8Array): Hello | undefined {
  const hails = body.length < 2 ? undefined : splitHails(body.subarray(2));
  return hails && { largest: readUint(body, 0, 2), hails };
}
