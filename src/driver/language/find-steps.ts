/** The steps by which a phrase is looked for, in their order (find.ts): each has all that its words may mean, whoever is able. */
import type { ResolveContext } from "./find.ts";
import type { NamedThing, NameIndex } from "./name-index.ts";
import { prefixLength } from "./name-index.ts";
import { referredTo } from "./referent.ts";
import type { Split } from "./split-places.ts";
import { inPlaces, nearer, splitPlaces } from "./split-places.ts";
import { isQuantifier, looseKey } from "./text.ts";
import type { Noun } from "./vocabulary.ts";

/** What one step finds. */
export interface Step {
  readonly kind: "all" | "both" | "group" | "name";
  readonly things: readonly NamedThing[];
  readonly isLoose?: boolean;
  /** By the whole of a name. */
  readonly isExact?: boolean;
  /** By what they are: "all lights", "the kitchen lights". */
  readonly isOfKind?: boolean;
  /** To switch them off is meant of all of them, where no place is known. */
  readonly isAllOff?: boolean;
  /** How the phrase was taken apart, for a group. */
  readonly split?: Split;
}

/** All of them, the surest first. */
export function* allSteps(tokens: readonly string[], key: readonly string[], index: NameIndex, context: ResolveContext): Generator<Step> {
  yield byFingerprint(tokens, index);
  yield* bySteps(key, index, context);
  yield { kind: "all", things: referredTo(key, index, context.referred) };
}

function byFingerprint(tokens: readonly string[], index: NameIndex): Step {
  const text = tokens.join("");
  const letters = text.length >= prefixLength && /^[a-z2-7]+$/.test(text) ? text.toUpperCase() : undefined;
  const found =
    letters === undefined ? [] : (index.fingerprints.get(letters.slice(0, prefixLength)) ?? []).filter((known) => known.letters.startsWith(letters));
  return { kind: "name", things: found.map(({ thing }) => thing) };
}

/** The steps by words; each is tried on the whole phrase, then with each part that names a place taken off. */
function* bySteps(key: readonly string[], index: NameIndex, context: ResolveContext): Generator<Step> {
  const { language, nouns } = index.vocabulary;
  const splits = splitPlaces(key, index, context);
  const whole = key.join(" ");
  const placed = splits.filter(({ places }) => places.length > 0);
  // One thing too many is a question, but a group is acted on: of two rooms of one name the nearer is meant.
  const near = splits.map((split) => ({ rest: split.rest, places: split.places.map((called) => nearer(called, index, context)) }));

  yield* allIn(near, thingsOfAll, index);
  // "All the reading lamps" are the reading lamps, whatever else has that name.
  const grouped = key.length > 1 && language.All.includes(key[0] ?? "") ? key.slice(1).join(" ") : whole;
  yield { kind: "all", things: index.groupsByKey.get(grouped) ?? [] };
  yield* allIn(near, thingsOfAllCalled, index);
  yield { kind: "name", things: index.byKey.get(whole) ?? [], isExact: true };
  for (const split of near) {
    const noun = nouns.get(split.rest.join(" "));
    if (noun?.plural !== true) continue;
    const things = thingsCalled(noun, index).filter(inPlaces(split, index));
    yield { kind: "group", things, split, isOfKind: true, isAllOff: noun.allOff };
  }
  yield { kind: "name", things: index.byLooseKey.get(looseKey(whole, language)) ?? [] };
  yield { kind: "name", things: placed.flatMap((split) => namedIn(index.byKey.get(split.rest.join(" ")), split, index)) };
  yield { kind: "name", things: placed.flatMap((split) => namedIn(index.byLooseKey.get(looseKey(split.rest.join(" "), language)), split, index)) };
  yield { kind: "name", things: splits.flatMap((split) => namedWithKind(split.rest, index).filter(inPlaces(split, index))), isLoose: true };
  // "The heating" of a room is all of it.
  for (const split of near) {
    const noun = nouns.get(split.rest.join(" "));
    if (noun?.mass !== true) continue;
    yield { kind: "group", things: thingsCalled(noun, index).filter(inPlaces(split, index)), split, isOfKind: true, isAllOff: noun.allOff };
  }
  const kinds = splits.flatMap((split) => {
    const noun = nouns.get(split.rest.join(" "));
    return noun === undefined ? [] : thingsCalled(noun, index).filter(inPlaces(split, index));
  });
  yield { kind: "name", things: kinds };
  for (const split of near) {
    const [word = "", ...others] = split.rest;
    if (others.length > 0 || index.placesByName.has(word)) continue;
    const end = looseKey(word, language);
    const things = (index.byEnd.get(end) ?? []).filter(inPlaces(split, index));
    yield { kind: end === word ? "name" : "group", things, split, isLoose: true };
  }
}

