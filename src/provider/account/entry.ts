/** The tagged entry inside a CatalogUpdate. */
import { MeshError } from "../../base/errors.ts";
import type { Struct } from "../../codec/field.ts";
import { untag } from "../../codec/field.ts";
import type { CatalogUpdate } from "../../schema/index.ts";

/** Decodes the entry of an update that is no delete. ERR_SCHEMA. */
export function entryOf<T>(struct: Struct<T>, update: CatalogUpdate): T {
  const [tag, body] = untag(update.Entry ?? null, "CatalogUpdate.Entry");
  if (tag !== struct.tag) throw new MeshError("ERR_SCHEMA", `CatalogUpdate.Entry: expected ${struct.tag}, found ${JSON.stringify(tag.slice(0, 64))}`);
  return struct.decode(body, tag);
}
