/** Sentences in the one form in which they are compared: "on" and "off" stand behind what is switched, and a word stands where there is a sign. */
import type { Language } from "./language.ts";
import type { NameIndex } from "./name-index.ts";
import { placesCalled } from "./name-index.ts";
import { textLimit } from "./text.ts";

/** "All lights off except the lamp" as "all lights except the lamp off". */
export function exceptionFirst(tokens: readonly string[], { Except, True, False }: Language): readonly string[] {
  const at = tokens.findIndex((token) => Except.includes(token));
  const before = tokens[at - 1] ?? "";
  if (at < 2 || at === tokens.length - 1 || !(True.includes(before) || False.includes(before))) return tokens;
  return [...tokens.slice(0, at - 1), ...tokens.slice(at), before];
}

/** "Turn the lights off in the kitchen", "which lights are on in the kitchen": as it is, and with the place before "off", "are on" and the like. */
export function placeFirst(tokens: readonly string[], index: NameIndex): readonly (readonly string[])[] {
  const { Articles, Connectors, True, False } = index.vocabulary.language;
  for (let at = tokens.length - 2; at > 1; at--) {
    const before = tokens[at - 1] ?? "";
    if (!Connectors.includes(tokens[at] ?? "") || !(True.includes(before) || False.includes(before))) continue;
    const place = tokens.slice(Articles.includes(tokens[at + 1] ?? "") ? at + 2 : at + 1);
    if (place.length === 0 || placesCalled(index, place) === undefined) continue;
    const moved = [1, 2, 3]
      .filter((words) => words < at)
      .map((words) => [...tokens.slice(0, at - words), ...tokens.slice(at), ...tokens.slice(at - words, at)]);
    return [tokens, ...moved];
  }
  return [tokens];
}

/** A text with "and" where a sign stands between words: recognisers write several sentences into one text. */
export function signsAsAnd(text: string, { And, Then }: Language): string {
  const and = And[0] ?? "";
  const joints = new Set([...And, ...Then]);
  return text.slice(0, textLimit).replace(/[.;!,]+\s+(?=(\S+))/g, (sign, next: string) => (joints.has(next.toLowerCase()) ? sign : ` ${and} `));
}
