/**
 * The names of one account's things and places, made ready for look-up once (docs/design.md §8). Identity is the fingerprint; names are labels.
 * A blank name or alias is left out here, so that one bad entry does not break the others.
 */
import type { LocalName } from "../../schema/catalog/catalog.ts";
import type { DeviceDescription } from "../../schema/device/device-description.ts";
import type { StateValue } from "../../schema/device/state.ts";
import type { Language } from "./language.ts";
import { keyOf, looseKey, numbersIn } from "./text.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { plainName } from "./vocabulary.ts";

/** Fewest characters of a fingerprint that stand for it. */
export const prefixLength = 8;

/** A thing that has a name. */
export interface NamedThing {
  readonly udf: string;
  readonly name: string;
  readonly aliases?: readonly LocalName[] | undefined;
  /** Key of its place. */
  readonly place?: string | undefined;
  readonly class: string;
  readonly description: DeviceDescription;
  readonly online?: boolean | undefined;
}

/** A place that has a name. */
export interface Place {
  readonly key: string;
  readonly name: string;
  readonly aliases?: readonly LocalName[] | undefined;
  /** Key of the place that it is part of. */
  readonly parent?: string | undefined;
}

/** Several orders under one name. */
export interface Scene {
  readonly key: string;
  readonly name: string;
  readonly aliases?: readonly LocalName[] | undefined;
  readonly orders: readonly {
    readonly command: string;
    readonly targets: readonly { readonly udf: string; readonly arguments: readonly StateValue[] }[];
  }[];
}

/** What appliances do for a meal, by their class. */
export interface Recipe {
  readonly key: string;
  readonly name: string;
  readonly aliases?: readonly LocalName[] | undefined;
  readonly programmes: readonly { readonly class: string; readonly programme: string }[];
}

/** Things that have a name together. */
export interface ThingGroup {
  readonly name: string;
  readonly aliases?: readonly LocalName[] | undefined;
  /** Fingerprints. */
  readonly things: readonly string[];
}

/** Names and places ready for look-up. */
export interface NameIndex {
  readonly vocabulary: Vocabulary;
  readonly things: readonly NamedThing[];
  readonly byKey: ReadonlyMap<string, readonly NamedThing[]>;
  /** Numbers of a key -> the keys that have them: only these look alike. */
  readonly keysByNumbers: ReadonlyMap<string, readonly string[]>;
  /** By what is left of the key when plurals and gaps are no difference. */
  readonly byLooseKey: ReadonlyMap<string, readonly NamedThing[]>;
  /** By what a name of several words ends in, in the singular: the front door is "the door" where no other is. */
  readonly byEnd: ReadonlyMap<string, readonly NamedThing[]>;
  readonly byClass: ReadonlyMap<string, readonly NamedThing[]>;
  /** Beginning of a fingerprint without its groups, as short as one may be said -> the fingerprints that begin so. */
  readonly fingerprints: ReadonlyMap<string, readonly { readonly letters: string; readonly thing: NamedThing }[]>;
  readonly places: ReadonlyMap<string, Place>;
  /** Key of a place's name, or the loose key where no place has that as its own -> keys of the places called that. */
  readonly placesByName: ReadonlyMap<string, readonly string[]>;
  /** Places out of doors, where "outside" is none by itself. */
  readonly outside: readonly string[];
  /** Things whose names say that they are out of doors: "outdoor thermometer". */
  readonly outdoors: readonly NamedThing[];
  /** Every word that can be a value, and every word that can be a property: whatever else stands in a slot needs no look at things. */
  readonly valueWords: ReadonlySet<string>;
  readonly propertyWords: ReadonlySet<string>;
  /** The single words of these, and of numbers and units: with any other word beside them no value and no property is meant. */
  readonly valueParts: ReadonlySet<string>;
  readonly propertyParts: ReadonlySet<string>;
  /** Key of a place -> itself and what it is part of, innermost first. */
  readonly ancestors: ReadonlyMap<string, readonly string[]>;
  /** Key of a group's name -> its things. */
  readonly groupsByKey: ReadonlyMap<string, readonly NamedThing[]>;
  readonly scenes: readonly Scene[];
  /** Key of a scene's name, and its loose key. */
  readonly scenesByKey: ReadonlyMap<string, readonly Scene[]>;
  readonly scenesByLooseKey: ReadonlyMap<string, readonly Scene[]>;
  readonly recipes: readonly Recipe[];
  readonly recipesByKey: ReadonlyMap<string, readonly Recipe[]>;
  readonly recipesByLooseKey: ReadonlyMap<string, readonly Recipe[]>;
}

