/**
 * The one resolver (docs/design.md §8): from a phrase to the fingerprint of what it means. A phrase that fits several things is returned as a
 * question with the candidates; only "all", "everything" and plurals give several to act on. The order of its steps is in find.ts.
 */
import { editDistance } from "../../base/edit-distance.ts";
import type { Found, ResolveContext } from "./find.ts";
import { find } from "./find.ts";
import type { NamedThing, NameIndex } from "./name-index.ts";
import { placePath } from "./name-index.ts";
import { keyTokens, numbersIn, tokenise } from "./text.ts";

export type { ResolveContext } from "./find.ts";

/** One of several things that a phrase may mean. */
export interface Candidate {
  readonly udf: string;
  readonly name: string;
  /** Names of the places around it, outermost first. */
  readonly place: readonly string[];
  readonly class: string;
  readonly online?: boolean | undefined;
}

/** What a phrase means. */
export type Resolution =
  | { readonly kind: "one"; readonly udf: string }
  | { readonly kind: "many"; readonly udfs: readonly string[] }
  | { readonly kind: "ambiguous"; readonly candidates: readonly Candidate[] }
  /** `unable`: things that fit but cannot do what is asked; `suggestions`: names that look alike. */
  | { readonly kind: "none"; readonly suggestions: readonly string[]; readonly unable: readonly Candidate[] };

/** Most names that are suggested. */
const suggestionLimit = 3;

/** Resolves a phrase such as "the kitchen light", "all lights upstairs" or the first 8 characters of a fingerprint. */
export function resolve(phrase: string, index: NameIndex, context: ResolveContext = {}): Resolution {
  const tokens = tokenise(phrase, index.vocabulary.language);
  const found = find(tokens, index, context);
  return resolution(found, index, () => suggestNames(tokens, index));
}

function resolution(found: Found, index: NameIndex, suggest: () => readonly string[]): Resolution {
  const [first] = found.things;
  switch (found.kind) {
    case "many":
      return { kind: "many", udfs: found.things.map(({ udf }) => udf) };
    case "ambiguous":
      return { kind: "ambiguous", candidates: found.things.map((thing) => candidateOf(thing, index)) };
    default:
      if (first !== undefined) return { kind: "one", udf: first.udf };
      return { kind: "none", suggestions: suggest(), unable: found.unable.map((thing) => candidateOf(thing, index)) };
  }
}

/** A thing as it is offered for choice. */
export function candidateOf(thing: NamedThing, index: NameIndex): Candidate {
  return { udf: thing.udf, name: thing.name, place: placePath(index, thing), class: thing.class, online: thing.online };
}

/** Names that look like the phrase, the likest first. */
function suggestNames(tokens: readonly string[], index: NameIndex): string[] {
  const names = lookAlikes(tokens, index).map(({ name }) => name);
  return [...new Set(names)].slice(0, suggestionLimit);
}

/** Things whose names look like the phrase, the likest first. */
export function lookAlikes(tokens: readonly string[], index: NameIndex): readonly NamedThing[] {
  const key = keyTokens(tokens, index.vocabulary.language).join(" ").slice(0, 64);
  const limit = Math.max(2, Math.floor(key.length / 4));
  const scored: { readonly things: readonly NamedThing[]; readonly distance: number }[] = [];
  for (const known of index.keysByNumbers.get(numbersIn(key)) ?? []) {
    const distance = editDistance(key, known, limit);
    if (distance <= limit) scored.push({ things: index.byKey.get(known) ?? [], distance });
  }
  return [...new Set(scored.sort((a, b) => a.distance - b.distance).flatMap(({ things }) => things))];
}
