/**
 * A sentence is judged by what it might do: "set it to 40 percent" and "make the lamp brighter" depend on what was spoken of before and on how things are
 * now. Here "it" is anything, and every value is known.
 */
import { type Interpretation, interpret, type NamedThing, type NameIndex, type Referred, type SpeakerContext, tokenise } from "../../driver/index.ts";

/** Most kinds of things, or places, that a sentence is tried with. */
const mostTried = 64;

/** What a sentence means where it means something, and in which context. */
export function whateverIsMeant(
  text: string,
  index: NameIndex,
  said: SpeakerContext,
): { readonly meant: Interpretation; readonly context: SpeakerContext } {
  const all = contextOf(index, said, { things: index.things.map(({ udf }) => udf), place: said.place });
  const together = { meant: interpret(text, index, all), context: all };
  if (together.meant.kind !== "unknown" && together.meant.kind !== "question") return together;
  // No heater is set to 45, and a lamp is: of all of them together that is not understood.
  for (const thing of eachOnce(text, index).slice(0, mostTried)) {
    const context = contextOf(index, said, { things: [thing.udf], place: thing.place });
    const meant = interpret(text, index, context);
    if (meant.kind !== "unknown" && meant.kind !== "question") return { meant, context };
  }
  return together;
}

/** One thing of each kind for what is said of "it", one of each place for what is said of "there"; none for what needs neither. */
function eachOnce(text: string, { things, vocabulary: { language } }: NameIndex): readonly NamedThing[] {
  const tokens = tokenise(text, language);
  const isThere = tokens.some((token) => language.There.includes(token));
  if (!isThere && !tokens.some((token) => language.Pronouns.includes(token))) return [];
  const kindOf = ({ place, description }: NamedThing): string => (isThere ? (place ?? "") : JSON.stringify(description.Properties));
  return [...new Map(things.map((thing) => [kindOf(thing), thing])).values()];
}

function contextOf({ things }: NameIndex, said: SpeakerContext, referred: Referred): SpeakerContext {
  const described = new Map(things.map(({ udf, description }) => [udf, description]));
  const known = (udf: string, name: string): unknown => {
    const property = described.get(udf)?.Properties.find(({ Name }) => Name === name);
    // Neither end: there "more" and "less" would be the same.
    if (property?.Type === "number") return ((property.Minimum ?? 0) + (property.Maximum ?? 100)) / 2;
    return property?.Type === "boolean" ? false : property?.Values?.[0];
  };
  return { ...said, known, referred };
}
