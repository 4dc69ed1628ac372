/**
 * ContentMeta: what is said about a payload beside it (dare-12 §8). It travels as JSON octets in the header member ContentMetaData,
 * or encrypted in `cloaked`. No signature or digest covers it: compare with the payload before acting on any of it.
 */
import type { DatumObject, Struct } from "../codec/index.ts";
import { dateTime, encodeJson, integer, list, optional, parseJson, string, struct } from "../codec/index.ts";

/** One name and value. */
export interface KeyValue {
  readonly Key?: string;
  readonly Value?: string;
}
export const KeyValue: Struct<KeyValue> = struct<KeyValue>("KeyValue", { Key: optional(string), Value: optional(string) });

/** Description of a payload. */
export interface ContentMeta {
  readonly UniqueId?: string;
  readonly Labels?: readonly string[];
  readonly KeyValues?: readonly KeyValue[];
  /** Type tag of the payload. */
  readonly MessageType?: string;
  readonly cty?: string;
  readonly Paths?: readonly string[];
  readonly Filename?: string;
  /** `New`, `Update` or `Delete`, case exact. */
  readonly Event?: string;
  readonly Created?: string;
  readonly Modified?: string;
  readonly Expire?: string;
  /** Frame index of the first entry of UniqueId. */
  readonly First?: number;
  /** Frame index of the preceding entry of UniqueId. */
  readonly Previous?: number;
  /** Archive entries; kept as read. */
  readonly FileEntry?: DatumObject;
}
export const ContentMeta: Struct<ContentMeta> = struct<ContentMeta>("ContentMeta", {
  UniqueId: optional(string),
  MessageType: optional(string),
  cty: optional(string),
  Labels: optional(list(string)),
  KeyValues: optional(list(KeyValue)),
  Paths: optional(list(string)),
  Filename: optional(string),
  Event: optional(string),
  Created: optional(dateTime),
  Modified: optional(dateTime),
  Expire: optional(dateTime),
  First: optional(integer),
  Previous: optional(integer),
  FileEntry: optional(struct<DatumObject>("FileEntry", {})),
});

/** JSON octets of a description, ready for ContentMetaData or `cloaked`. */
export function encodeContentMeta(meta: ContentMeta): Uint8Array {
  return encodeJson(ContentMeta.encode(meta));
}

/** Reads ContentMetaData; absent means nothing is said. Reference writers wrap lines inside strings here too, so reading is lenient. */
export function decodeContentMeta(octets: Uint8Array | undefined): ContentMeta {
  return octets === undefined ? {} : ContentMeta.decode(parseJson(octets, { lenient: true }), "ContentMetaData");
}
