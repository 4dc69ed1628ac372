/**
 * What hub and radio process say to each other: one JSON object a line, over one socket. The hub calls, each call has one answer with its
 * number; the radio also tells. Both sides check what comes: the radio process hears strangers, and is not trusted more than they are.
 */
import * as v from "valibot";
import { decodeBase64url, encodeBase64url } from "../../codec/base64url.ts";

const number = v.pipe(v.number(), v.integer(), v.minValue(0));
const octets = v.pipe(
  v.string(),
  v.maxLength(1024),
  v.transform((text): Uint8Array | undefined => decodeBase64url(text)),
  v.check((decoded) => decoded !== undefined, "expected base64url"),
  v.transform((decoded): Uint8Array => decoded ?? new Uint8Array()),
);
const address = v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/));
const reason = v.pipe(v.string(), v.maxLength(512));

const call = v.variant("call", [
  v.strictObject({ call: v.literal("start"), id: number }),
  v.strictObject({ call: v.literal("scan"), id: number, on: v.boolean() }),
  v.strictObject({ call: v.literal("connect"), id: number, link: number, address }),
  v.strictObject({ call: v.literal("write"), id: number, link: number, packet: octets }),
  v.strictObject({ call: v.literal("disconnect"), id: number, link: number }),
  v.strictObject({ call: v.literal("reset"), id: number }),
]);

const told = v.variant("tell", [
  v.strictObject({ tell: v.literal("done"), id: number, mtu: v.optional(number), largest: v.optional(octets) }),
  v.strictObject({ tell: v.literal("failed"), id: number, reason }),
  v.strictObject({ tell: v.literal("heard"), address, data: octets }),
  v.strictObject({ tell: v.literal("alive") }),
  v.strictObject({ tell: v.literal("packet"), link: number, packet: octets }),
  v.strictObject({ tell: v.literal("closed"), link: number, reason }),
  v.strictObject({ tell: v.literal("ended"), reason }),
]);

/** A call of the hub. */
export type RadioCall = v.InferOutput<typeof call>;
/** What the radio process says. */
export type RadioTold = v.InferOutput<typeof told>;

/** One line; octets become base64url. */
export function lineOf(message: RadioCall | RadioTold): string {
  return `${JSON.stringify(message, (_, value) => (value instanceof Uint8Array ? encodeBase64url(value) : value))}\n`;
}

/** Reads a call. Throws when it is none. */
export const readCall = (line: string): RadioCall => v.parse(call, JSON.parse(line));

/** Reads what a radio process says. Throws when it is nothing that one says. */
export const readTold = (line: string): RadioTold => v.parse(told, JSON.parse(line));
