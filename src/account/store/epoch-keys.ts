/** The key of one epoch of a catalog: it alone seals and opens there (docs/extensions.md §5). */
import { MeshError } from "../../base/errors.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { CatalogLabel } from "../../schema/index.ts";
import type { StoreKey } from "../context/keyring.ts";
import { SharedKey } from "../power/shared-key.ts";
import type { UniqueIds } from "./catalog-update.ts";
import { indexKeyOf, uniqueIds } from "./catalog-update.ts";
import { FrameOpener } from "./frame-opener.ts";

/** What opens the entries of one KeyEpoch: the key, or a share of it. */
export type ReadingKey = StoreKey | SharedKey;

/** The public half of either. */
export function publicKeyIn(given: ReadingKey): PublicKey {
  return given instanceof SharedKey ? given.public : given.key.public;
}

/**
 * So much higher than the number of the key in force a later one may be. Without a bound an administrator could use up the numbers: no key comes after the
 * last of them, and so none in the place of those that it has.
 */
export const mostKeysAhead = 1_000_000;

/** What an epoch is read and written with. */
export interface EpochKeys {
  readonly opener: FrameOpener;
  readonly ids: UniqueIds;
  readonly recipients: readonly PublicKey[];
  /** The key, where this device has a share of it alone: its entries are opened when somebody asks for them. */
  readonly shared: SharedKey | undefined;
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
  readonly storeKeys: readonly ReadingKey[];
  readonly readers: readonly PublicKey[];
}): EpochKeys {
  const { label, epoch, keyEpoch, storeKeys, readers } = options;
  const found = storeKeys.find((candidate) => candidate.keyEpoch === keyEpoch);
  if (!found) throw new MissingKeyError(label, keyEpoch);
  const shared = found instanceof SharedKey ? found : undefined;
  const key = found instanceof SharedKey ? found : found.key;
  const ids = uniqueIds(label, found instanceof SharedKey ? (found.indexKey ?? new Uint8Array()) : indexKeyOf(found.key));
  return {
    shared,
    opener: new FrameOpener({ label, epoch, keys: [key], ids: [ids] }),
    ids,
    recipients: [key.public, ...readers],
  };
}
