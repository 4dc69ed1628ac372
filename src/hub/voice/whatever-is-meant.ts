/**
 * A sentence is judged by what it might do: "set it to 40 percent" and "make the lamp brighter" depend on what was spoken of before and on how things are
 * now. Here "it" is anything, and every value is known.
 */
import type { NameIndex, SpeakerContext } from "../../driver/index.ts";

/** A context in which such a sentence means something. */
export function whateverIsMeant({ things }: NameIndex, context: SpeakerContext): SpeakerContext {
  const described = new Map(things.map(({ udf, description }) => [udf, description]));
  const known = (udf: string, name: string): unknown => {
    const property = described.get(udf)?.Properties.find(({ Name }) => Name === name);
    // Neither end: there "more" and "less" would be the same.
    if (property?.Type === "number") return ((property.Minimum ?? 0) + (property.Maximum ?? 100)) / 2;
    return property?.Type === "boolean" ? false : property?.Values?.[0];
  };
  return { ...context, known, referred: { things: things.map(({ udf }) => udf), place: context.place } };
}
