/**
 * From what people type or say to tokens and keys: NFKC, case folded, marks, punctuation and invisible characters dropped, numbers by value,
 * articles dropped where they carry no meaning. Two texts with one key are one name.
 */
import type { Language } from "./language.ts";
import { readNumber } from "./number.ts";

/** Longer text is cut: no name or command is that long, and all work below is bounded by it. */
export const textLimit = 256;

const tokenForms = {
  ".": /(?<![\p{L}\p{N}])-?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d])|(?<![\p{L}\p{N}])-?\d+(?:\.\d+)?|%|°\p{L}?|[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}][\p{L}\p{M}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}]*/gu,
  ",": /(?<![\p{L}\p{N}])-?\d{1,3}(?:\.\d{3})+(?:,\d+)?(?![\d])|(?<![\p{L}\p{N}])-?\d+(?:,\d+)?|%|°\p{L}?|[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}][\p{L}\p{M}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}]*/gu,
};

/** Text with compatibility forms, case, marks and invisible characters evened out. */
export function fold(text: string): string {
  // Upper case first: it also joins letters that have no lower-case pair of their own, such as the sharp s.
  const folded = text.slice(0, textLimit).normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKD");
  return (
    folded
      .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, "")
      // Accents, which many keyboards lack. In other scripts a mark is a vowel or makes another letter.
      .replace(/(?<=[\p{Script=Latin}\p{Script=Greek}]\p{M}*)\p{M}/gu, "")
      .normalize("NFC")
      .replace(/[’‘ʼ]/g, "'")
      .replace(/[−–]/g, "-")
  );
}

/** Words, numbers and unit signs of a text, in order. */
export function tokenise(text: string, language: Language): string[] {
  let folded = fold(text);
  for (const [letter, written] of Object.entries(language.Letters)) folded = folded.replaceAll(letter, written);
  for (const ending of possessivesOf(language)) folded = folded.replaceAll(ending, "");
  folded = folded.replaceAll("'", "");
  const tokens = folded.match(tokenForms[language.Decimal]) ?? [];
  return tokens.map((token) => (/^-?\d/.test(token) ? plainNumber(token, language) : token));
}

/** Endings that say whose something is, made ready once for each language. */
const possessives = new WeakMap<Language, readonly RegExp[]>();

function possessivesOf(language: Language): readonly RegExp[] {
  const known = possessives.get(language) ?? language.Possessives.map((ending) => new RegExp(`(?<=\\p{L})${quote(ending)}(?![\\p{L}\\p{N}])`, "gu"));
  possessives.set(language, known);
  return known;
}

/** A number without marks between thousands and with a full stop before the decimals. */
function plainNumber(token: string, language: Language): string {
  return language.Decimal === "." ? token.replaceAll(",", "") : token.replaceAll(".", "").replace(",", ".");
}

function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** Numbers of more digits are compared as text. */
const mostDigits = 15;

/** The numbers of a key. Another number is another thing, and no slip of the tongue. */
export function numbersIn(key: string): string {
  return (key.match(/\d+/g) ?? []).join(" ");
}

/** True for a word before a noun that means several of them: "all", "both". */
export function isQuantifier(token: string, language: Language): boolean {
  return language.All.includes(token) || language.Both.includes(token);
}

/** Tokens as they count in names: numbers by their value, no article at the start or after a connector. */
export function keyTokens(tokens: readonly string[], language: Language): string[] {
  const out: string[] = [];
  for (let i = 0; i < tokens.length; ) {
    const token = tokens[i] ?? "";
    const last = out.at(-1);
    const opens = last === undefined || language.Connectors.includes(last) || isQuantifier(last, language);
    if (opens && i < tokens.length - 1 && language.Articles.includes(token)) {
      i++;
      continue;
    }
    const number = token.length > mostDigits ? undefined : readNumber(tokens, i, language);
    out.push(number === undefined ? token : String(number.value));
    i = number === undefined ? i + 1 : number.next;
  }
  return out;
}

/** Key of a text; empty when it holds nothing that could be a name. */
export function keyOf(text: string, language: Language): string {
  return keyTokens(tokenise(text, language), language).join(" ");
}

/**
 * What is left of a key when plurals and the gaps between words are no difference: "bobs lamp" and "bob's lamp", "e-mail" and "email",
 * "kitchen lights" and "kitchen light". Used after the key has found nothing.
 */
export function looseKey(key: string, language: Language): string {
  const known = looseKeys.get(language) ?? new Map<string, string>();
  looseKeys.set(language, known);
  const before = known.get(key);
  if (before !== undefined) return before;
  const words = key.split(" ").map((word) => singular(word, language));
  // Between digits a gap is one: "lamp 1 1" is not "lamp 11".
  const loose = words.join(" ").replace(/(?<=\p{L}) (?=\p{L})/gu, "");
  if (known.size >= mostLooseKeys) known.clear();
  if (key.length <= textLimit) known.set(key, loose);
  return loose;
}

/** The same parts of one sentence are looked for again and again. */
const looseKeys = new WeakMap<Language, Map<string, string>>();
const mostLooseKeys = 512;

function singular(word: string, language: Language): string {
  for (const { Many, One } of language.Plurals) {
    const stem = word.slice(0, word.length - Many.length);
    if (word.endsWith(Many) && /\p{L}{2}$/u.test(stem)) return stem + One;
  }
  return word;
}
