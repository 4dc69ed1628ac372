/** Phrases with the words in them that name a place: "light in the bedroom upstairs", "kitchen light". */
import type { ResolveContext } from "./find.ts";
import type { NamedThing, NameIndex } from "./name-index.ts";
import { isWithin, placesCalled } from "./name-index.ts";
import { isQuantifier } from "./text.ts";

/** A phrase without the words that name a place; each member of `places` is one such word with the places called that. */
export interface Split {
  readonly rest: readonly string[];
  readonly places: readonly (readonly string[])[];
}

/** Most words of "here" and "there". */
const hereLimit = 2;

export function inPlaces({ places }: Split, index: NameIndex): (thing: NamedThing) => boolean {
  return (thing) => places.every((called) => called.some((place) => isWithin(index, thing, place)));
}

/** Keys of the places that some words name; "there" is where the things stand that were spoken of, "here" where the speaker is. */
export function placesMeant(words: readonly string[], index: NameIndex, { place, referred }: ResolveContext): readonly string[] | undefined {
  const called = placesCalled(index, words);
  if (called !== undefined || words.length > hereLimit) return called;
  const { Here, There } = index.vocabulary.language;
  const text = words.join(" ");
  if (place !== undefined && Here.includes(text)) return [place];
  return referred?.place !== undefined && There.includes(text) ? [referred.place] : undefined;
}

/** Of several places of one name those that share the nearest surroundings with the speaker, or the house in use. */
export function nearer(called: readonly string[], index: NameIndex, { place, home }: ResolveContext): readonly string[] {
  if (called.length < 2) return called;
  const around = [...(place === undefined ? [] : (index.ancestors.get(place) ?? [])), ...(home === undefined ? [] : [home])];
  for (const outer of around) {
    const near = called.filter((key) => index.ancestors.get(key)?.includes(outer));
    if (near.length > 0) return near;
  }
  return called;
}

/** Every way to take up to two places off the ends of a phrase: "light in the bedroom upstairs", "kitchen light", "all kitchen lights". */
export function splitPlaces(key: readonly string[], index: NameIndex, context: ResolveContext): Split[] {
  const { language } = index.vocabulary;
  const found: Split[] = [];
  const open: Split[] = [{ rest: key, places: [] }];
  for (let split = open.pop(); split !== undefined; split = open.pop()) {
    found.push(split);
    if (split.places.length === 2) continue;
    const { rest, places } = split;
    for (let i = 1; i < rest.length; i++) {
      const called = placesMeant(rest.slice(i), index, context);
      if (called === undefined) continue;
      const end = i > 1 && language.Connectors.includes(rest[i - 1] ?? "") ? i - 1 : i;
      open.push({ rest: rest.slice(0, end), places: [...places, called] });
    }
    const head = isQuantifier(rest[0] ?? "", language) ? 1 : 0;
    for (let i = head + 1; i < rest.length; i++) {
      const called = placesMeant(rest.slice(head, i), index, context);
      if (called !== undefined) open.push({ rest: [...rest.slice(0, head), ...rest.slice(i)], places: [...places, called] });
    }
  }
  return found;
}
