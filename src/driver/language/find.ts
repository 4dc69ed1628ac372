/**
 * Which things a phrase means (docs/design.md §8): the steps of resolve.ts without what is said about the result.
 * Order: fingerprint | all of a kind | exact name | plural of a kind | name in the singular | name and place | kind and place.
 * At each step what lacks the ability is dropped before anything is counted; then an explicit place, the speaker's place,
 * what that is part of, and the house in use decide, in this order. Two or more left is a question, never a choice.
 */

import type { Step } from "./find-steps.ts";
import { allSteps } from "./find-steps.ts";
import type { NamedThing, NameIndex } from "./name-index.ts";
import { isWithin, placesCalled } from "./name-index.ts";
import { namesBeside } from "./name-run.ts";
import type { Replays } from "./replay.ts";
import { replay } from "./replay.ts";
import { nearer, placesMeant } from "./split-places.ts";
import { keyTokens, looseKey } from "./text.ts";

/** What a conversation has spoken of: the things last meant, and the place that all of them are in. */
export interface Referred {
  /** Fingerprints. */
  readonly things: readonly string[];
  readonly place?: string | undefined;
}

/** From where and for what a phrase is said. */
export interface ResolveContext {
  /** Key of the speaker's place. */
  readonly place?: string | undefined;
  /** Key of the place that is the house in use. */
  readonly home?: string | undefined;
  /** What was spoken of last: "it" and "there". */
  readonly referred?: Referred | undefined;
  /** True for things that can do what is asked. */
  readonly ability?: ((thing: NamedThing) => boolean) | undefined;
  /** What phrases may mean, whoever is able; kept for as long as the members above stay the same. */
  readonly steps?: Replays<Step> | undefined;
}

/** What was found. `unable` are things that fit but lack the ability; beside many they are of the same kind. */
export interface Found {
  readonly kind: "one" | "many" | "ambiguous" | "none";
  readonly things: readonly NamedThing[];
  readonly unable: readonly NamedThing[];
  /** Named with its kind behind, or by the end of its name: only where the words mean nothing else. */
  readonly isLoose?: boolean;
  /** One that is called just so. */
  readonly isExact?: boolean;
  /** Called by what several are called, or by their place: "the lights", "dim the kitchen". Many so are meant, or it is ambiguous. */
  readonly isGroup?: boolean;
  /** The same, and all of them are meant where they are switched off. */
  readonly isAllOff?: boolean;
  /** The tokens that these are called by; absent of what was named by several names. */
  readonly words?: readonly string[];
}

/** Longest phrase that is looked at, in tokens. */
const phraseLimit = 40;

/** Most phrases of a list: "a and b and c". */
const listLimit = 8;

/** Looks for the things that a phrase means: as a whole, then as some without others, then as a list. */
export function find(tokens: readonly string[], index: NameIndex, context: ResolveContext): Found {
  return findOnce(tokens, index, context, new Map());
}

/**
 * The same. @param known what ends of one phrase mean, by their length: with each end looked at anew behind every "and" the work would double with each
 */
function findOnce(tokens: readonly string[], index: NameIndex, context: ResolveContext, known: Map<number, Found>): Found {
  const before = known.get(tokens.length);
  if (before !== undefined) return before;
  const found = findAnew(tokens, index, context, known);
  known.set(tokens.length, found);
  return found;
}

function findAnew(tokens: readonly string[], index: NameIndex, context: ResolveContext, known: Map<number, Found>): Found {
  const whole = findWhole(tokens, index, context);
  if (whole.kind !== "none" || tokens.length > phraseLimit) return whole;
  const found = findExcept(tokens, index, context) ?? findList(tokens, index, context, known) ?? findInEach(tokens, index, context);
  if (found !== undefined) return found;
  // "Turn it please off": a filler that is no part of a name.
  const isFilled = tokens.length > 1 && index.vocabulary.language.Fillers.includes(tokens.at(-1) ?? "");
  return isFilled ? find(tokens.slice(0, -1), index, context) : whole;
}

