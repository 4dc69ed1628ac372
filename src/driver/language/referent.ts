/** What a sentence has spoken of, for "it" and "there" in the next one. */
import type { Referred } from "./find.ts";
import type { Interpretation } from "./interpret.ts";
import type { Language } from "./language.ts";
import type { NamedThing, NameIndex } from "./name-index.ts";

/** The things that a sentence meant and the innermost place that all of them stand in; undefined when it meant none. */
export function referredBy(meant: Interpretation, index: NameIndex): Referred | undefined {
  const things = thingsOf(meant);
  if (things.length === 0) return undefined;
  const meantThings = new Set(things);
  const places = index.things
    .filter(({ udf }) => meantThings.has(udf))
    .map(({ place }) => (place === undefined ? [] : (index.ancestors.get(place) ?? [])));
  const [first = [], ...others] = places;
  return { things: [...meantThings], place: first.find((place) => others.every((around) => around.includes(place))) };
}

function thingsOf(meant: Interpretation): readonly string[] {
  switch (meant.kind) {
    case "command":
    case "timed":
    case "rule":
      return meant.orders.flatMap(({ targets }) => targets.map(({ udf }) => udf));
    case "query":
      return meant.asks.flatMap(({ targets }) => targets);
    case "question":
    case "unknown":
      return [];
  }
}

/** "It", "them", "them both", "all of them": words for what was spoken of last, and whether two are meant; undefined for other words. */
export function readReference(words: readonly string[], { All, Articles, Both, Pronouns }: Language): { readonly isBoth: boolean } | undefined {
  const said = words.length > 3 ? [] : words.filter((word) => !Articles.includes(word));
  const others = said.filter((word) => !Pronouns.includes(word));
  if (said.length !== others.length + 1 || others.length > 1) return undefined;
  const [quantifier] = others;
  if (quantifier !== undefined && !All.includes(quantifier) && !Both.includes(quantifier)) return undefined;
  return { isBoth: quantifier !== undefined && Both.includes(quantifier) };
}

/** The things that were spoken of last, where words stand for them. */
export function referredTo(words: readonly string[], index: NameIndex, referred: Referred | undefined): readonly NamedThing[] {
  const reference = readReference(words, index.vocabulary.language);
  const things = reference === undefined || referred === undefined ? [] : index.things.filter(({ udf }) => referred.things.includes(udf));
  return reference?.isBoth === true && things.length !== 2 ? [] : things;
}
