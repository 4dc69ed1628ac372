/**
 * Objects with their type tag, `{"ProfileDevice":{...}}`, in both encodings (schema-08 §2): octets to checked values and back.
 * Every object that enters the process comes through here or through a Field inside such an object.
 */
import { MeshError } from "../base/errors.ts";
import type { Struct } from "./field.ts";
import { findStruct, tag, untag } from "./field.ts";
import { decodeJsonB } from "./jbcd/decode.ts";
import { encodeJsonB } from "./jbcd/encode.ts";
import { encodeJson } from "./json.ts";
import type { DecodeOptions } from "./source.ts";

/**
 * Reads an object of the type given, from JSON or JSON-B. ERR_ENCODING for damaged octets, ERR_SCHEMA with the path for an object of
 * another type or kind of field, ERR_TOO_LARGE when a limit is passed.
 */
export function decodeObject<T>(struct: Struct<T>, octets: Uint8Array, options?: DecodeOptions): T {
  return decodeOneOf([struct], octets, options).value;
}

/** Reads an object of any of the types given, and says which; errors as decodeObject. */
export function decodeOneOf<T>(
  structs: readonly Struct<T>[],
  octets: Uint8Array,
  options?: DecodeOptions,
): { readonly tag: string; readonly value: T } {
  const expected = structs.map((struct) => struct.tag).join(" or ");
  const [found, body] = untag(decodeJsonB(octets, options), expected);
  const struct = findStruct(structs, found);
  if (!struct) {
    const shown = JSON.stringify(found.slice(0, 64));
    throw new MeshError("ERR_SCHEMA", `expected ${expected}, found ${shown}`, { detail: { path: expected } });
  }
  return { tag: struct.tag, value: struct.decode(body, struct.tag) };
}

/** The tagged object in JSON. */
export function encodeObject<T>(struct: Struct<T>, value: T): Uint8Array {
  return encodeJson(tag(struct, value));
}

/** The tagged object in JSON-B. */
export function encodeObjectB<T>(struct: Struct<T>, value: T): Uint8Array {
  return encodeJsonB(tag(struct, value));
}
