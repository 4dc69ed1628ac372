/** Octets inside the messages of vectors: `{"hex":"..."}` stands for a binary value. */
import { fromHex, toHex } from "../../../src/base/bytes.ts";
import type { Json } from "./run.ts";

/** A message's value from plain JSON. */
export function fromJson(value: Json): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (value === null || typeof value !== "object") return value;
  const fields = value as { readonly [name: string]: Json };
  if (typeof fields.hex === "string" && Object.keys(fields).length === 1) return fromHex(fields.hex);
  return Object.fromEntries(Object.entries(fields).map(([name, member]) => [name, fromJson(member)]));
}

/** A message's value as plain JSON; members that are absent are left out. */
export function toJson(value: unknown): Json {
  if (value instanceof Uint8Array) return { hex: toHex(value) };
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === "bigint") return value.toString();
  if (value === null || typeof value !== "object") return value as Json;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, toJson(member)]),
  );
}
