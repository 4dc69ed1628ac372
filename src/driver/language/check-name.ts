/**
 * What may become a name: something that people can say, that fits into an MQTT topic and a terminal, and that is more than the words around names
 * in sentences. Refused here, at the time of naming, rather than asked about at every command. Whether it is taken is the account's to say.
 */
import { MeshError } from "../../base/errors.ts";
import type { Language } from "./language.ts";
import { readNumber } from "./number.ts";
import { isQuantifier, keyOf, tokenise } from "./text.ts";

/** Most characters that a name has. */
export const nameLimit = 64;

/** Words that topics use for the hub itself. */
const reserved = ["bridge"];

/** A name that may be given. */
export interface CheckedName {
  /** As it is stored: NFC, without blanks around it and with single ones inside. */
  readonly name: string;
  /** As it is compared: two names of one key are one name. */
  readonly key: string;
}

/** Checks a name. @throws ERR_NAME saying what is wrong */
export function checkName(text: string, language: Language): CheckedName {
  const name = checkText(text);
  const key = keyOf(name, language);
  if (key === "") throw new MeshError("ERR_NAME", `the name ${JSON.stringify(name)} has no letter or digit`);
  const first = key.split(" ")[0] ?? "";
  if (reserved.includes(key)) throw new MeshError("ERR_NAME", `the name "${key}" is kept for the hub itself`);
  if (isQuantifier(first, language) || language.Everything.includes(first))
    throw new MeshError("ERR_NAME", `the name "${name}" starts with "${first}", which means several devices`);
  const tokens = tokenise(name, language);
  if (areFunctionWords(tokens, language)) throw new MeshError("ERR_NAME", `the name "${name}" is made of words that sentences use for other things`);
  if (isMeasure(tokens, language)) throw new MeshError("ERR_NAME", `the name "${name}" is a value`);
  return { name, key };
}

/** Words that stand around names: articles, fillers, each as a whole, connectors, pronouns, on and off. A word that is part of a filler alone may be a name. */
function areFunctionWords(tokens: readonly string[], language: Language): boolean {
  const { Articles, Fillers, Connectors, Pronouns, There, True, False, Point } = language;
  const phrases = [Articles, Fillers, Connectors, Pronouns, There, True, False, Point, Object.keys(language.Values)]
    .flat()
    .map((words) => words.split(" "));
  const reached = new Set([0]);
  for (let at = 0; at < tokens.length; at += 1) {
    if (!reached.has(at)) continue;
    for (const phrase of phrases) if (phrase.every((word, turn) => tokens[at + turn] === word)) reached.add(at + phrase.length);
  }
  return reached.has(tokens.length);
}

/** A number with a unit, such as "40 percent". */
function isMeasure(tokens: readonly string[], language: Language): boolean {
  const number = readNumber(tokens, 0, language);
  if (number === undefined || number.next === tokens.length) return false;
  const rest = tokens.slice(number.next).join(" ");
  return Object.values(language.Units).some((words) => words.some((word) => tokenise(word, language).join(" ") === rest));
}

function checkText(name: string): string {
  // The length is looked at first: nothing below runs over a text of any size.
  if (name.length > 4 * nameLimit) throw tooLong();
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)) throw new MeshError("ERR_NAME", "a name must not have control characters");
  // Direction overrides and invisible characters make one name look like another; the two joiners are part of emoji and of some scripts.
  if (/[\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(name.replace(/\u200C|\u200D|\uFE0F/gu, "")))
    throw new MeshError("ERR_NAME", "a name must not have invisible or direction characters");
  const clean = name
    .normalize("NFC")
    .trim()
    .replace(/\p{Zs}+/gu, " ");
  if (clean === "") throw new MeshError("ERR_NAME", "a name must not be empty");
  if ([...clean].length > nameLimit) throw tooLong();
  // Also their full-width twins, which the common form turns into them.
  const sign = /[/+#$]/.exec(clean.normalize("NFKC"));
  if (sign !== null) throw new MeshError("ERR_NAME", `a name must not have ${sign[0]}`);
  return clean;
}

function tooLong(): MeshError {
  return new MeshError("ERR_NAME", `a name must not be longer than ${nameLimit} characters`);
}
