/**
 * Changes that lost against another machine's (docs/extensions.md §5): listed beside what stands, and settled by the owner, who keeps what stands or takes
 * what lost. Either way the kept change goes.
 */
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Datum, DatumObject } from "../../codec/index.ts";
import { isObject, tag, untag } from "../../codec/index.ts";
import type { Catalog, CatalogedConflict, CatalogLabel } from "../../schema/index.ts";
import { conflictCatalog, conflictPrefix, contactCatalog, deviceCatalog, placeCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { checkDeviceName, checkPlaceName } from "../naming/check.ts";
import { findPlace } from "../place/place.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { remove } from "../store/edit.ts";

/** A change that lost. */
export interface Conflict {
  /** Names it: what follows the prefix in its key. */
  readonly id: string;
  readonly store: CatalogLabel;
  /** Key of the entry, and what people call that. */
  readonly of: string;
  readonly name: string;
  /** Members that lost, by name; all of the entry's when it was removed. */
  readonly lost: DatumObject;
  /** The same members as they stand; empty when the entry is gone. */
  readonly stands: DatumObject;
  readonly isRemoved: boolean;
  /** When it was found, and by which device. */
  readonly found: string;
  readonly deviceUdf: string;
  readonly entry: CatalogedConflict;
}

/** All that this device can read, oldest first. */
export function conflicts(context: AccountContext): readonly Conflict[] {
  const found = [...conflictsIn(context, deviceCatalog), ...conflictsIn(context, placeCatalog), ...conflictsIn(context, contactCatalog)];
  return found.sort((a, b) => a.found.localeCompare(b.found));
}

/** The one of an id, or of at least four characters that it begins with. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
export function findConflict(context: AccountContext, text: string): Conflict {
  const plain = text.replaceAll("-", "").toUpperCase();
  const found = conflicts(context).filter(({ id }) => plain.length >= 4 && id.replaceAll("-", "").startsWith(plain));
  const [conflict, ...others] = found;
  if (!conflict) {
    throw new MeshError("ERR_NOT_FOUND", `no conflict ${JSON.stringify(text.slice(0, 80))}`, { hint: "see 'meshman conflicts list'" });
  }
  if (others.length > 0) throw new MeshError("ERR_AMBIGUOUS", `${found.length} conflicts begin with ${JSON.stringify(text)}`);
  return conflict;
}

/** Leaves what stands, and forgets what lost. Errors: those of writing. */
export async function keepStanding(context: AccountContext, { store, entry }: Conflict): Promise<void> {
  await context.transact({ catalogs: [remove(conflictCatalog(store), entry.Key)] });
}

/**
 * Puts what lost in the place of what stands. Errors: ERR_NAME, ERR_EXISTS for a name that is taken by now, and for an entry that was removed and is there
 * again; ERR_NOT_FOUND when the entry, or a place that it names, is gone; those of writing.
 */
export async function takeLost(context: AccountContext, conflict: Conflict): Promise<void> {
  const { store, entry } = conflict;
  await context.transact({ catalogs: [restored(context, conflict), remove(conflictCatalog(store), entry.Key)] });
}

/** Names may have been given to others since. */
function restored(context: AccountContext, conflict: Conflict): CatalogWrite {
  switch (conflict.store) {
    case "MMM_Device":
      return restoredIn(context, deviceCatalog, conflict, ({ DeviceUdf, LocalName, LocalNames = [], Place }) => {
        const spot = { udf: DeviceUdf, place: Place === undefined ? undefined : findPlace(context, Place).Key };
        for (const name of [LocalName ?? [], ...LocalNames.map(({ Name }) => Name)].flat()) checkDeviceName(context, name, spot);
      });
    case "MMM_Place":
      return restoredIn(context, placeCatalog, conflict, ({ Key, LocalName, Parent }) => {
        checkPlaceName(context, LocalName, { key: Key, parent: Parent === undefined ? undefined : findPlace(context, Parent).Key });
      });
    default:
      return restoredIn(context, contactCatalog, conflict, () => undefined);
  }
}

function restoredIn<T>(context: AccountContext, catalog: Catalog<T>, { of, lost, isRemoved }: Conflict, check: (entry: T) => void): CatalogWrite {
  const { label, entry } = catalog;
  return {
    store: label,
    key: of,
    change: (current) => {
      if (isRemoved && current !== undefined) throw new MeshError("ERR_EXISTS", `${of} is in ${label} again`);
      if (!isRemoved && current === undefined) throw new MeshError("ERR_NOT_FOUND", `${of} is not in ${label} any more`);
      const members = { ...(current === undefined ? {} : membersOf(current)), ...lost, Updated: dateTime(context.ports.clock.now()) };
      check(entry.decode(members, entry.tag));
      return { [entry.tag]: members };
    },
  };
}

function conflictsIn<T>(context: AccountContext, catalog: Catalog<T>): readonly Conflict[] {
  const { label } = catalog;
  if (!context.keys.storeKeys.has(label)) return [];
  return context.list(conflictCatalog(label)).flatMap(({ value: entry }): Conflict[] => {
    const { Key: key, Of: of, Lost: lost, Removed: isRemoved, Updated: found, DeviceUdf: deviceUdf } = entry;
    if (!key.startsWith(conflictPrefix) || !isObject(lost)) return [];
    const standing = context.get(catalog, of);
    const now = standing === undefined ? {} : membersOf(tag(catalog.entry, standing));
    const members = membersOf(lost);
    const stands = Object.fromEntries(Object.keys(members).flatMap((name) => (now[name] === undefined ? [] : [[name, now[name]]])));
    const called = now.LocalName ?? members.LocalName;
    const name = typeof called === "string" ? called : of;
    return [{ id: key.slice(conflictPrefix.length), store: label, of, name, lost: members, stands, isRemoved, found, deviceUdf, entry }];
  });
}

function membersOf(entry: Datum): DatumObject {
  const [, members] = untag(entry, "Entry");
  return isObject(members) ? members : {};
}
