/**
 * Under which key a store begins anew in the place of an epoch of which nothing can be believed: others may have gone on to a later key there than this
 * device's copy is under. Of the later ones that it was given only what was drawn counts, and nobody has who is not to have it, by what MMM_Device and
 * MMM_Access will hold: whoever was an administrator can have given this device any key. extensions §5
 */
import type { Datum } from "../../codec/index.ts";
import type { Catalog, CatalogLabel, HeldKey } from "../../schema/index.ts";
import { accessCatalog, escrowCatalog } from "../../schema/index.ts";
import { escrowKey, namesIn, rulesOf } from "../removal/drawn-names.ts";
import { heldIn } from "../removal/held.ts";
import type { EntryChange } from "../store/catalog-group.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { decodeEntry } from "../store/entry.ts";
import type { Stores } from "../store/stores.ts";
import { replicaOf } from "../store/stores.ts";

/** What the repair is going to write to each store. */
type Changes = ReadonlyMap<CatalogLabel, readonly EntryChange[]>;

/** The KeyEpoch of the newest of them; of this device's copy when there is none. */
export function laterKeyEpoch(stores: Stores, { label, changes }: { readonly label: CatalogLabel; readonly changes: Changes }): number {
  const { keyEpoch, givenKeys } = replicaOf(stores, label) as CatalogReplica;
  const { mayTake } = rulesOf({
    names: namesIn(entriesAfter(stores, escrowCatalog, changes).get(escrowKey)),
    held: () => heldIn([...entriesAfter(stores, accessCatalog, changes).values()]),
    inForce: () => keyEpoch,
  });
  // A number that two keys have says nothing of which of them is meant.
  const isOne = ({ KeyEpoch }: HeldKey): boolean => givenKeys.filter((other) => other.KeyEpoch === KeyEpoch).length === 1;
  return givenKeys.filter((key) => mayTake(key) && isOne(key)).reduce((newest, { KeyEpoch }) => Math.max(newest, KeyEpoch), keyEpoch);
}

/** The entries of a catalog, by their keys, as they are with what is going to be written. */
function entriesAfter<T>(stores: Stores, { label, entry }: Catalog<T>, changes: Changes): ReadonlyMap<string, T> {
  const all = new Map<string, Datum | undefined>();
  for (const each of (replicaOf(stores, label) as CatalogReplica).entries()) all.set(each.key, each.entry);
  for (const { key, change } of changes.get(label) ?? []) all.set(key, change(all.get(key)));
  return new Map(
    [...all].flatMap(([key, datum]): [string, T][] => {
      const value = datum === undefined ? undefined : decodeEntry(entry, datum);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}
