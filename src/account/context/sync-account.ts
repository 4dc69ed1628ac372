/** One sync of an account: this device's own keys first, because what was written since may need them, then the stores. */
import { isMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { StatusResponse } from "../../protocol/index.ts";
import type { StoreLabel } from "../../schema/index.ts";
import type { Stores } from "../store/stores.ts";
import { statusesOf } from "../store/stores.ts";
import type { DeviceDirectoryFeed } from "./device-directory-feed.ts";
import type { StoreSync } from "./doubt.ts";
import { isForWantOfKey } from "./doubt.ts";
import type { OwnPart } from "./own-part.ts";
import type { SyncClient } from "./patience.ts";
import type { ServiceClock } from "./service-clock.ts";
import { askStatus, syncStores, wantedOf } from "./sync.ts";

/** What is brought up to date. */
export interface SyncedAccount {
  readonly client: SyncClient;
  readonly address: string;
  readonly clock: ServiceClock;
  readonly own: OwnPart;
  readonly feed: DeviceDirectoryFeed;
  readonly log: Log;
  /** The copies in use: others after `reopen`. */
  readonly stores: () => Stores;
  /** Opens the copies with the keys in force. */
  readonly reopen: () => Promise<void>;
}

/** Errors: ERR_SERVICE_UNREACHABLE, ERR_FORK, ERR_ROLLBACK, ERR_VERIFICATION, ERR_REVOKED. */
export async function syncAccount(account: SyncedAccount, only: readonly StoreLabel[] | undefined): Promise<readonly StoreSync[]> {
  try {
    return await syncOnce(account, only);
  } catch (error) {
    // An epoch may be under a key that this device is given in the same moment.
    if (!isForWantOfKey(error)) throw error;
    return syncOnce(account, only);
  }
}

/** A store that is not granted any more is not to be asked for. */
async function syncOnce(account: SyncedAccount, only: readonly StoreLabel[] | undefined): Promise<readonly StoreSync[]> {
  const { client, address, clock, own, feed, log, stores, reopen } = account;
  const ask = (): Promise<StatusResponse> => askStatus({ client, account: address, stores: stores(), ...(only ? { only } : {}) });
  const told = await stores().last.take(wantedOf(stores(), only), (labels) => statusesOf(stores(), labels));
  const asked = async (): Promise<StatusResponse> =>
    ask().catch(async (error: unknown) => {
      if (!isMeshError(error, "ERR_NOT_AUTHORIZED")) throw error;
      return client.status({ Account: address, Catalogs: [], Spools: [] });
    });
  const offered = told ?? (await asked());
  await clock.keep();
  const isRenewed = await own.renew({ profile: offered.EnvelopedProfileAccount, entry: offered.EnvelopedCatalogedDevice });
  if (isRenewed) await reopen();
  const status = isRenewed || offered.ContainerStatus.length === 0 ? await ask() : offered;
  const deviceUdf = own.identity.udf;
  return syncStores({ client, account: address, deviceUdf, stores: stores(), status, feed, log, ...(only ? { only } : {}) });
}
