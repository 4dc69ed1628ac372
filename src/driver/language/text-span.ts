/** Some tokens of a text as they were written. */
import type { Language } from "./language.ts";
import { tokenise } from "./text.ts";

/** A word between blanks; `next` is the first token behind it. */
interface WrittenWord {
  readonly text: string;
  readonly at: number;
  readonly first: number;
  readonly next: number;
}

/** Words between blanks, with the tokens of each. */
export function wordsIn(text: string, language: Language): readonly WrittenWord[] {
  let first = 0;
  return [...text.matchAll(/\S+/g)].map(({ 0: word, index: at }) => {
    const next = first + tokenise(word, language).length;
    const written = { text: word, at, first, next };
    first = next;
    return written;
  });
}

/** The tokens from `start` as far as `end` as they were written, or else one by one; undefined where they would not be the same once they are said alone. */
export function spanOf(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
  tokens: readonly string[],
  language: Language,
): string | undefined {
  const part = tokens.slice(start, end);
  const words = wordsIn(text, language);
  const [from, to] = [
    words.find(({ first, next }) => first === start && next > first),
    words.findLast(({ first, next }) => next === end && next > first),
  ];
  const written = from && to ? text.slice(from.at, to.at + to.text.length).replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{M}\p{N}%°]+$/gu, "") : "";
  // Signs that a terminal or a reader may take for something else are not repeated.
  const candidates = [...(/^[\p{L}\p{M}\p{N} '’.,:;&%°-]+$/u.test(written) ? [written] : []), part.join(" ")];
  return candidates.find((said) => isSame(tokenise(said, language), part));
}

/** The text with other words in the place of some of its tokens; undefined where these are not in it once, as words of their own. */
export function inWordsFor(text: string, tokens: readonly string[], others: string, language: Language): string | undefined {
  const all = tokenise(text, language);
  const places = [...all.keys()].filter((at) => tokens.length > 0 && isSame(all.slice(at, at + tokens.length), tokens));
  const [start, ...again] = places;
  if (start === undefined || again.length > 0) return undefined;
  const words = wordsIn(text, language);
  const from = words.find(({ first, next }) => first === start && next > first);
  const to = words.findLast(({ first, next }) => next === start + tokens.length && next > first);
  if (from === undefined || to === undefined) return undefined;
  const before = /^[^\p{L}\p{N}]*/u.exec(from.text)?.[0] ?? "";
  const behind = /[^\p{L}\p{M}\p{N}%°]*$/u.exec(to.text)?.[0] ?? "";
  return `${text.slice(0, from.at)}${before}${others}${behind}${text.slice(to.at + to.text.length)}`;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((token, at) => token === others[at]);
}