/** "All lights except the kitchen light", "everything but the fridge": what is excepted is named without doubt, or nothing is meant. */
function findExcept(tokens: readonly string[], index: NameIndex, context: ResolveContext): Found | undefined {
  const { language } = index.vocabulary;
  const at = tokens.findIndex((token) => language.Except.includes(token));
  if (at < 1 || at === tokens.length - 1) return undefined;
  const all = findWhole(tokens.slice(0, at), index, context);
  if (all.kind !== "many") return undefined;
  const start = language.ExceptFor.includes(tokens[at + 1] ?? "") ? at + 2 : at + 1;
  // "Except those in the kitchen"
  const rest = tokens.slice(language.Pronouns.includes(tokens[start] ?? "") ? start + 1 : start);
  const { place, home, referred } = context;
  const excepted = findExcepted(rest, index, { place, home, referred });
  if (excepted.kind === "none" || excepted.kind === "ambiguous") return excepted;
  const things = all.things.filter((thing) => !excepted.things.includes(thing));
  return { kind: things.length === 0 ? "none" : "many", things, unable: [] };
}

/** Things by name or by place, or a list of both. */
function findExcepted(tokens: readonly string[], index: NameIndex, context: ResolveContext, known = new Map<number, Found>()): Found {
  const before = known.get(tokens.length);
  if (before !== undefined) return before;
  const meant = findExceptedAnew(tokens, index, context, known);
  known.set(tokens.length, meant);
  return meant;
}

function findExceptedAnew(tokens: readonly string[], index: NameIndex, context: ResolveContext, known: Map<number, Found>): Found {
  const one = (part: readonly string[]): Found => {
    const named = findWhole(part, index, context);
    // "Except the night lights": all that are called so.
    if (named.kind === "ambiguous" && isPlural(part, index)) return { ...named, kind: "many" };
    return named.kind === "none" ? thingsOfPlace(part, index, context) : named;
  };
  const found = one(tokens);
  if (found.kind !== "none") return found;
  // What stands first is no list: with both sides taken apart again, the work would double with each "and".
  return eachOf(tokens, index, (part, isFirst) => (isFirst ? findBeside(part, index, one) : findExcepted(part, index, context, known))) ?? found;
}

function isPlural(words: readonly string[], { vocabulary: { language } }: NameIndex): boolean {
  const last = words.at(-1) ?? "";
  return looseKey(last, language) !== last;
}

/** "The kitchen light and the hall lamp": each of them without doubt, or what is in doubt is asked. */
function findList(tokens: readonly string[], index: NameIndex, context: ResolveContext, known: Map<number, Found>): Found | undefined {
  return eachOf(tokens, index, (part, isFirst) =>
    isFirst ? findBeside(part, index, (name) => findWhole(name, index, context)) : findOnce(part, index, context, known),
  );
}

/** "The kitchen light the worktop (and the ceiling)": a list is said without commas. */
function findBeside(tokens: readonly string[], index: NameIndex, findPart: (part: readonly string[]) => Found): Found {
  const whole = findPart(tokens);
  const names = whole.kind === "none" ? namesBeside(tokens, index) : undefined;
  if (names === undefined) return whole;
  const found = names.map(findPart);
  const doubt = found.find(({ kind }) => kind === "none" || kind === "ambiguous");
  return doubt ?? { kind: "many", things: [...new Set(found.flatMap(({ things }) => things))], unable: [] };
}

