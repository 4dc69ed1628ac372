/**
 * The payload of a catalog frame and the hints in its header. extensions §5: only the payload counts; header and payload must agree,
 * or the frame is reported as forged.
 */

import { utf8 } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import { hkdfSha512, hmacSha512, presentUdf, udfType } from "../../crypto/index.ts";
import type { ContentMeta } from "../../dare/index.ts";
import type { CatalogLabel, CatalogUpdate } from "../../schema/index.ts";
import { serviceReadable } from "../../schema/index.ts";

/** Gives the UniqueId on the wire of an entry's key: opaque but for the catalogs that the service reads. */
export type UniqueIds = (key: string) => string;

/** What names the entries of a catalog: of its store key, but tells nothing of it. */
export function indexKeyOf(storeKey: PrivateKey): Uint8Array {
  return hkdfSha512({ ikm: storeKey.export().Private, info: "mmm/store/index", length: 32 });
}

/** The UniqueIds of a catalog under its index key. */
export function uniqueIds(label: CatalogLabel, indexKey: Uint8Array): UniqueIds {
  if (serviceReadable.includes(label)) return (key) => key;
  return (key) => presentUdf(udfType.authenticator, hmacSha512(indexKey, utf8(key)));
}

/** The header's hints for an update. */
export function updateMeta(update: CatalogUpdate, ids: UniqueIds): ContentMeta {
  return { UniqueId: ids(update.Key), Event: update.Event, ...(update.Previous === undefined ? {} : { Previous: update.Previous }) };
}

/** Compares a payload with the hints it came with. Errors: ERR_VERIFICATION. */
export function checkUpdate(options: {
  readonly label: CatalogLabel;
  readonly index: number;
  readonly update: CatalogUpdate;
  readonly meta: ContentMeta;
  readonly ids: readonly UniqueIds[];
}): void {
  const { label, index, update, meta, ids } = options;
  const agrees =
    update.Store === label &&
    meta.Event === update.Event &&
    ids.some((id) => meta.UniqueId === id(update.Key)) &&
    meta.Previous === update.Previous &&
    (update.Event === "Delete" || update.Entry !== undefined);
  if (!agrees) throw new MeshError("ERR_VERIFICATION", `frame ${index} of ${label} is forged: its header does not agree with its payload`);
}
