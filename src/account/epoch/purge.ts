/** Lets the service forget the epochs that stores have left behind, by a signed order (docs/extensions.md §5); this device's copies of them go, too. */
import { dateTime } from "../../base/clock.ts";
import type { EpochOfStore } from "../../protocol/index.ts";
import type { CatalogLabel } from "../../schema/index.ts";
import { envelopeObject, isCatalog, PurgeEpochs } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { removeFormer, storesFolder } from "../store/copy-path.ts";

/** What became of former epochs at the service. */
export interface Purged {
  readonly purged: readonly EpochOfStore[];
  /** In force until less than a day ago: ask again then. */
  readonly kept: readonly EpochOfStore[];
}

/** Gives the order for every catalog that this device reads, or for those named. Errors: ERR_NOT_AUTHORIZED when it is no administrator; those of the service. */
export async function purgeEpochs(context: AccountContext, named?: readonly CatalogLabel[]): Promise<Purged> {
  const { signature } = administratorOf(context);
  const { clock, random } = context.ports;
  const below = context
    .heads()
    .flatMap(({ Store, Epoch = 0 }) => (isCatalog(Store) && Epoch > 0 ? [{ store: Store, epoch: Epoch }] : []))
    .filter(({ store }) => named?.includes(store) ?? true);
  if (below.length === 0) return { purged: [], kept: [] };
  const order: PurgeEpochs = {
    AccountUdf: context.accountUdf,
    Stores: below.map(({ store, epoch }) => ({ Store: store, Below: epoch })),
    Time: dateTime(clock.now()),
    DeviceUdf: context.deviceUdf,
  };
  const { Purged: purged, Kept: kept } = await context.client.purge({
    Account: context.address,
    EnvelopedPurgeEpochs: envelopeObject({ struct: PurgeEpochs, value: order, signers: [signature], random }),
  });
  for (const { store, epoch } of below) {
    if (!kept.some(({ Container }) => Container === store)) await removeFormer(storesFolder(context.dir), store, epoch);
  }
  return { purged, kept };
}
