/**
 * What is doubtful about names for whoever will say them to this hub: of a device when they are given, as they are soon changed then, and of the whole house
 * when somebody asks, as the hub may have begun to hear after that.
 */
import type { DoubtfulNames } from "../../api/index.ts";
import { isMeshError } from "../../base/errors.ts";
import { type NamedThing, type NameIndex, type Resolution, resolve } from "../../driver/index.ts";
import type { SpokenBook } from "../../names/name-book.ts";
import { type Called, houseDoubts, isForRules, type NameDoubt, nameDoubts, sayDoubt } from "../../speech/grammar/name-doubts.ts";
import type { Pronunciations } from "../../speech/grammar/pronunciation.ts";

/** Most doubts that are told of a house. */
const mostTold = 20;

/** What they are looked up in. */
export interface NameNotesOptions {
  /** In the language of the recogniser. */
  readonly book: Pick<SpokenBook, "index" | "vocabulary">;
  /** How words sound; by Debian's dictionary. */
  readonly sounds?: (words: Iterable<string>) => Promise<Pronunciations>;
}

/** A device, with what it is called where the book has not read that yet, or with the one name that it will have beside its other ones. */
interface CalledDevice {
  readonly udf: string;
  readonly name?: string | undefined;
  readonly wanted?: string | undefined;
}

/** Sentences, none where nothing is doubtful or there is no dictionary. */
export async function nameNotes({ udf, name, wanted }: CalledDevice, { book, sounds }: NameNotesOptions): Promise<readonly string[]> {
  const { index, vocabulary } = book;
  const things = index.things.filter((thing) => thing.udf === udf);
  const known = wanted !== undefined ? [wanted] : things.flatMap(namesOf);
  const own = known.length > 0 || name === undefined ? known : [name];
  const besides = wanted === undefined ? [] : things.flatMap(aliasesOf);
  const others = index.things.filter((thing) => thing.udf !== udf).flatMap(namesOf);
  try {
    return await nameDoubts(own, { others, besides, isAll: aloneIn(index)(udf), vocabulary, sounds });
  } catch (error) {
    if (!isMeshError(error, "ERR_ADAPTER")) throw error;
    return [];
  }
}

/** The same of all that is called by a name. Errors: ERR_ADAPTER where there is no dictionary. */
export async function houseNotes({ book: { index, vocabulary }, sounds }: NameNotesOptions): Promise<DoubtfulNames> {
  const found = await houseDoubts(calledIn(index), { vocabulary, sounds });
  return { doubts: found.slice(0, mostTold).map(sayDoubt), more: Math.max(0, found.length - mostTold), remedies: remediesOf(found) };
}

/** Who has renamed one has mended the other, where two sound alike. */
function remediesOf(found: readonly NameDoubt[]): string[] {
  const device =
    "rename the device on the page, or say 'meshman device name DEVICE NAME' on a machine of the owner; with '--alias NAME' it has that name besides";
  const other = "a scene, recipe or place is made anew under another name, by 'meshman scene add', 'recipe add' or 'place add'";
  const rules = "install Debian's espeak-ng, which says words that the dictionary lacks, and start the hub again";
  return [
    ...(found.some(({ what }) => what === undefined) ? [device] : []),
    ...(found.some(({ what }) => what !== undefined) ? [other] : []),
    ...(found.some(isForRules) ? [rules] : []),
  ];
}

function calledIn(index: NameIndex): readonly Called[] {
  const { things, places, scenes, recipes } = index;
  const isAllOf = aloneIn(index);
  const isMade = ({ programmes }: NameIndex["recipes"][number]): boolean =>
    programmes.some((programme) => things.some((thing) => thing.class === programme.class));
  return [
    ...things.map((thing) => ({ names: namesOf(thing), isAll: isAllOf(thing.udf) })),
    ...scenes.map((scene) => ({ names: namesOf(scene), what: "the scene" })),
    ...[...places.values()].map((place) => ({ names: namesOf(place), what: "the place", isBeside: true })),
    ...recipes.filter(isMade).map((recipe) => ({ names: namesOf(recipe), what: "the recipe", isBeside: true })),
  ];
}

/** Whether nothing but a device is meant by "all blinds". Each group is looked for once. */
function aloneIn(index: NameIndex): (udf: string) => (group: string) => boolean {
  const known = new Map<string, Resolution>();
  return (udf) => (group) => {
    const meant = known.get(group) ?? resolve(group, index);
    known.set(group, meant);
    switch (meant.kind) {
      case "one":
        return meant.udf === udf;
      case "many":
        return meant.udfs.every((each) => each === udf);
      case "none":
        return true;
      case "ambiguous":
        return false;
    }
  };
}

function aliasesOf({ aliases = [] }: Pick<NamedThing, "aliases">): string[] {
  return aliases.map(({ Name }) => Name);
}

function namesOf(thing: Pick<NamedThing, "name" | "aliases">): string[] {
  return [thing.name, ...aliasesOf(thing)];
}
