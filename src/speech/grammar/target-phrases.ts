/** How people may call the things of a house, all of a kind, or those of a place: what the resolver understands, as far as it is likely to be said. */
import type { NamedThing, NameIndex, Place } from "../../driver/index.ts";
import type { Breadth } from "./breadth.ts";
import { spokenWords } from "./spoken-word.ts";

/** A list of words. */
export type Phrase = readonly string[];

/** A name, or the name of a place, that has letters or signs which are not spoken. */
export interface Unspeakable {
  readonly name: string;
  readonly words: readonly string[];
}

/** Said before names and properties. */
export const article = "the";
/** Where one is on, and not in. */
const surfaces: ReadonlySet<string> = new Set(["floor", "landing", "porch", "patio", "terrace", "balcony", "veranda", "deck", "roof"]);
/** Ways to say a name and its other names, with those that cannot be said. */
export function namePhrases(
  { name, aliases = [] }: Pick<NamedThing, "name" | "aliases">,
  onUnspeakable: (name: Unspeakable) => void = () => undefined,
): Phrase[] {
  return [name, ...aliases.map(({ Name }) => Name)].flatMap((text) => {
    const words = spokenWords(text);
    // A blank alias is nobody's fault that is shown here.
    if (words === undefined && text.trim() !== "") onUnspeakable({ name: text, words: [] });
    return words === undefined ? [] : [words];
  });
}

/** What is said of some things. */
export interface Telling {
  readonly asksOf: boolean;
  /** A place stands for what is in it, as in "how warm is it in the kitchen". */
  readonly isOfPlaces?: boolean;
  /** Behind "is" or behind "are"; where neither stands, both. */
  readonly number?: "one" | "many";
  /** "Which lights", and not "which kettle". */
  readonly isOfKind?: boolean;
  /** On or off: "everything in the kitchen" is not made brighter. */
  readonly isSwitched?: boolean;
}

/** Ways to say some things: by name, by kind, by place. @param short as shortNames gives them for the house */
export function targetPhrases(
  things: readonly NamedThing[],
  { index, short, breadth }: { readonly index: NameIndex; readonly short: ReturnType<typeof shortNames>; readonly breadth: Breadth },
  { asksOf, number, isOfKind = false, isSwitched = false, isOfPlaces = false }: Telling,
): Phrase[] {
  const { language, nouns } = index.vocabulary;
  const phrases: Phrase[] = [];
  const add = (words: Phrase, { bare = true }: { readonly bare?: boolean } = {}): void => {
    if (bare) phrases.push(words);
    // "Which lights", and not "which the lights".
    if (words[0] !== article && !isOfKind) phrases.push([article, ...words]);
  };
  // "Are the evening lamps on", and not "are the kettle on".
  const isOf = (name: Phrase): boolean => number !== "many" || name.at(-1)?.endsWith("s") === true;
  const classes = new Set(things.map((thing) => thing.class));
  const counts = new Map<string, number>();
  for (const thing of things) for (const name of namePhrases(thing)) counts.set(name.join(" "), (counts.get(name.join(" ")) ?? 0) + 1);
  for (const thing of isOfKind ? [] : things) {
    const places = placesAround(thing, index);
    for (const name of namePhrases(thing)) {
      if (!isOf(name)) continue;
      add(name);
      if ((counts.get(name.join(" ")) ?? 0) < 2) continue;
      for (const place of places) {
        for (const words of placePhrases(place)) {
          // "The bedroom night light", "the night light in the bedroom"
          if (!hasRooms(place, index)) add([...words, ...name]);
          for (const there of inPlace(words, place, index)) add([...name, ...there]);
        }
      }
    }
  }
  const used = new Map<string, number>();
  const everywhere = new Set(things.flatMap((thing) => placesAround(thing, index)));
  for (const [key, { classes: kinds, plural }] of nouns) {
    if ((number !== undefined || isOfKind) && plural !== (isOfKind || number === "many")) continue;
    const called = things.filter((thing) => kinds.includes(thing.class));
    const noun = spokenWords(key);
    const kind = `${plural} ${kinds[0]}`;
    // "The blenders" where there is one: nobody says it.
    if (called.length < (plural ? 2 : 1) || noun === undefined || (used.get(kind) ?? 0) >= breadth.nouns) continue;
    used.set(kind, (used.get(kind) ?? 0) + 1);
    const there: (readonly [before: Phrase, after: Phrase])[] = [[[], []]];
    for (const place of new Set(called.flatMap((thing) => placesAround(thing, index)))) {
      for (const words of placePhrases(place)) {
        there.push([words, []]);
        for (const after of inPlace(words, place, index)) there.push([[], after]);
      }
    }
    const [all = "", every = all] = language.All;
    for (const [before, after] of there) {
      const words = [...before, ...noun, ...after];
      add(words);
      if (plural) phrases.push([all, ...words], [all, article, ...words]);
      // "Are any lights on"
      if (number === "many") for (const any of language.Any.slice(0, 1)) phrases.push([any, ...words]);
      if (!plural && !asksOf && before.length === 0 && called.length > 1) phrases.push([every, ...words]);
    }
    if (asksOf) continue;
    for (const house of inHouse(index)) {
      if (plural) phrases.push([all, article, ...noun, ...house], [all, ...noun, ...house]);
      else if (called.length > 1) phrases.push([every, ...noun, ...house]);
    }
  }
  if (isOfKind) return phrases;
  for (const [word, thing] of short) if (number !== "many" && things.includes(thing)) phrases.push([article, word]);
  for (const [name, members] of index.groupsByKey) {
    const words = spokenWords(name);
    if (words !== undefined && isOf(words) && members.some((thing) => classes.has(thing.class))) add(words);
  }
  if (number !== "many") {
    for (const word of language.Everything.slice(0, 1)) {
      phrases.push([word]);
      if (asksOf) continue;
      const theres = [[], ...(isSwitched ? [...placesBehind(everywhere, index), ...inHouse(index)] : [])];
      for (const there of theres) phrases.push([word, ...there]);
    }
    for (const word of language.Pronouns.slice(0, 1)) phrases.push([word]);
  }
  if (isOfPlaces && number !== "many") for (const place of everywhere) for (const words of placePhrases(place)) add(words);
  return phrases;
}

