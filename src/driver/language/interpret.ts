/**
 * From a sentence to commands or a query (docs/design.md §8). A sentence is compared with every way to say something, and each reading is resolved
 * for things that can do it. Exactly one reading is acted on; two are a question. Only absolute values, so that a command may be repeated.
 * Several orders in one sentence are all understood, or none is carried out. A time is never dropped: a sentence that has one means "timed", or nothing.
 */
import type { StateValue } from "../../schema/device/state.ts";
import type { Filled } from "./act.ts";
import { actOf, fill } from "./act.ts";
import type { Context, ReadOnce, SpeakerContext } from "./context.ts";
import { after, contextOf, once, unknownThen } from "./context.ts";
import { find, thingsAround, thingsOfPlace } from "./find.ts";
import type { NamedThing, NameIndex } from "./name-index.ts";
import { partMeant } from "./part-meant.ts";
import { matchRow } from "./pattern.ts";
import { type Reading, withoutPartsOfNames } from "./readings.ts";
import { recipeMeant } from "./recipe.ts";
import { readReference, referredBy } from "./referent.ts";
import { put } from "./reply.ts";
import type { Candidate } from "./resolve.ts";
import { rewordings } from "./reworded.ts";
import type { Trigger } from "./rule.ts";
import { readRule } from "./rule.ts";
import { scenesMeant } from "./scene.ts";
import { closestOf, settle, settleScene } from "./settle.ts";
import { textLimit, tokenise } from "./text.ts";
import { type Readers, readOtherTime, readTimed, readTwice } from "./timed.ts";
import { partsWithTimes } from "./two-times.ts";
import type { Meaning } from "./vocabulary.ts";
import type { When } from "./when.ts";
import { speaksOfTime } from "./when.ts";
import { isAsked, isQuestion, refuse, whyNot } from "./why-not.ts";
import { elided, exceptionFirst, placeFirst, signsAsAnd, withoutFillers } from "./word-order.ts";

/** What one thing is told. */
export interface CommandTarget {
  readonly udf: string;
  /** Checked by checkArguments. */
  readonly arguments: readonly StateValue[];
}

/** One thing to do; `spoken` says what. */
export interface SpokenOrder {
  readonly command: string;
  readonly targets: readonly CommandTarget[];
  readonly spoken: string;
}

/** What some things are asked. Without `property` it is all their values; `expected` are the values asked after in "is it on". */
export interface AskedState {
  readonly targets: readonly string[];
  readonly property?: string | undefined;
  readonly expected?: readonly StateValue[] | undefined;
}

/** Orders for a time. */
export interface TimedOrders {
  readonly when: When;
  readonly orders: readonly SpokenOrder[];
  readonly spoken: string;
}

/** What a sentence means. */
export type Interpretation =
  /** In the order in which they were said; each is judged by itself. `spoken` says all that will be done, `notes` what is to be told beside it. */
  | { readonly kind: "command"; readonly orders: readonly SpokenOrder[]; readonly spoken: string; readonly notes?: readonly string[] }
  /** The same, not now; with `back` now, and that so long after it, or at that time; `next` at the time after it, in "on at seven and off at nine". */
  | (TimedOrders & {
      readonly kind: "timed";
      readonly back?: readonly SpokenOrder[];
      readonly next?: TimedOrders;
      readonly notes?: readonly string[];
    })
  /** Whenever something becomes so; `back` so much later. */
  | {
      readonly kind: "rule";
      readonly trigger: Trigger;
      readonly orders: readonly SpokenOrder[];
      readonly back?: { readonly seconds: number; readonly orders: readonly SpokenOrder[] };
      readonly spoken: string;
    }
  /** "Is everything off" asks a lamp and an oven for different properties. */
  | { readonly kind: "query"; readonly asks: readonly AskedState[] }
  /** `sentence` would be an order: it is asked whether that was meant. `phrase`: words that may mean each candidate, or look like its name. */
  | {
      readonly kind: "question";
      readonly text: string;
      readonly candidates: readonly Candidate[];
      readonly sentence?: string;
      readonly phrase?: string;
    }
  /** `isNothing`: no thing is called so. */
  | { readonly kind: "unknown"; readonly text: string; readonly suggestions: readonly string[]; readonly isNothing?: true };

