/** Numbers in digits or words: "40", "forty", "one hundred and one", "two point five", "minus five". */
import type { Language } from "./language.ts";

/** A number that was read. */
export interface FoundNumber {
  readonly value: number;
  /** The token after it. */
  readonly next: number;
}

/** The number that begins at token `start`; undefined when none does. */
export function readNumber(tokens: readonly string[], start: number, language: Language): FoundNumber | undefined {
  if (!language.Minus.includes(tokens[start] ?? "")) return readPositive(tokens, start, language);
  const found = readPositive(tokens, start + 1, language);
  return found && { value: -found.value, next: found.next };
}

/** True when a number stands among the tokens, in digits or words, whole or a part. */
export function hasNumber(tokens: readonly string[], language: Language): boolean {
  return tokens.some((token) => /\d/.test(token) || wordValue(token, language) !== undefined || Object.hasOwn(language.Fractions, token));
}

function readPositive(tokens: readonly string[], start: number, language: Language): FoundNumber | undefined {
  const first = tokens[start] ?? "";
  if (/^-?\d+(\.\d+)?$/.test(first)) return { value: Number(first), next: start + 1 };
  const whole = readWhole(tokens, start, language);
  if (whole === undefined) return undefined;
  const decimals = readDecimals(tokens, whole.next, language);
  return decimals === undefined ? whole : { value: Number(`${whole.value}.${decimals.digits}`), next: decimals.next };
}

function wordValue(word: string | undefined, { Numbers }: Language): number | undefined {
  return word !== undefined && Object.hasOwn(Numbers, word) ? Numbers[word] : undefined;
}

/** Numbers of several words by their first one, the longest first: "vingt et un". Most languages have none. */
const several = new WeakMap<Language, ReadonlyMap<string, readonly { readonly words: readonly string[]; readonly value: number }[]>>();

function severalOf(language: Language) {
  const known = several.get(language);
  if (known) return known;
  const made = new Map<string, { readonly words: readonly string[]; readonly value: number }[]>();
  for (const [text, value] of Object.entries(language.Numbers)) {
    const words = text.split(" ");
    const [first = ""] = words;
    if (words.length > 1) made.set(first, [...(made.get(first) ?? []), { words, value }]);
  }
  for (const numbers of made.values()) numbers.sort((a, b) => b.words.length - a.words.length);
  several.set(language, made);
  return made;
}

/** The number that the words at a place stand for, as the language lists it. */
function listedAt(tokens: readonly string[], at: number, language: Language): FoundNumber | undefined {
  const longer = severalOf(language).get(tokens[at] ?? "");
  const found = longer?.find(({ words }) => words.every((word, index) => tokens[at + index] === word));
  if (found) return { value: found.value, next: at + found.words.length };
  const value = wordValue(tokens[at], language);
  return value === undefined ? undefined : { value, next: at + 1 };
}

function readWhole(tokens: readonly string[], start: number, language: Language): FoundNumber | undefined {
  let total = 0;
  let group: number | undefined;
  let next = start;
  let room = Infinity;
  while (next < tokens.length) {
    // "one hundred and one": inside a number only after the hundreds, and only before what fits behind them.
    const isJoint = group !== undefined && room >= 100 && room < Infinity && language.And.includes(tokens[next] ?? "");
    const found = listedAt(tokens, isJoint ? next + 1 : next, language);
    if (found === undefined || (isJoint && found.value >= 100)) break;
    const { value } = found;
    if (value >= 100) {
      // "two hundred", "hundred"
      group ??= 1;
      if (value >= 1000) {
        total += group * value;
        group = 0;
      } else {
        group *= value;
      }
      room = value;
    } else {
      // "twenty one" goes on, "one twenty" does not.
      if (group !== undefined && value >= room) break;
      group = (group ?? 0) + value;
      room = value >= 20 && value % 10 === 0 ? 10 : 0;
    }
    next = found.next;
  }
  return group === undefined ? undefined : { value: total + group, next };
}

/** "point five": digits after the decimal mark. */
function readDecimals(tokens: readonly string[], start: number, language: Language): { readonly digits: string; readonly next: number } | undefined {
  if (!language.Point.includes(tokens[start] ?? "")) return undefined;
  let digits = "";
  let next = start + 1;
  for (; next < tokens.length; next++) {
    const value = wordValue(tokens[next], language);
    if (value === undefined || value > 9) break;
    digits += String(value);
  }
  return digits === "" ? undefined : { digits, next };
}