/** "The lights in the kitchen and the hall": those of each of the places. */
function findInEach(tokens: readonly string[], index: NameIndex, context: ResolveContext): Found | undefined {
  const { And, Articles, Connectors } = index.vocabulary.language;
  const ends = [...tokens.flatMap((token, at) => (And.includes(token) ? [at] : [])), tokens.length];
  if (ends.length < 2 || ends.length > listLimit) return undefined;
  const [first = [], ...others] = ends.map((end, at) => tokens.slice(at === 0 ? 0 : (ends[at - 1] ?? 0) + 1, end));
  const placeOf = (words: readonly string[]): readonly string[] => {
    const bare = words.slice(Connectors.includes(words[0] ?? "") ? 1 : 0);
    return bare.slice(Articles.includes(bare[0] ?? "") ? 1 : 0);
  };
  const isPlace = (words: readonly string[]): boolean => placeOf(words).length > 0 && placesCalled(index, placeOf(words)) !== undefined;
  const last = others.at(-1) ?? [];
  // "The kitchen and living room lights"
  const named = isPlace(first) ? placeOf(last).findIndex((_, start) => start > 0 && isPlace(placeOf(last).slice(0, start))) : -1;
  if (named > 0 && others.slice(0, -1).every(isPlace)) {
    const rest = placeOf(last).slice(named);
    return togetherOf([...[first, ...others.slice(0, -1)].map((words) => [...placeOf(words), ...rest]), last], index, context);
  }
  const at = first.findIndex((_, start) => start > 0 && isPlace(first.slice(start)));
  if (at < 0 || !others.every(isPlace)) return undefined;
  const head = first.slice(0, Connectors.includes(first[at] ?? "") ? at + 1 : at);
  return togetherOf([first, ...others.map((words) => [...head, ...placeOf(words)])], index, context);
}

/** What all of some phrases mean; undefined where one means nothing. */
function togetherOf(phrases: readonly (readonly string[])[], index: NameIndex, context: ResolveContext): Found | undefined {
  const found = phrases.map((words) => findWhole(words, index, context));
  if (found.some(({ kind }) => kind === "none")) return undefined;
  const doubt = found.find(({ kind }) => kind === "ambiguous");
  return doubt ?? { kind: "many", things: [...new Set(found.flatMap(({ things }) => things))], unable: [] };
}

/** The things of a list, taken apart at its first "and" on both sides of which there are some. */
function eachOf(tokens: readonly string[], index: NameIndex, findPart: (part: readonly string[], isFirst: boolean) => Found): Found | undefined {
  const { And } = index.vocabulary.language;
  if (tokens.filter((token) => And.includes(token)).length >= listLimit) return undefined;
  for (const [at, token] of tokens.entries()) {
    if (at === 0 || at === tokens.length - 1 || !And.includes(token)) continue;
    const first = findPart(tokens.slice(0, at), true);
    if (first.kind === "none") continue;
    const others = findPart(tokens.slice(at + 1), false);
    if (others.kind === "none") continue;
    const doubt = [first, others].find(({ kind }) => kind === "ambiguous");
    return doubt ?? { kind: "many", things: [...new Set([...first.things, ...others.things])], unable: [] };
  }
  return undefined;
}

function findWhole(tokens: readonly string[], index: NameIndex, context: ResolveContext): Found {
  const found = findCalled(tokens, index, context);
  return found.kind === "none" ? found : { ...found, words: tokens };
}