/** Index of an account's things and places. */
export function makeNameIndex(options: {
  readonly things: readonly NamedThing[];
  readonly places: readonly Place[];
  readonly groups?: readonly ThingGroup[];
  readonly scenes?: readonly Scene[];
  readonly recipes?: readonly Recipe[];
  readonly vocabulary: Vocabulary;
}): NameIndex {
  const { things, vocabulary, groups = [], scenes = [], recipes = [] } = options;
  const { language } = vocabulary;
  const byKey = new Map<string, NamedThing[]>();
  const byLooseKey = new Map<string, NamedThing[]>();
  const byEnd = new Map<string, NamedThing[]>();
  const byClass = new Map<string, NamedThing[]>();
  for (const thing of things) {
    add(byClass, thing.class, thing);
    const keys = keysOf(thing.name, thing.aliases, language);
    for (const key of keys) add(byKey, key, thing);
    for (const key of new Set([...keys].map((name) => looseKey(name, language)))) add(byLooseKey, key, thing);
    for (const end of new Set([...keys].flatMap((name) => endsOf(name, language)))) add(byEnd, end, thing);
  }
  const keysByNumbers = new Map<string, string[]>();
  for (const key of byKey.keys()) add(keysByNumbers, numbersIn(key), key);
  const fingerprints = new Map<string, { readonly letters: string; readonly thing: NamedThing }[]>();
  for (const thing of things) {
    const letters = thing.udf.replaceAll("-", "");
    add(fingerprints, letters.slice(0, prefixLength), { letters, thing });
  }
  const places = new Map(options.places.map((place) => [place.key, place]));
  const placesByName = new Map<string, string[]>();
  for (const place of options.places) {
    for (const key of keysOf(place.name, place.aliases, language)) add(placesByName, key, place.key);
  }
  const loosely = new Map<string, string[]>();
  for (const [key, places] of placesByName) for (const place of places) add(loosely, looseKey(key, language), place);
  for (const [key, places] of loosely) if (!placesByName.has(key)) placesByName.set(key, places);
  const outside = addOutside(placesByName, language);
  const ancestors = new Map(options.places.map(({ key }) => [key, chain(key, places)]));
  const { valueWords, propertyWords } = slotWords(things, vocabulary);
  const { valueParts, propertyParts } = partsOf(valueWords, propertyWords, vocabulary);
  const groupsByKey = new Map<string, readonly NamedThing[]>();
  for (const group of groups) {
    const members = new Set(group.things);
    for (const key of keysOf(group.name, group.aliases, language))
      groupsByKey.set(
        key,
        things.filter(({ udf }) => members.has(udf)),
      );
  }
  return {
    vocabulary,
    valueWords,
    propertyWords,
    valueParts,
    propertyParts,
    things,
    byKey,
    keysByNumbers,
    byLooseKey,
    byEnd,
    byClass,
    fingerprints,
    places,
    placesByName,
    outside,
    outdoors: things.filter((thing) => isOutdoors(keysOf(thing.name, thing.aliases, language), language)),
    ancestors,
    groupsByKey,
    scenes,
    scenesByKey: byName(scenes, (key) => key, language),
    scenesByLooseKey: byName(scenes, (key) => looseKey(key, language), language),
    recipes,
    recipesByKey: byName(recipes, (key) => key, language),
    recipesByLooseKey: byName(recipes, (key) => looseKey(key, language), language),
  };
}

/** "Outside", where no place is called so, is every place that is called as places out of doors are: "back garden"; and that is "the garden", too. */
function addOutside(placesByName: Map<string, string[]>, { Outside }: Language): readonly string[] {
  const ends = new Map<string, string[]>();
  for (const [key, places] of placesByName) {
    const end = key.split(" ").at(-1) ?? "";
    if (Outside.Places.includes(end)) for (const place of places) add(ends, end, place);
  }
  const all = [...new Set([...ends.values()].flat())];
  for (const [name, places] of [...ends, ...Outside.Words.map((word) => [word, all] as const)])
    if (places.length > 0 && !placesByName.has(name)) placesByName.set(name, places);
  return all;
}

