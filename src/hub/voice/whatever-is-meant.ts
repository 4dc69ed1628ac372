/**
 * A sentence is judged by what it might do: "set it to 40 percent" and "make the lamp brighter" depend on what was spoken of before and on how things are
 * now. Here "it" is anything, and every value is known.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Interpretation, interpret, type NamedThing, type NameIndex, type Referred, type SpeakerContext, tokenise } from "../../driver/index.ts";

/** What a sentence means where it means something, and in which context. */
export interface Reading {
  readonly meant: Interpretation;
  readonly context: SpeakerContext;
  /** False where nothing was found and not all was tried: it may mean something. */
  readonly isWhole: boolean;
}

/** Most kinds of things, or places, that a sentence is tried with; and most words that are read for it: a long one takes longer each time. */
const mostTried = 64;
const mostWords = 512;

/** Reads it at once. */
export function whateverIsMeant(text: string, index: NameIndex, said: SpeakerContext): Reading {
  const tries = readings(text, index, said);
  let step = tries.next();
  while (!step.done) step = tries.next();
  return step.value;
}

/** The same of what anybody may have said: others have their turn between one try and the next. */
export async function whateverIsMeantInTurns(text: string, index: NameIndex, said: SpeakerContext): Promise<Reading> {
  const tries = readings(text, index, said);
  let step = tries.next();
  while (!step.done) {
    await nextTurn();
    step = tries.next();
  }
  return step.value;
}

/** Pauses after each try. */
function* readings(text: string, index: NameIndex, said: SpeakerContext): Generator<undefined, Reading> {
  const contextOf = contexts(index, said);
  const read = (referred: Referred): Reading => {
    const context = contextOf(referred);
    return { meant: interpret(text, index, context), context, isWhole: true };
  };
  const together = read({ things: index.things.map(({ udf }) => udf), place: said.place });
  if (isSomething(together)) return together;
  // No heater is set to 45, and a lamp is: of all of them together that is not understood.
  const tokens = tokenise(text, index.vocabulary.language);
  const kinds = eachOnce(tokens, index);
  const tried = kinds.slice(0, Math.min(mostTried, Math.floor(mostWords / Math.max(1, tokens.length))));
  for (const { udf, place } of tried) {
    yield;
    const reading = read({ things: [udf], place });
    if (isSomething(reading)) return reading;
  }
  return { ...together, isWhole: tried.length === kinds.length };
}

function isSomething({ meant: { kind } }: Reading): boolean {
  return kind !== "unknown" && kind !== "question";
}

/** One thing of each kind for what is said of "it", one of each place for what is said of "there"; none for what needs neither. */
function eachOnce(tokens: readonly string[], { things, vocabulary: { language } }: NameIndex): readonly NamedThing[] {
  const isThere = tokens.some((token) => language.There.includes(token));
  if (!isThere && !tokens.some((token) => language.Pronouns.includes(token))) return [];
  const kindOf = ({ place, description }: NamedThing): string => (isThere ? (place ?? "") : JSON.stringify(description.Properties));
  return [...new Map(things.map((thing) => [kindOf(thing), thing])).values()];
}

function contexts({ things }: NameIndex, said: SpeakerContext): (referred: Referred) => SpeakerContext {
  const described = new Map(things.map(({ udf, description }) => [udf, description]));
  const known = (udf: string, name: string): unknown => {
    const property = described.get(udf)?.Properties.find(({ Name }) => Name === name);
    // Neither end: there "more" and "less" would be the same.
    if (property?.Type === "number") return ((property.Minimum ?? 0) + (property.Maximum ?? 100)) / 2;
    return property?.Type === "boolean" ? false : property?.Values?.[0];
  };
  return (referred) => ({ ...said, known, referred });
}
