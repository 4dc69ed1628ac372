/** Octet strings: joining, comparing, reading and writing fixed-width integers. Everything is Uint8Array; Buffer does not leave this folder. */
import { timingSafeEqual } from "node:crypto";

/** Joins octet strings into a new one. For a list use joinBytes: the engine bounds the arguments of a call. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return joinBytes(parts);
}

/** Joins a list of octet strings, however long, into a new one. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Compares in time that depends on the lengths alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** UTF-8 octets of a string. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Octets of text that is ASCII by construction; faster than utf8 for short text. */
export function asciiBytes(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  asBuffer(out).write(text, "latin1");
  return out;
}

/** Writes text that is ASCII by construction at a place. */
export function putAscii(out: Uint8Array, at: number, text: string): void {
  asBuffer(out).write(text, at, "latin1");
}

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text of UTF-8 octets; throws a TypeError when they are not UTF-8 (callers translate it). */
export function fromUtf8(octets: Uint8Array): string {
  return strictDecoder.decode(octets);
}

/** One character for each octet. */
export function latin1(octets: Uint8Array): string {
  return asBuffer(octets).toString("latin1");
}

/** Lower-case hexadecimal. */
export function toHex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString("hex");
}

/** Octets of hexadecimal text; undefined when it is not that. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return new Uint8Array(Buffer.from(text, "hex"));
}

/** Big-endian integer of 1 to 6 octets. */
export function uintBytes(value: number, width: 1 | 2 | 3 | 4 | 5 | 6): Uint8Array {
  const out = Buffer.alloc(width);
  out.writeUIntBE(value, 0, width);
  return new Uint8Array(out.buffer, out.byteOffset, width);
}

/** Big-endian 64-bit integer. */
export function uint64Bytes(value: number | bigint): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value));
  return out;
}

/** Reads a big-endian integer of 1 to 6 octets. */
export function readUint(octets: Uint8Array, offset: number, width: 1 | 2 | 3 | 4 | 5 | 6): number {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).readUIntBE(offset, width);
}

/** Reads a big-endian 64-bit integer. */
export function readUint64(octets: Uint8Array, offset: number): bigint {
  return new DataView(octets.buffer, octets.byteOffset, octets.byteLength).getBigUint64(offset);
}

/** A view on the same octets as a Node Buffer, for Node interfaces that want one. */
export function asBuffer(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
}

/** Overwrites secret octets with zeros. */
export function wipe(...parts: readonly Uint8Array[]): void {
  for (const part of parts) part.fill(0);
}