/** All that some words mean, of the places that are said with them. */
function* allIn(splits: readonly Split[], thingsOf: typeof thingsOfAll, index: NameIndex): Generator<Step> {
  for (const split of splits) {
    const all = thingsOf(split.rest, index);
    if (all !== undefined) yield { ...all, things: all.things.filter(inPlaces(split, index)), split };
  }
}

/** "The worktop light", where a light is called worktop. */
function namedWithKind(rest: readonly string[], index: NameIndex): readonly NamedThing[] {
  for (let at = rest.length - 1; at > 0; at--) {
    const noun = index.vocabulary.nouns.get(rest.slice(at).join(" "));
    const named = noun === undefined ? [] : (index.byKey.get(rest.slice(0, at).join(" ")) ?? []);
    const things = named.filter((thing) => noun?.classes.includes(thing.class));
    if (things.length > 0) return things;
  }
  return [];
}

function namedIn(things: readonly NamedThing[] | undefined, split: Split, index: NameIndex): readonly NamedThing[] {
  return (things ?? []).filter(inPlaces(split, index));
}

/** Things that "all lights", "both lights" or "everything" mean; undefined when the words say nothing of the kind. */
function thingsOfAll(rest: readonly string[], index: NameIndex): Pick<Step, "kind" | "things" | "isOfKind"> | undefined {
  const { language, nouns } = index.vocabulary;
  const [first = "", ...others] = rest;
  if (others.length === 0) return language.Everything.includes(first) ? { kind: "all", things: index.things } : undefined;
  if (!isQuantifier(first, language)) return undefined;
  const noun = nouns.get(others.join(" "));
  return noun && { kind: language.Both.includes(first) ? "both" : "all", things: thingsCalled(noun, index), isOfKind: true };
}

/** "Both night lights", "all the windows": by their names. */
function thingsOfAllCalled(rest: readonly string[], index: NameIndex): Pick<Step, "kind" | "things"> | undefined {
  const { language } = index.vocabulary;
  const [first = "", ...others] = rest;
  if (others.length === 0 || !isQuantifier(first, language)) return undefined;
  const name = looseKey(others.join(" "), language);
  const things = index.byLooseKey.get(name) ?? (others.length === 1 ? index.byEnd.get(name) : undefined);
  return things && { kind: language.Both.includes(first) ? "both" : "all", things };
}

function thingsCalled({ classes, end, others }: Noun, index: NameIndex): readonly NamedThing[] {
  const things = classes.length === 1 ? (index.byClass.get(classes[0] ?? "") ?? []) : classes.flatMap((name) => index.byClass.get(name) ?? []);
  if (others.length === 0) return things;
  const isNamed = (thing: NamedThing, noun: string): boolean => [index.byEnd, index.byLooseKey].some((names) => names.get(noun)?.includes(thing));
  const own = things.filter((thing) => isNamed(thing, end) || !others.some((noun) => isNamed(thing, noun)));
  return own.length === 0 ? things : own;
}
