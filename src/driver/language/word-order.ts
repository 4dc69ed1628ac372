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

/** "Turn the lights off in the kitchen", "turn the heating up upstairs": as it is, and with the place before "off", "up", "are on" and the like. */
export function placeFirst(tokens: readonly string[], index: NameIndex): readonly (readonly string[])[] {
  const { Articles, Connectors, BeforePlace, Here, True, False } = index.vocabulary.language;
  for (let at = tokens.length - 1; at > 1; at--) {
    const before = tokens[at - 1] ?? "";
    if (!True.includes(before) && !False.includes(before) && !BeforePlace.includes(before)) continue;
    const isConnected = Connectors.includes(tokens[at] ?? "");
    const start = isConnected ? at + 1 : at;
    const place = tokens.slice(isConnected && Articles.includes(tokens[start] ?? "") ? start + 1 : start);
    if (place.length === 0 || !(Here.includes(place.join(" ")) || arePlaces(place, index))) continue;
    const moved = [1, 2, 3]
      .filter((words) => words < at)
      .map((words) => [...tokens.slice(0, at - words), ...tokens.slice(at), ...tokens.slice(at - words, at)]);
    return [tokens, ...moved];
  }
  return [tokens];
}

/** "The kitchen", "the kitchen and the hall". */
function arePlaces(words: readonly string[], index: NameIndex): boolean {
  const { And, Articles } = index.vocabulary.language;
  if (placesCalled(index, words) !== undefined) return true;
  const at = words.findIndex((word) => And.includes(word));
  if (at < 1) return false;
  const rest = words.slice(Articles.includes(words[at + 1] ?? "") ? at + 2 : at + 1);
  return placesCalled(index, words.slice(0, at)) !== undefined && rest.length > 0 && arePlaces(rest, index);
}

/**
 * The sentence with fewer and fewer fillers at its ends, the last one without any: a filler may be part of a name ("watering can"). Some have several
 * words: "I would like", "for me".
 */
export function withoutFillers(tokens: readonly string[], language: Language): readonly (readonly string[])[] {
  const fillers = fillersOf(language);
  let start = 0;
  for (let filler: readonly string[] | undefined = []; filler !== undefined; start += filler?.length ?? 0) {
    const from = start;
    filler = fillers.find((words) => words.every((word, at) => tokens[from + at] === word));
  }
  if (start >= tokens.length) return [];
  const ends = [tokens.length];
  for (let end: number | undefined = tokens.length; end !== undefined; ) {
    const to: number = end;
    const filler = fillers.find((words) => to - words.length > start && words.every((word, at) => tokens[to - words.length + at] === word));
    end = filler === undefined ? undefined : to - filler.length;
    if (end !== undefined) ends.push(end);
  }
  const tails = [...new Set([tokens.length, ends.at(-2) ?? tokens.length, ends.at(-1) ?? tokens.length])];
  return [...new Set([0, start])].flatMap((head) => tails.map((tail) => tokens.slice(head, tail)));
}

/** Words behind an "and" as they are, and with what is said once: the verb, what it was given to, on or off ("and the heater at 20", "and off at nine", "and the lamp at ten"). */
export function elided(order: readonly string[], words: readonly string[], language: Language): readonly (readonly string[])[] {
  const { Pronouns, True, False } = language;
  const isSwitch = (token: string): boolean => True.includes(token) || False.includes(token);
  const [verb = "", ...others] = order.slice(fillerAt(order, 0, language));
  const ofIt = [verb, ...Pronouns.slice(0, 1), ...words];
  if (isSwitch(words[0] ?? "")) return [ofIt, [verb, ...words], words];
  if (words.some(isSwitch)) return [words, [verb, ...words], ofIt];
  const [state] = others.filter(isSwitch);
  return [
    words,
    [verb, ...words],
    ...(state === undefined
      ? []
      : [
          [verb, state, ...words],
          [verb, ...words, state],
        ]),
  ];
}

/** Where the fillers that stand from a token on are over. */
export function fillerAt(tokens: readonly string[], at: number, language: Language): number {
  const filler = fillersOf(language).find((words) => words.every((word, turn) => tokens[at + turn] === word));
  return filler === undefined ? at : fillerAt(tokens, at + filler.length, language);
}

/** Where the fillers begin that stand before a token. */
export function fillerBefore(tokens: readonly string[], at: number, language: Language): number {
  const filler = fillersOf(language).find((words) => words.length <= at && words.every((word, turn) => tokens[at - words.length + turn] === word));
  return filler === undefined ? at : fillerBefore(tokens, at - filler.length, language);
}

/** The longest first, made ready once for each language. */
const fillersByLanguage = new WeakMap<Language, readonly (readonly string[])[]>();

function fillersOf(language: Language): readonly (readonly string[])[] {
  const known =
    fillersByLanguage.get(language) ?? language.Fillers.map((text) => text.split(" ")).sort((some, others) => others.length - some.length);
  fillersByLanguage.set(language, known);
  return known;
}

/** A text with "and" where a sign stands between words: recognisers write several sentences into one text. */
export function signsAsAnd(text: string, { And, Then }: Language): string {
  const and = And[0] ?? "";
  const joints = new Set([...And, ...Then]);
  return text.slice(0, textLimit).replace(/[.;!,]+\s+(?=(\S+))/g, (sign, next: string) => (joints.has(next.toLowerCase()) ? sign : ` ${and} `));
}
