/** Changes of catalog entries as their types have them; what goes into a Transact are tagged values (extensions §5). */
import { tag } from "../../codec/index.ts";
import type { Catalog, CatalogLabel } from "../../schema/index.ts";
import { DeviceRemoved } from "../../schema/index.ts";
import type { EntryChange } from "./catalog-group.ts";
import { decodeEntry } from "./entry.ts";

/** A change of one catalog entry. */
export interface CatalogWrite extends EntryChange {
  readonly store: CatalogLabel;
}

/** Gets the entry of a key and gives the wanted one: the same value changes nothing, undefined removes the entry. */
type Change<T> = (current: T | undefined) => T | undefined;

/**
 * Changes the entry of a key: `change` gets the newest one and gives the wanted one. It is called anew after another device wrote first, so it
 * must not change anything itself. An entry of a type that this catalog does not know stays as it is.
 */
export function edit<T>(catalog: Catalog<T>, key: string, change: Change<T>): CatalogWrite {
  return editing(catalog, key, change, { keepsForeign: true });
}

/** As edit, for a key that is one type's alone: an entry that is none of it stands in the way of what belongs there, and counts as absent. */
export function editOwn<T>(catalog: Catalog<T>, key: string, change: Change<T>): CatalogWrite {
  return editing(catalog, key, change, { keepsForeign: false });
}

function editing<T>(catalog: Catalog<T>, key: string, change: Change<T>, { keepsForeign }: { readonly keepsForeign: boolean }): CatalogWrite {
  return {
    store: catalog.label,
    key,
    ...(catalog.byHand && { merged: catalog.byHand }),
    change: (current) => {
      const known = current === undefined ? undefined : decodeEntry(catalog.entry, current);
      if (keepsForeign && known === undefined && current !== undefined) return current;
      const wanted = change(known);
      if (wanted === undefined) return undefined;
      return wanted === known ? current : tag(catalog.entry, wanted);
    },
  };
}

/** Puts an entry in the place of whatever stands under its key. */
export function put<T>(catalog: Catalog<T>, entry: T): CatalogWrite {
  return { store: catalog.label, key: catalog.keyOf(entry), ...mergedWhole(catalog), change: () => tag(catalog.entry, entry) };
}

/** Removes the entry of a key; a removed device's delete says what was seen of its account until then (extensions §4). */
export function remove<T>(catalog: Catalog<T>, key: string, removal?: DeviceRemoved): CatalogWrite {
  const said = removal === undefined ? mergedWhole(catalog) : { removal: tag(DeviceRemoved, removal) };
  return { store: catalog.label, key, change: () => undefined, ...said };
}

function mergedWhole<T>({ byHand }: Catalog<T>): Pick<CatalogWrite, "merged"> {
  return byHand ? { merged: "all" } : {};
}
