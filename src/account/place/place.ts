/** Places of an account: rooms, floors, houses. docs/design.md §8. Identity is the key; the name is a label. */

import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { newNonce } from "../../crypto/index.ts";
import { type CatalogedPlace, deviceCatalog, placeCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { checkPlaceName } from "../naming/check.ts";
import { isCalled } from "../naming/taken.ts";
import { put, remove } from "../store/edit.ts";

/** Characters of a key that name a place: its first two groups, without what stands between them. */
const keyCharacters = 8;
/** Places of one name that a refusal names. */
const mostNamed = 8;

const plain = (text: string): string => text.replaceAll("-", "").toUpperCase();

/** The place of a key, at least the first eight characters of one, a name or another name. Errors: ERR_NOT_FOUND with the names there are, ERR_AMBIGUOUS. */
export function findPlace(context: AccountContext, name: string): CatalogedPlace {
  const places = context.list(placeCatalog).map(({ value }) => value);
  const wanted = plain(name.trim());
  const called = places.filter((place) => place.Key === name || isCalled(place, name));
  const found = called.length > 0 || wanted.length < keyCharacters ? called : places.filter(({ Key }) => plain(Key).startsWith(wanted));
  const [place, ...others] = found;
  if (others.length > 0)
    throw new MeshError(
      "ERR_AMBIGUOUS",
      `${found.length} places are called ${JSON.stringify(name)}: ${found
        .slice(0, mostNamed)
        .map((one) => placeLabel(places, one))
        .join(", ")}`,
      {
        hint: "say the letters in brackets, which are the beginning of its key; 'meshman place list' shows them, too",
        detail: { keys: found.map(({ Key }) => Key) },
      },
    );
  if (!place) {
    const known = places.map(({ LocalName }) => LocalName).join(", ") || "none yet";
    throw new MeshError("ERR_NOT_FOUND", `no place is called ${JSON.stringify(name)} (known: ${known})`, {
      hint: `make it with 'meshman place add ${JSON.stringify(name)}'`,
    });
  }
  return place;
}

/** A place's name; where another place has it, too, with what it is in and the beginning of its key: two machines may add the same at once. */
export function placeLabel(places: readonly CatalogedPlace[], place: CatalogedPlace): string {
  const folded = (text: string): string => text.toLowerCase();
  if (!places.some(({ Key, LocalName }) => Key !== place.Key && folded(LocalName) === folded(place.LocalName))) return place.LocalName;
  const parent = places.find(({ Key }) => Key === place.Parent)?.LocalName;
  return `${place.LocalName}${parent === undefined ? "" : ` in ${parent}`} (${place.Key.slice(0, keyCharacters + 1)})`;
}

/** Adds a place. Errors: ERR_NAME; ERR_EXISTS for a name that is taken in the same parent. */
export async function addPlace(context: AccountContext, options: { readonly name: string; readonly parent?: string }): Promise<CatalogedPlace> {
  const parent = options.parent === undefined ? undefined : findPlace(context, options.parent).Key;
  const place: CatalogedPlace = {
    Key: newNonce(context.ports.random),
    LocalName: checkPlaceName(context, options.name, { parent }),
    ...(parent === undefined ? {} : { Parent: parent }),
    Updated: dateTime(context.ports.clock.now()),
  };
  await context.transact({ catalogs: [put(placeCatalog, place)] });
  return place;
}

/** Deletes a place. Errors: ERR_USAGE while devices or places are in it. */
export async function deletePlace(context: AccountContext, name: string): Promise<CatalogedPlace> {
  const place = findPlace(context, name);
  const inside = [
    ...context
      .list(deviceCatalog)
      .filter(({ value }) => value.Place === place.Key)
      .map(({ value }) => value.LocalName ?? value.DeviceUdf),
    ...context
      .list(placeCatalog)
      .filter(({ value }) => value.Parent === place.Key)
      .map(({ value }) => value.LocalName),
  ];
  if (inside.length > 0)
    throw new MeshError("ERR_USAGE", `${place.LocalName} is not empty: ${inside.join(", ")}`, { hint: "move or delete what is in it first" });
  await context.transact({ catalogs: [remove(placeCatalog, place.Key)] });
  return place;
}
