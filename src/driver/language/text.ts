/**
 * From what people type or say to tokens and keys: NFKC, case folded, punctuation and invisible characters dropped, numbers in digits,
 * articles dropped where they carry no meaning. Two texts with one key are one name.
 */
import type { Language } from "./language.ts";

/** Longer text is cut: no name or command is that long, and all work below is bounded by it. */
export const textLimit = 256;

const tokenForms = {
  ".": /(?<![\p{L}\p{N}])-?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d])|(?<![\p{L}\p{N}])-?\d+(?:\.\d+)?|%|°\p{L}?|[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}][\p{L}\p{M}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}]*/gu,
  ",": /(?<![\p{L}\p{N}])-?\d{1,3}(?:\.\d{3})+(?:,\d+)?(?![\d])|(?<![\p{L}\p{N}])-?\d+(?:,\d+)?|%|°\p{L}?|[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}][\p{L}\p{M}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}]*/gu,
};

/** Text with compatibility forms, case and invisible characters evened out. */
export function fold(text: string): string {
  // Upper case first: it also joins letters that have no lower-case pair of their own, such as the sharp s.
  const folded = text.slice(0, textLimit).normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
  return folded
    .replace(/\p{Cf}|\p{Variation_Selector}/gu, "")
    .replace(/[’‘ʼ]/g, "'")
    .replace(/[−–]/g, "-");
}

/** Words, numbers and unit signs of a text, in order. */
export function tokenise(text: string, language: Language): string[] {
  let folded = fold(text);
  for (const ending of language.Possessives) folded = folded.replaceAll(new RegExp(`(?<=\\p{L})${quote(ending)}(?![\\p{L}\\p{N}])`, "gu"), "");
  folded = folded.replaceAll("'", "");
  const tokens = folded.match(tokenForms[language.Decimal]) ?? [];
  return tokens.map((token) => (/^-?\d/.test(token) ? plainNumber(token, language) : token));
}

/** A number without marks between thousands and with a full stop before the decimals. */
function plainNumber(token: string, language: Language): string {
  return language.Decimal === "." ? token.replaceAll(",", "") : token.replaceAll(".", "").replace(",", ".");
}

function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** Tokens as they count in names: number words in digits, no article at the start or after a connector. */
export function keyTokens(tokens: readonly string[], language: Language): string[] {
  const out: string[] = [];
  for (let i = 0; i < tokens.length; ) {
    const token = tokens[i] ?? "";
    const last = out.at(-1);
    const opens = last === undefined || language.Connectors.includes(last) || language.All.includes(last);
    if (opens && i < tokens.length - 1 && language.Articles.includes(token)) {
      i++;
      continue;
    }
    const number = /^\p{L}/u.test(token) ? readNumber(tokens, i, language) : undefined;
    out.push(number === undefined ? token : String(number.value));
    i = number === undefined ? i + 1 : number.next;
  }
  return out;
}

/** Key of a text; empty when it holds nothing that could be a name. */
export function keyOf(text: string, language: Language): string {
  return keyTokens(tokenise(text, language), language).join(" ");
}

/** Key with its last word in the singular. */
export function singular(key: string, language: Language): string {
  for (const { Many, One } of language.Plurals) {
    const stem = key.slice(0, key.length - Many.length);
    if (key.endsWith(Many) && /\p{L}{2}$/u.test(stem)) return stem + One;
  }
  return key;
}

/** A number in digits or words that begins at token `start`: its value and the token after it. */
export function readNumber(
  tokens: readonly string[],
  start: number,
  language: Language,
): { readonly value: number; readonly next: number } | undefined {
  const first = tokens[start] ?? "";
  if (/^-?\d+(\.\d+)?$/.test(first)) return { value: Number(first), next: start + 1 };
  let total = 0;
  let group: number | undefined;
  let next = start;
  let room = Infinity;
  for (; next < tokens.length; next++) {
    const word = tokens[next] ?? "";
    const value = Object.hasOwn(language.Numbers, word) ? language.Numbers[word] : undefined;
    if (value === undefined) break;
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
  }
  if (group === undefined) return undefined;
  const decimals = readDecimals(tokens, next, language);
  return decimals === undefined ? { value: total + group, next } : { value: Number(`${total + group}.${decimals.digits}`), next: decimals.next };
}

/** "point five": digits after the decimal mark. */
function readDecimals(tokens: readonly string[], start: number, language: Language): { readonly digits: string; readonly next: number } | undefined {
  if (!language.Point.includes(tokens[start] ?? "")) return undefined;
  let digits = "";
  let next = start + 1;
  for (; next < tokens.length; next++) {
    const word = tokens[next] ?? "";
    const value = Object.hasOwn(language.Numbers, word) ? language.Numbers[word] : undefined;
    if (value === undefined || value > 9) break;
    digits += String(value);
  }
  return digits === "" ? undefined : { digits, next };
}