/** Most tokens of a sentence. */
const sentenceLimit = 40;

/** Most orders of a sentence. */
const orderLimit = 8;

/** Most ways to take a sentence apart into orders. */
const tryLimit = 24;

/** Interprets a sentence such as "set the kitchen light to forty percent". Never throws on what people say. */
export function interpret(sentence: string, index: NameIndex, speaker: SpeakerContext = {}): Interpretation {
  const context = contextOf(speaker);
  const { language } = index.vocabulary;
  const notUnderstood = { kind: "unknown", text: language.Replies.NotUnderstood, suggestions: language.Examples } as const;
  const tokens = exceptionFirst(tokenise(sentence, language), language);
  // Of what is longer only the beginning was looked at, and nothing is meant by that.
  if (sentence.length > textLimit) return refuse(put(language.Replies.TooLong, { most: String(textLimit) }));
  if (tokens.length > sentenceLimit) return refuse(put(language.Replies.TooManyWords, { most: String(sentenceLimit) }));
  const readers = readersOf(index);
  const twice = partsWithTimes(tokens, index).length > 0 ? readTwice(tokens, index, context, readers) : undefined;
  if (twice !== undefined) return isAsked(sentence, tokens, twice, language) ? refuse(language.Replies.Asked) : twice;
  const { meant, closest } = readOne(tokens, index, context);
  const ordersOfRule = (part: readonly string[], about: readonly string[]) => {
    const then = about.length === 0 ? unknownThen(context) : after(unknownThen(context), { things: about });
    return readOne(part, index, then).meant ?? readTimed(part, index, then, readers) ?? readSeveral(part, index, then);
  };
  const whole =
    meant ??
    readRule(tokens, index, context, ordersOfRule) ??
    readTimed(tokens, index, context, readers) ??
    readOtherTime(tokens, index, context, readers);
  if (whole !== undefined) return isAsked(sentence, tokens, whole, language) ? refuse(language.Replies.Asked) : whole;
  const several = readSeveral(tokens, index, context);
  const why = whyNot(tokens, language);
  const meanings = why === undefined && several?.kind !== "command" ? (readParted(sentence, index, context) ?? several) : several;
  if (meanings !== undefined && meanings.kind !== "unknown")
    return isAsked(sentence, tokens, meanings, language) ? refuse(language.Replies.Asked) : meanings;
  if (several !== undefined) return why ?? several;
  const near = why === undefined ? closest?.() : undefined;
  if (near !== undefined && !(near.kind === "unknown" && near.isNothing)) return near;
  return askPart(sentence, index, context) ?? why ?? near ?? notUnderstood;
}

/** A part of a sentence that is not understood is asked back: it is an order, and the rest is talk. */
function askPart(sentence: string, index: NameIndex, context: Context): Interpretation | undefined {
  const { language } = index.vocabulary;
  const tokens = tokenise(sentence, language);
  if (isQuestion(sentence, tokens, language)) return undefined;
  return partMeant(sentence, tokens, index, (part) => {
    const said = exceptionFirst(part, language);
    if (language.Any.includes(said[0] ?? "")) return undefined;
    const { meant } = readOne(said, index, context);
    if (meant !== undefined) return meant;
    if (speaksOfTime(said, language)) return readTimed(said, index, context, readersOf(index));
    return said.some((token) => language.And.includes(token)) ? readSeveral(said, index, context) : undefined;
  });
}

function readersOf(index: NameIndex): Readers {
  return {
    one: (tokens, context) => readOne(tokens, index, context),
    several: (tokens, context) => readSeveral(tokens, index, context),
    inOtherWords: (tokens, context) => inOtherWords([tokens], index, context),
  };
}

