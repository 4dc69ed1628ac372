/** Encodings: value trees, JSON, JSON-B, frames, schema descriptors, base32 and base64url. */
export * from "./base32.ts";
export * from "./base64url.ts";
export * from "./datum.ts";
export * from "./field.ts";
export { ByteReader } from "./jbcd/byte-reader.ts";
export type { DecodeBinaryOptions } from "./jbcd/decode.ts";
export { decodeJsonB, decodeJsonBItems } from "./jbcd/decode.ts";
export type { CodeOptions, InsertedDictionary, KnownCodes } from "./jbcd/encode.ts";
export { encodeDictionary, encodeJsonB, encodeJsonC, encodeJsonD } from "./jbcd/encode.ts";
export * from "./jbcd/frame.ts";
export type { CodeDictionary } from "./jbcd/item.ts";
export * from "./jbcd/raw-number.ts";
export { collectContainer, readLongItem, writeLongItem } from "./jbcd/stream.ts";
export * from "./json.ts";
export * from "./object.ts";
export type { DecodeOptions } from "./source.ts";
