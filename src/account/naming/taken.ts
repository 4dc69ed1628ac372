/** Which names an account has given already. Names are compared by key: what people say the same is the same. docs/design.md §8. */
import { keyOf } from "../../driver/index.ts";
import type { CatalogedDevice, CatalogedPlace, LocalName } from "../../schema/index.ts";
import { deviceCatalog, placeCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { english } from "./english.ts";

/** What naming reads of an account. */
export type NamedAccount = Pick<AccountContext, "list">;

/** Where a device stands: its own names are no clash, and a name may be given once in each place. */
export interface DeviceSpot {
  readonly udf?: string | undefined;
  /** Key of the place. */
  readonly place?: string | undefined;
}

/** Where a place stands. */
export interface PlaceSpot {
  readonly key?: string | undefined;
  /** Key of the place that it is part of. */
  readonly parent?: string | undefined;
}

/** A name and its other names, as keys. */
function keysOf(name: string | undefined, others: readonly LocalName[] = []): readonly string[] {
  return [...(name === undefined ? [] : [name]), ...others.map(({ Name }) => Name)].map((text) => keyOf(text, english()));
}

/** True when one of the names of an entry has the key of a text. */
export function isCalled(entry: { readonly LocalName?: string; readonly LocalNames?: readonly LocalName[] }, text: string): boolean {
  const key = keyOf(text, english());
  return key !== "" && keysOf(entry.LocalName, entry.LocalNames).includes(key);
}

/** Full-size machines stand in no place, so their names are taken everywhere. */
function isMachine({ Constrained, EnvelopedDevicePreconfigurationPublic }: CatalogedDevice): boolean {
  return Constrained !== true && EnvelopedDevicePreconfigurationPublic === undefined;
}

/** Key -> the device that has it, among those that a device at this spot must not be called like. */
export function deviceNames(account: NamedAccount, { udf, place }: DeviceSpot): ReadonlyMap<string, CatalogedDevice> {
  const taken = new Map<string, CatalogedDevice>();
  for (const { value } of account.list(deviceCatalog)) {
    if (value.DeviceUdf === udf || (value.Place !== place && !isMachine(value))) continue;
    for (const key of keysOf(value.LocalName, value.LocalNames)) taken.set(key, value);
  }
  return taken;
}

/** The same for places. */
export function placeNames(account: NamedAccount, spot: PlaceSpot): ReadonlyMap<string, CatalogedPlace> {
  const taken = new Map<string, CatalogedPlace>();
  for (const { value } of account.list(placeCatalog)) {
    if (value.Key === spot.key || value.Parent !== spot.parent) continue;
    for (const key of keysOf(value.LocalName, value.LocalNames)) taken.set(key, value);
  }
  return taken;
}