/** The sentence as one: what it means, or what comes closest to a meaning. */
function readOne(tokens: readonly string[], index: NameIndex, context: Context): ReadOnce {
  return once(context, tokens, () => readAnew(tokens, index, context));
}

function readAnew(tokens: readonly string[], index: NameIndex, context: Context): ReadOnce {
  const { language } = index.vocabulary;
  const bare = withoutFillers(tokens, language);
  const said = readAsSaid(bare, tokens, index, context);
  // "Any lights on" asks.
  const asks = said.meant?.kind === "command" && language.Any.includes(tokens[0] ?? "");
  if (said.meant !== undefined && !asks) return said;
  for (const words of inOtherWords([...bare.slice(-1), tokens], index, context)) {
    const { meant } = readAsSaid(withoutFillers(exceptionFirst(words, language), language), words, index, context);
    if (meant !== undefined) return { meant };
  }
  return said;
}

/** As many as may still be looked at. */
function* inOtherWords(
  ways: readonly (readonly string[])[],
  { vocabulary }: NameIndex,
  { rewordings: counted }: Context,
): Generator<readonly string[]> {
  if (counted.left <= 0) return;
  for (const words of rewordings(ways, vocabulary.reworded)) {
    if (counted.left-- <= 0) return;
    yield words;
  }
}

/** @param ways the tokens, and the same without fillers */
function readAsSaid(ways: readonly (readonly string[])[], tokens: readonly string[], index: NameIndex, context: Context): ReadOnce {
  const { language } = index.vocabulary;
  let readings: readonly Reading[] = [];
  for (const words of ways.flatMap((each) => placeFirst(each, index))) {
    readings = readSentence(words, index, context);
    const fitting = readings.filter(({ found }) => found.kind !== "none");
    // "How warm is it", "make the lamp light blue": a loose reading counts where the words mean nothing else.
    const scenes = scenesMeant(words, index);
    // Who calls a scene "all off" means that by it, and not each thing.
    const besideScenes = fitting.filter(({ phrase }) => phrase.length === 0 || !phrase.every((word) => language.Everything.includes(word)));
    if (scenes.length > 0) return { meant: settleScene(scenes, besideScenes, index) };
    const meal = recipeMeant(words, index, context);
    if (meal !== undefined) return { meant: meal };
    const named = withoutPartsOfNames(fitting).filter(({ found, phrase }) => found.isLoose !== true && readReference(phrase, language) === undefined);
    if (fitting.length > 0) return { meant: settle(named.length > 0 ? named : fitting, index, context) };
  }
  // Names that look alike are looked for when nothing else is found, and then once.
  return { closest: () => closestOf(readings, tokens, index) };
}

/**
 * The sentence as several orders: "turn off the lights and lock the door". The first that is not understood is what there is to say. What stands before
 * an "and" may be a list of things: "turn off the lamp and the heater and lock the door" is looked at behind each.
 */
function readSeveral(
  tokens: readonly string[],
  index: NameIndex,
  context: Context,
  limits: { readonly orders: number; readonly tries: { left: number } } = { orders: orderLimit, tries: { left: tryLimit } },
): Interpretation | undefined {
  const { And, Then } = index.vocabulary.language;
  const { orders, tries } = limits;
  let doubt: Interpretation | undefined;
  for (const [at, token] of tokens.entries()) {
    const isJoint = And.includes(token) || Then.includes(token);
    if (orders < 2 || at === 0 || !isJoint || tries.left === 0) continue;
    const { meant: first } = readOne(tokens.slice(0, at), index, context);
    // An order and a question in one sentence are not taken apart: what is asked is how it was, or how it will be.
    if (first === undefined || first.kind === "query") continue;
    tries.left -= 1;
    const rest = tokens.slice(And.includes(token) && Then.includes(tokens[at + 1] ?? "") ? at + 2 : at + 1);
    if (first.kind !== "command") doubt ??= first;
    if (rest.length === 0 || first.kind !== "command") continue;
    // "Turn on the lamp and dim it": what was named just now.
    const then = after(context, referredBy(first, index) ?? context.referred);
    const { meant, closest } = readOne(rest, index, then);
    const others = meant ?? readSeveral(rest, index, then, { orders: orders - 1, tries }) ?? readElided(tokens, rest, index, then) ?? closest?.();
    if (others?.kind === "command") return together(first, others);
    doubt ??= others;
  }
  return doubt;
}

