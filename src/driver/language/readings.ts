/** Ways to understand one sentence, and which of them fall behind others. */
import type { Act } from "./act.ts";
import type { Found } from "./find.ts";
import { mayHarm } from "./meaning.ts";
import type { NamedThing } from "./name-index.ts";

/** One way to understand the sentence, for the things that it then means. */
export interface Reading {
  readonly found: Found;
  readonly act: (thing: NamedThing) => Act | undefined;
  readonly phrase: readonly string[];
}

/** "Turn everything off" has other words for a blender than for a lamp: where one reading has all that another has, and no harm in it, that one is meant. */
export function withoutParts(readings: readonly Reading[]): readonly Reading[] {
  const isPart = ({ found, act }: Reading, whole: Reading): boolean =>
    found.kind === "many" &&
    whole.found.kind === "many" &&
    found.things.length < whole.found.things.length &&
    !whole.found.things.some((thing) => mayHarm(thing, whole.act(thing))) &&
    found.things.every((thing) => whole.found.things.includes(thing) && JSON.stringify(act(thing)) === JSON.stringify(whole.act(thing)));
  return readings.filter((reading) => !readings.some((whole) => isPart(reading, whole)));
}

/** "Power plug on" is the plug of that name: no other plug is powered on where one is called so. */
export function withoutPartsOfNames(readings: readonly Reading[]): readonly Reading[] {
  const exact = readings.filter(({ found }) => found.isExact === true).map(({ phrase }) => phrase);
  const isPart = (phrase: readonly string[], name: readonly string[]): boolean =>
    phrase.length < name.length && name.slice(-phrase.length).every((token, at) => token === phrase[at]);
  return readings.filter(({ found, phrase }) => found.isExact === true || !exact.some((name) => isPart(phrase, name)));
}
