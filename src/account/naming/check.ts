/**
 * The one check of names, wherever one is given or taken over: by the owner, by an offer of a hub, by a request or PIN of a machine. What the owner
 * says is refused when it cannot be; what comes from elsewhere gives way to a name made of class, place and number.
 */
import { isMeshError, MeshError } from "../../base/errors.ts";
import { checkName } from "../../driver/index.ts";
import { placeCatalog } from "../../schema/index.ts";
import { english } from "./english.ts";
import type { DeviceSpot, NamedAccount, PlaceSpot } from "./taken.ts";
import { deviceNames, placeNames } from "./taken.ts";

/** A name for a device as it is stored. Errors: ERR_NAME, with the device that has it. */
export function checkDeviceName(account: NamedAccount, text: string, spot: DeviceSpot): string {
  const { name, key } = checkName(text, english());
  const clash = deviceNames(account, spot).get(key);
  if (!clash) return name;
  const path = pathOf(account, clash.Place).join(" / ");
  const where = path === "" ? "" : ` in ${path}`;
  throw new MeshError("ERR_NAME", `the name ${JSON.stringify(name)} is taken by ${clash.LocalName ?? clash.DeviceUdf}${where} (${clash.DeviceUdf})`, {
    detail: { clash: clash.DeviceUdf },
  });
}

/** A name for a place as it is stored. Errors: ERR_NAME; ERR_EXISTS with the place that has it. */
export function checkPlaceName(account: NamedAccount, text: string, spot: PlaceSpot): string {
  const { name, key } = checkName(text, english());
  const clash = placeNames(account, spot).get(key);
  if (clash)
    throw new MeshError("ERR_EXISTS", `there is a place called ${JSON.stringify(clash.LocalName)} already`, { hint: "see 'meshman place list'" });
  return name;
}

/** A name for a machine that belongs to no account yet. Errors: ERR_NAME. */
export function checkOwnName(text: string): string {
  return checkName(text, english()).name;
}

/** What a device is called that nobody at this machine names. */
export interface Automatic extends DeviceSpot {
  /** Names that others want for it, the most trusted first; undefined ones count for nothing. */
  readonly wanted: readonly (string | undefined)[];
  /** Its class, or "machine"; text of its maker. */
  readonly kind: string;
}

/** The first wanted name that may be given; undefined when none is wanted, and a default name when none may be given. */
export function automaticName(account: NamedAccount, { wanted, kind, ...spot }: Automatic): string | undefined {
  const names = wanted.filter((name) => name !== undefined);
  if (names.length === 0) return undefined;
  const taken = deviceNames(account, spot);
  const free = (text: string): string | undefined => {
    const checked = isName(text) ? checkName(text, english()) : undefined;
    return checked && !taken.has(checked.key) ? checked.name : undefined;
  };
  for (const name of names) if (free(name) !== undefined) return free(name);
  // "kitchen light", "kitchen light 2": place and class, and the first number that is free.
  const noun = nounOf(kind);
  const [room] = pathOf(account, spot.place).slice(-1);
  const base = [...(room === undefined ? [] : [`${room} ${noun}`]), noun].find((text) => isName(`${text} 1000000`)) ?? "device";
  for (let number = 1; ; number++) {
    const name = free(number === 1 ? base : `${base} ${number}`);
    if (name !== undefined) return name;
  }
}

/** What a device is called as long as nobody has named it: its class with the beginning of its fingerprint. */
export function unnamed(udf: string, deviceClass: string | undefined): string {
  return deviceClass === undefined ? udf : `${nounOf(deviceClass)} ${udf.slice(0, 9)}`;
}

/** A class as a word; it is text of a maker, who may write anything. */
function nounOf(kind: string): string {
  return /^[a-z][a-z0-9-]{0,31}$/.test(kind) ? kind.replaceAll("-", " ") : "device";
}

function isName(text: string): boolean {
  try {
    checkName(text, english());
    return true;
  } catch (error) {
    if (isMeshError(error, "ERR_NAME")) return false;
    throw error;
  }
}

/** Names of a place and those around it, outermost first. Parents may make a circle: each counts once. */
function pathOf(account: NamedAccount, key: string | undefined): readonly string[] {
  const places = new Map(account.list(placeCatalog).map(({ value }) => [value.Key, value]));
  const names = new Map<string, string>();
  for (let place = places.get(key ?? ""); place && !names.has(place.Key); place = places.get(place.Parent ?? ""))
    names.set(place.Key, place.LocalName);
  return [...names.values()].reverse();
}
