/** Sentences of which nothing is done, and what is said of them. */
import type { Interpretation } from "./interpret.ts";
import type { Language } from "./language.ts";
import { speaksOfTime } from "./when.ts";

export function refuse(text: string): Interpretation {
  return { kind: "unknown", text, suggestions: [] };
}

/** "Kitchen light off?" asks, also with "!" or a bracket behind, and so does "any lights on"; "could you turn off the kitchen light?" does not. */
export function isAsked(sentence: string, tokens: readonly string[], { kind }: Interpretation, language: Language): boolean {
  const isOrder = kind === "command" || kind === "timed" || kind === "rule";
  if (isOrder && language.Any.includes(tokens[0] ?? "")) return true;
  return isOrder && isQuestion(sentence, tokens, language);
}

/** A question mark at the end, and nothing of a request. */
export function isQuestion(sentence: string, tokens: readonly string[], { Requests }: Language): boolean {
  return /[?？⁇⁈⁉؟‽][^\p{L}\p{N}]*$/u.test(sentence) && !tokens.some((token) => Requests.includes(token));
}

/** What is said of a sentence that is not understood and that denies, or speaks of a time. */
export function whyNot(tokens: readonly string[], language: Language): Interpretation | undefined {
  if (tokens.some((token) => language.Denials.includes(token))) return refuse(language.Replies.Denied);
  return speaksOfTime(tokens, language) ? refuse(language.Replies.TimeUnknown) : undefined;
}
