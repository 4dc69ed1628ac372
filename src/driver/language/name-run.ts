/** Names beside each other, as they are said in a list: "the kitchen light the worktop and the ceiling". */
import type { NameIndex } from "./name-index.ts";
import { placesCalled } from "./name-index.ts";
import { keyTokens } from "./text.ts";

/** Longest name in a list, in tokens. */
const nameLimit = 6;

/** Where the longest name ends that begins at a token, or its article; undefined where none does. A place may stand before it. */
function nameEnd(tokens: readonly string[], at: number, index: NameIndex): number | undefined {
  const { Articles } = index.vocabulary.language;
  const start = Articles.includes(tokens[at] ?? "") ? at + 1 : at;
  for (let end = Math.min(tokens.length, start + nameLimit); end > start; end--) {
    const words = tokens.slice(start, end);
    if (isName(words, index)) return end;
    for (let place = 1; place < words.length; place++) {
      if (isName(words.slice(place), index) && placesCalled(index, words.slice(0, place)) !== undefined) return end;
    }
  }
  return undefined;
}

function isName(words: readonly string[], { byKey, groupsByKey, vocabulary }: NameIndex): boolean {
  const key = keyTokens(words, vocabulary.language).join(" ");
  return byKey.has(key) || groupsByKey.has(key);
}

/** True where a thing is named. */
export function isNamedAt(tokens: readonly string[], at: number, index: NameIndex): boolean {
  return nameEnd(tokens, at, index) !== undefined;
}

/** The names that some tokens consist of, two or more; undefined where they are anything else. */
export function namesBeside(tokens: readonly string[], index: NameIndex): readonly (readonly string[])[] | undefined {
  const names: (readonly string[])[] = [];
  for (let at = 0; at < tokens.length; ) {
    const end = nameEnd(tokens, at, index);
    if (end === undefined) return undefined;
    names.push(tokens.slice(at, end));
    at = end;
  }
  return names.length < 2 ? undefined : names;
}