/** The last words of names with which one thing's alone end, as "gate" of the big gate; none that is a kind of things. */
export function shortNames({ things, vocabulary: { nouns } }: NameIndex): ReadonlyMap<string, NamedThing> {
  const ending = new Map<string, Set<NamedThing>>();
  for (const thing of things) {
    for (const name of namePhrases(thing)) {
      const last = name.at(-1) ?? "";
      ending.set(last, (ending.get(last) ?? new Set()).add(thing));
    }
  }
  return new Map([...ending].flatMap(([word, [thing, ...others]]) => (thing && others.length === 0 && !nouns.has(word) ? [[word, thing]] : [])));
}

/** "The lights", "everything", and where: what "off in the kitchen" is said of. */
export function placedPhrases(
  things: readonly NamedThing[],
  index: NameIndex,
  breadth: Breadth,
): { readonly what: readonly Phrase[]; readonly where: readonly Phrase[] } {
  const { language, nouns } = index.vocabulary;
  const what = language.Everything.slice(0, 1).map((word): Phrase => [word]);
  const used = new Map<string, number>();
  for (const [key, { classes: kinds, plural }] of nouns) {
    const noun = spokenWords(key);
    const kind = `${plural} ${kinds[0]}`;
    const called = things.filter((thing) => kinds.includes(thing.class));
    if (called.length < (plural ? 2 : 1) || noun === undefined || (used.get(kind) ?? 0) >= breadth.nouns) continue;
    used.set(kind, (used.get(kind) ?? 0) + 1);
    what.push(noun, [article, ...noun]);
    if (plural) for (const all of language.All.slice(0, 1)) what.push([all, ...noun], [all, article, ...noun]);
  }
  const where = placesBehind(new Set(things.flatMap((thing) => placesAround(thing, index))), index);
  return { what, where };
}

/** Things by their names, and all of a kind: what is said of several in a list, "the kitchen light and the kettle", and in one of several orders. */
export function briefPhrases(things: readonly NamedThing[], { vocabulary: { language, nouns } }: NameIndex): Phrase[] {
  const named = new Map(things.flatMap((thing) => namePhrases(thing)).map((words) => [words.join(" "), words]));
  const phrases = [...named.values()].flatMap((words): Phrase[] => (words[0] === article ? [words] : [words, [article, ...words]]));
  const used = new Set<string>();
  for (const [key, { classes, plural }] of nouns) {
    const noun = spokenWords(key);
    const kind = `${plural} ${classes[0]}`;
    const called = things.filter((thing) => classes.includes(thing.class));
    if (noun === undefined || used.has(kind) || called.length < (plural ? 2 : 1)) continue;
    used.add(kind);
    if (plural) for (const all of language.All.slice(0, 1)) phrases.push([all, ...noun], [all, article, ...noun]);
    else if (called.length === 1) phrases.push([article, ...noun]);
  }
  return phrases;
}

function placesBehind(places: Iterable<Place>, index: NameIndex): Phrase[] {
  return [...places].flatMap((place) => placePhrases(place).flatMap((words) => inPlace(words, place, index)));
}

/** The places around a thing. The house itself, which is around all of them, nobody names. */
function placesAround({ place }: NamedThing, index: NameIndex): readonly Place[] {
  const keys = place === undefined ? [] : (index.ancestors.get(place) ?? []);
  return keys.flatMap((key) => {
    const around = index.places.get(key);
    return around === undefined || (around.parent === undefined && hasRooms(around, index)) ? [] : [around];
  });
}

function hasRooms({ key }: Place, index: NameIndex): boolean {
  return [...index.places.values()].some(({ parent }) => parent === key);
}

function placePhrases({ name, aliases = [] }: Place): Phrase[] {
  return namePhrases({ name, aliases });
}

/** "In the kitchen", "on the ground floor", and "upstairs" for what has rooms in it. */
function inPlace(words: Phrase, place: Place, index: NameIndex): Phrase[] {
  const [inside = "", onTop = inside] = index.vocabulary.language.Connectors;
  if (surfaces.has(words.at(-1) ?? "")) return [[onTop, article, ...words]];
  return [[inside, article, ...words], ...(hasRooms(place, index) ? [words] : [])];
}

/** "In the house": where all of it is. */
function inHouse(index: NameIndex): Phrase[] {
  const [inside = ""] = index.vocabulary.language.Connectors;
  const roots = [...index.places.values()].filter((place) => place.parent === undefined && hasRooms(place, index));
  return roots.flatMap((place) => placePhrases(place).map((words) => [inside, article, ...words]));
}
