/** The key of one epoch of a catalog: it alone seals and opens there (docs/extensions.md §5). */
import { MeshError } from "../../base/errors.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { CatalogLabel } from "../../schema/index.ts";
import type { StoreKey } from "../context/keyring.ts";
import type { UniqueIds } from "./catalog-update.ts";
import { uniqueIds } from "./catalog-update.ts";
import { FrameOpener } from "./frame-opener.ts";

/** What an epoch is read and written with. */
export interface EpochKeys {
  readonly opener: FrameOpener;
  readonly ids: UniqueIds;
  readonly recipients: readonly PublicKey[];
}

/** A device that has not been given the key of an epoch (yet). */
export class MissingKeyError extends MeshError {
  constructor(label: CatalogLabel, keyEpoch: number) {
    super("ERR_NOT_AUTHORIZED", `this device has no key ${keyEpoch} of ${label}`, {
      hint: "an administration device hands it out: run 'meshman account sync' there, then here",
      detail: { store: label, keyEpoch },
    });
  }
}

/**
 * The key of a KeyEpoch.
 * @param options.readers further public keys that new entries are sealed to
 * Errors: ERR_NOT_AUTHORIZED when this device does not have it.
 */
export function keysOfEpoch(options: {
  readonly label: CatalogLabel;
  readonly epoch: number;
  readonly keyEpoch: number;
  readonly storeKeys: readonly StoreKey[];
  readonly readers: readonly PublicKey[];
}): EpochKeys {
  const { label, epoch, keyEpoch, storeKeys, readers } = options;
  const found = storeKeys.find((candidate) => candidate.keyEpoch === keyEpoch);
  if (!found) throw new MissingKeyError(label, keyEpoch);
  const { key } = found;
  const ids = uniqueIds(label, key);
  return { opener: new FrameOpener({ label, epoch, keys: [key], ids: [ids] }), ids, recipients: [key.public, ...readers] };
}
