/** Questions that "yes" or "no" answer, of what is heard and of what is typed. */
import type { SayRequest, SayResult } from "../../api/index.ts";
import type { Language } from "../../driver/index.ts";
import type { SpokenBook } from "../../names/name-book.ts";
import type { Principal } from "../command/principal.ts";
import type { ReadBacks } from "./read-backs.ts";

/** Where questions wait, and the names by which they were asked. */
export interface AnswerOptions {
  readonly readBacks: ReadBacks;
  readonly book: Pick<SpokenBook, "vocabulary" | "index">;
}

/** The answer that a sentence is; undefined for one that is none. */
export function answerOf(text: string, { Agree, Disagree }: Language): "yes" | "no" | undefined {
  const said = text
    .toLowerCase()
    .replace(/[^\p{L} ]/gu, "")
    .trim();
  if (Agree.includes(said)) return "yes";
  return Disagree.includes(said) ? "no" : undefined;
}

/** Notes what was asked of a sentence, so that an answer to it means something. */
export function noteAsked(
  said: SayResult,
  { request, principal, isTyped }: { readonly request: SayRequest; readonly principal: Principal; readonly isTyped: boolean },
  { readBacks, book }: AnswerOptions,
): void {
  if (said.kind !== "question" || said.sentence === undefined) return;
  readBacks.ask(principal, request.conversation ?? "", { request: { ...request, text: said.sentence }, index: book.index, isTyped });
}

export function unknown(text: string): SayResult {
  return { kind: "unknown", text, suggestions: [] };
}
