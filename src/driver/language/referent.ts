/** What a sentence has spoken of, for "it" and "there" in the next one. */
import type { Referred } from "./find.ts";
import type { Interpretation } from "./interpret.ts";
import type { NameIndex } from "./name-index.ts";

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
      return meant.targets;
    case "question":
    case "unknown":
      return [];
  }
}
