/**
 * What of a repair nobody has to ask for (docs/extensions.md §5): epochs that removed devices began stand in the way of new keys, and the account's own
 * history takes their place. Whatever the service alone can have made out of another administrator's epoch is left to `account repair`.
 */
import { MeshError } from "../../base/errors.ts";
import type { ContainerStatus } from "../../protocol/index.ts";
import type { CatalogLabel, Head } from "../../schema/index.ts";
import { storeOf } from "../../schema/index.ts";
import type { Writing } from "../context/write.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { replicaOf } from "../store/stores.ts";
import { beginEpochs } from "./begin.ts";
import { namedHeads } from "./named-heads.ts";
import { usurpedFrom } from "./usurped.ts";

/**
 * @param labels where this device cannot follow @param keyEpochs of stores that are about to get a new key: they get it at once, which spares a copy
 * Errors: ERR_CONFLICT when somebody was first; those of beginEpochs.
 */
export async function replaceUsurped(writing: Writing, labels: readonly CatalogLabel[], keyEpochs: ReadonlyMap<CatalogLabel, number>): Promise<void> {
  const { client, address, stores, feed } = writing;
  const { ContainerStatus: there } = await client.status({ Account: address, Catalogs: labels, Spools: [] });
  const replaced: ContainerStatus[] = [];
  const begun: { readonly label: CatalogLabel; readonly keyEpoch: number }[] = [];
  const others: Head[] = [];
  const isKnowing = !labels.includes("MMM_Device");
  for (const label of labels) {
    const status = there.find(({ Container }) => Container === label);
    if (!status) continue;
    const usurped = await usurpedFrom(writing, { label, status, directory: feed.directory, isKnowing });
    if (!usurped?.isProven) continue;
    const { head, keyEpoch } = replicaOf(stores, label) as CatalogReplica;
    replaced.push(status);
    begun.push({ label, keyEpoch: Math.max(keyEpoch, keyEpochs.get(storeOf(label) as CatalogLabel) ?? 0) });
    for (const named of await namedHeads(writing, { label, from: usurped.epoch, status, directory: feed.directory })) others.push(named);
    if (head) others.push(head);
    writing.ports.log.warn("store.replaced", { store: label, from: usurped.epoch, to: status.Epoch ?? 0 });
  }
  if (replaced.length === 0) return;
  const union = { others, changes: new Map(), doubted: [], replaced };
  if ((await beginEpochs(writing, { reason: "Repair", stores: begun, union })) === "begun") return;
  throw new MeshError("ERR_CONFLICT", "another administrator has begun the stores anew meanwhile");
}