function findCalled(tokens: readonly string[], index: NameIndex, context: ResolveContext): Found {
  const key = keyTokens(tokens, index.vocabulary.language);
  const unable = new Set<NamedThing>();
  let isUnableByName = false;
  if (key.length === 0 || key.length > phraseLimit) return { kind: "none", things: [], unable: [] };
  for (const step of replay(context.steps, tokens.join(" "), () => allSteps(tokens, key, index, context))) {
    const able: NamedThing[] = [];
    for (const thing of step.things) {
      if (context.ability?.(thing) ?? true) able.push(thing);
      else unable.add(thing);
    }
    if (able.length === 0) {
      isUnableByName ||= step.isExact === true && step.things.length > 0;
      continue;
    }
    const things = narrow(able, step, index, context);
    // What is called just so cannot do it: that something else is meant is asked.
    if (isUnableByName && step.isExact !== true) return { kind: "ambiguous", things, unable: [] };
    const others = (): readonly NamedThing[] =>
      step.isOfKind
        ? narrow(
            step.things.filter((thing) => unable.has(thing)),
            step,
            index,
            context,
          )
        : [];
    if (step.kind === "all") return { kind: "many", things, unable: others() };
    if (step.kind === "both" && things.length < 2) continue;
    if (step.kind === "both" && things.length === 2) return { kind: "many", things, unable: [] };
    const loose = step.isLoose ? { isLoose: true } : {};
    if (things.length === 1) return { kind: "one", things, unable: others(), ...loose, ...(step.isExact ? { isExact: true } : {}) };
    if (isWholeGroup(step, things, index, context)) return { kind: "many", things, unable: others(), isGroup: true, ...loose };
    const isAllOff = step.isAllOff === true && context.place === undefined;
    return { kind: "ambiguous", things, unable: [], ...loose, ...(step.kind === "group" ? { isGroup: true, isAllOff } : {}) };
  }
  return { kind: "none", things: [], unable: [...unable] };
}

/** True for "the lights" with one room named, or said in one: then they are its lights. Said elsewhere they may be all or some. */
function isWholeGroup(step: Step, things: readonly NamedThing[], index: NameIndex, { place }: ResolveContext): boolean {
  if (step.kind !== "group") return false;
  if (step.split !== undefined && step.split.places.length > 0)
    return step.split.places.every((called) => called.length === 1 || called === index.outside);
  return place !== undefined && things.every((thing) => isWithin(index, thing, place));
}

/** Things that are left when the speaker's place, what that is part of, and the house in use have been heard; each once. */
function narrow(things: readonly NamedThing[], step: Step, index: NameIndex, context: ResolveContext): readonly NamedThing[] {
  let left: readonly NamedThing[] = [...new Set(things)];
  if (left.length === 1) return left;
  const keep = (test: (thing: NamedThing) => boolean) => {
    const near = left.filter(test);
    if (near.length > 0) left = near;
    return near.length > 0;
  };
  const { place, home } = context;
  const placed = (step.split?.places.length ?? 0) > 0;
  // "All" is meant for the house and not for the speaker's room; what has no place is in every house.
  if (step.kind !== "all" && !placed && place !== undefined)
    (index.ancestors.get(place) ?? []).some((around) => keep((thing) => isWithin(index, thing, around)));
  if (home !== undefined) keep((thing) => (step.kind === "all" && thing.place === undefined) || isWithin(index, thing, home));
  return left;
}

/** Things in the place that a phrase names, for questions such as "the temperature in the kitchen". */
export function thingsOfPlace(tokens: readonly string[], index: NameIndex, context: ResolveContext): Found {
  const { language } = index.vocabulary;
  const key = keyTokens(tokens, language);
  const name = language.Connectors.includes(key[0] ?? "") ? key.slice(1) : key;
  const isOutside = language.Outside.Words.includes(name.join(" "));
  const meant = placesMeant(name, index, context) ?? [];
  // Out of doors are all places that are.
  const called = isOutside ? meant : nearer(meant, index, context);
  if (called.length === 0) return group(isOutside ? index.outdoors.filter((thing) => context.ability?.(thing) ?? true) : []);
  return group(index.things.filter((thing) => called.some((place) => isWithin(index, thing, place)) && (context.ability?.(thing) ?? true)));
}

/** Things that a question without a name is about: those nearest to the speaker. */
export function thingsAround(index: NameIndex, context: ResolveContext): Found {
  const able = index.things.filter((thing) => context.ability?.(thing) ?? true);
  return group(narrow(able, { kind: "name", things: able }, index, context));
}

function group(things: readonly NamedThing[]): Found {
  return { kind: things.length === 0 ? "none" : things.length === 1 ? "one" : "many", things, unable: [], isGroup: things.length > 1 };
}