/** "Keep the lamp at 40 and the heater at 20": the verb is said once. */
function readElided(tokens: readonly string[], rest: readonly string[], index: NameIndex, context: Context): Interpretation | undefined {
  for (const words of elided(tokens, rest, index.vocabulary.language)) {
    const { meant } = readOne(words, index, context);
    if (meant?.kind === "command") return meant;
  }
  return undefined;
}

function together(first: Extract<Interpretation, { kind: "command" }>, others: typeof first): Interpretation {
  const notes = [...(first.notes ?? []), ...(others.notes ?? [])];
  const spoken = `${first.spoken}; ${others.spoken}`;
  return { kind: "command", orders: [...first.orders, ...others.orders], spoken, ...(notes.length === 0 ? {} : { notes }) };
}

/** "Turn on the lamp. Turn off the heater.": commas and full stops as "and", where every part is an order, or a thing of one. */
function readParted(sentence: string, index: NameIndex, context: Context): Interpretation | undefined {
  const tokens = tokenise(signsAsAnd(sentence, index.vocabulary.language), index.vocabulary.language);
  if (tokens.length > sentenceLimit) return undefined;
  const meant = readOne(tokens, index, context).meant ?? readSeveral(tokens, index, context);
  return meant?.kind === "command" ? meant : undefined;
}

function readSentence(tokens: readonly string[], index: NameIndex, context: SpeakerContext): Reading[] {
  return index.vocabulary.rows.fitting(tokens).flatMap(({ row, meanings }) =>
    matchRow(row, tokens).flatMap((capture) => {
      const filled = fill(capture, index);
      return filled === undefined ? [] : [read(capture.target, { filled, meanings, index, context })];
    }),
  );
}

interface ReadOptions {
  readonly filled: Filled;
  readonly meanings: readonly Meaning[];
  readonly index: NameIndex;
  readonly context: SpeakerContext;
}

/** By what is meant first; by what is meant where nothing else is, then. */
function read(target: readonly string[] | undefined, options: ReadOptions): Reading {
  const sure = options.meanings.filter(({ phrase }) => phrase.Otherwise !== true);
  if (sure.length === options.meanings.length) return readBy(target, options);
  const reading = readBy(target, { ...options, meanings: sure });
  return reading.found.kind === "none" ? readBy(target, options) : reading;
}

function readBy(target: readonly string[] | undefined, { filled, meanings, index, context }: ReadOptions): Reading {
  const act = (thing: NamedThing) => actOf(thing, meanings, { filled, vocabulary: index.vocabulary, known: context.known });
  const ability = (thing: NamedThing) => act(thing) !== undefined;
  const found = target === undefined ? thingsAround(index, { ...context, ability }) : find(target, index, { ...context, ability });
  if (target === undefined || found.kind !== "none") return { found, act, phrase: target ?? [] };
  // "The temperature in the kitchen": a place can be asked for a property, and told what is said of places: "make the bedroom warmer".
  const ofPlaces = meanings.filter(({ phrase }) => phrase.OfPlace === true);
  const actThere = (thing: NamedThing) => {
    const asked = act(thing);
    if (asked?.kind === "query" && asked.property !== undefined) return asked;
    return ofPlaces.length === 0 ? undefined : actOf(thing, ofPlaces, { filled, vocabulary: index.vocabulary, known: context.known });
  };
  const inPlace = thingsOfPlace(target, index, { ...context, ability: (thing) => actThere(thing) !== undefined });
  return inPlace.kind === "none" ? { found, act, phrase: target } : { found: inPlace, act: actThere, phrase: target };
}