function isOutdoors(keys: ReadonlySet<string>, { Outside }: Language): boolean {
  return [...keys].some((key) => key.split(" ").some((word) => Outside.Words.includes(word) || Outside.Places.includes(word)));
}

/** What is called so, by the forms of its names. */
function byName<T extends { readonly name: string; readonly aliases?: readonly LocalName[] | undefined }>(
  named: readonly T[],
  form: (key: string) => string,
  language: Language,
): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const each of named) for (const key of new Set([...keysOf(each.name, each.aliases, language)].map(form))) add(found, key, each);
  return found;
}

/** Keys of a name and its aliases, each once, no blank one. */
function keysOf(name: string, aliases: readonly LocalName[] = [], language: Language): Set<string> {
  const keys = new Set([name, ...aliases.map(({ Name }) => Name)].map((text) => keyOf(text, language)));
  keys.delete("");
  return keys;
}

/** Letters of a compound before its last part, and of that part. */
const leastPart = 3;

/** The last word of a name that has others before it; where words are put together to one, what that may end in. */
function endsOf(name: string, language: Language): readonly string[] {
  const words = name.split(" ");
  const last = looseKey(words.at(-1) ?? "", language);
  if (/\d/.test(last)) return [];
  const parts =
    language.Compounds === true ? Array.from({ length: Math.max(0, last.length - 2 * leastPart + 1) }, (_, at) => last.slice(leastPart + at)) : [];
  return words.length > 1 ? [last, ...parts] : parts;
}

function slotWords(things: readonly NamedThing[], vocabulary: Vocabulary): { valueWords: Set<string>; propertyWords: Set<string> } {
  const { language, classes } = vocabulary;
  const valueWords = new Set([...vocabulary.values.keys(), ...language.True, ...language.False]);
  const propertyWords = new Set<string>();
  for (const words of classes.values()) {
    for (const key of [...words.values.keys(), ...words.typedValues.keys(), ...words.asked.keys()]) valueWords.add(key);
    for (const key of words.properties.keys()) propertyWords.add(key);
  }
  for (const { Name, Values } of things.flatMap(({ description }) => description.Properties)) {
    propertyWords.add(plainName(Name));
    for (const value of Values ?? []) valueWords.add(keyOf(value, language)).add(keyOf(plainName(value), language));
  }
  return { valueWords, propertyWords };
}

function partsOf(
  valueWords: ReadonlySet<string>,
  propertyWords: ReadonlySet<string>,
  { language, units }: Vocabulary,
): Pick<NameIndex, "valueParts" | "propertyParts"> {
  const { Articles, Numbers, Minus, Point, And, Fractions } = language;
  const parts = [...Articles, ...Object.keys(Numbers).flatMap((text) => text.split(" ")), ...Minus, ...Point, ...And];
  const valueParts = new Set([...parts, ...Object.keys(Fractions)]);
  for (const words of [valueWords, units.keys()]) for (const key of words) for (const word of key.split(" ")) valueParts.add(word);
  const propertyParts = new Set(parts);
  for (const key of propertyWords) for (const word of key.split(" ")) propertyParts.add(word);
  return { valueParts, propertyParts };
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** A place and what it is part of. Two devices may have set parents that make a circle: each place counts once. */
function chain(start: string, places: ReadonlyMap<string, Place>): string[] {
  const keys = new Set<string>();
  for (let key: string | undefined = start; key !== undefined && places.has(key) && !keys.has(key); key = places.get(key)?.parent) keys.add(key);
  return [...keys];
}

/** Keys of the places that some words name. */
export function placesCalled(index: NameIndex, words: readonly string[]): readonly string[] | undefined {
  const key = words.join(" ");
  return index.placesByName.get(key) ?? index.placesByName.get(looseKey(key, index.vocabulary.language));
}

/** True when a thing stands in a place or in a part of it. */
export function isWithin(index: NameIndex, thing: NamedThing, place: string): boolean {
  return thing.place !== undefined && (index.ancestors.get(thing.place)?.includes(place) ?? false);
}

/** Names of the places around a thing, outermost first; empty when it has none. */
export function placePath(index: NameIndex, thing: NamedThing): string[] {
  const keys = thing.place === undefined ? [] : (index.ancestors.get(thing.place) ?? []);
  return keys.map((key) => index.places.get(key)?.name ?? key).reverse();
}
