/** The next epoch of a store as a device makes it that holds its key and follows no rule, and how it is brought to the service. */
import { join } from "node:path";
import { stageCopy } from "../../../src/account/epoch/stage.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import type { EntryChange } from "../../../src/account/store/catalog-group.ts";
import { CatalogReplica } from "../../../src/account/store/catalog-replica.ts";
import { dateTime } from "../../../src/base/clock.ts";
import { tag } from "../../../src/codec/index.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import { newNonce } from "../../../src/crypto/index.ts";
import type { Catalog, CatalogLabel, EpochBegin, Head } from "../../../src/schema/index.ts";
import { epochMember, storeOf } from "../../../src/schema/index.ts";
import { onCleanup, tempDirectory } from "../../harness/suite.ts";
import { ports } from "../../kit/household.ts";

const { random } = ports;

/** What of an epoch is not as it should be: members of its frame 0, and who closes its group. */
export interface Forgery extends Partial<Omit<EpochBegin, "Former">> {
  readonly former?: Head | undefined;
  /** Named in the apex; the maker when absent. */
  readonly closer?: string;
  /** Signs the apex. */
  readonly signer?: PrivateKey;
}

/** An epoch that nobody has seen yet. */
export interface ForgedEpoch {
  readonly copy: CatalogReplica;
  readonly former: Head;
}

/** Makes the next epoch of a store. */
export async function makeEpoch(
  writer: AccountContext,
  label: CatalogLabel,
  entries: readonly EntryChange[],
  { former = writer.heads().find(({ Store }) => Store === label), closer, signer, ...change }: Forgery = {},
): Promise<ForgedEpoch> {
  const storeKeys = writer.keys.storeKeys.get(storeOf(label));
  if (!former || !storeKeys) throw new Error(`there is no ${label}`);
  const time = dateTime(ports.clock.now());
  const { accountUdf, deviceUdf } = writer;
  const epoch = (former.Epoch ?? 0) + 1;
  const begin = {
    AccountUdf: accountUdf,
    Store: label,
    Epoch: epoch,
    KeyEpoch: 0,
    Former: former,
    Reason: "Compact" as const,
    Time: time,
    DeviceUdf: deviceUdf,
    ...change,
  };
  const path = join(tempDirectory(), `${label}.${epoch}.dare`);
  const copy = await CatalogReplica.open({ path, label, epoch, begin, storeKeys, readers: [], random });
  onCleanup(() => copy.close());
  const maker = { accountUdf, deviceUdf: closer ?? deviceUdf, signer: signer ?? writer.keys.signature, time };
  const group = copy.prepare(entries, maker, former);
  if (!group) throw new Error("nothing was prepared");
  await copy.commit(group);
  return { copy, former };
}

/** What a device has of a catalog, as it is carried over. */
export function entriesOf<T>(context: AccountContext, catalog: Catalog<T>): readonly EntryChange[] {
  return context.list(catalog).map(({ key, value }) => ({ key, change: () => tag(catalog.entry, value) }));
}

/** Brings it to the service and has it switch. @param isGivenBack as administrators bring what the service has lost */
export async function bringEpoch({ client, address }: AccountContext, { copy, former }: ForgedEpoch, { isGivenBack = false } = {}): Promise<void> {
  const { label, epoch } = copy;
  if (!(await stageCopy(copy, { client, account: address, stage: "forged", isGivenBack }))) throw new Error("something else is staged");
  const Former = { Container: label, ...epochMember(epoch - 1), Index: former.Index + 1, Digest: former.TreeDigest };
  const Switch = [{ Container: label, Stage: "forged", Former, Epoch: epoch, Index: copy.count, Digest: copy.treeDigest ?? new Uint8Array() }];
  await client.transact({ Account: address, RequestId: newNonce(random), Switch });
  await copy.close();
}
