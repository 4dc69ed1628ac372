/** Questions that "yes" or "no" answer, of what is heard and of what is typed. */
import type { SayRequest, SayResult } from "../../api/index.ts";
import type { Language } from "../../driver/index.ts";
import type { SpokenBook } from "../../names/name-book.ts";
import type { Principal } from "../command/principal.ts";
import { answerMs, type ReadBack, type ReadBacks } from "./read-backs.ts";

/** Where questions wait, and the names by which they are asked. */
export interface AnswerOptions {
  readonly readBacks: ReadBacks;
  readonly book: Pick<SpokenBook, "vocabulary" | "index">;
}

/** A sentence that is asked back, and whose. */
interface Asked {
  readonly request: SayRequest;
  readonly principal: Principal;
  readonly isTyped: boolean;
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

/** The same of what may answer a question that was asked in another language than it is said in. */
export function answerTo(asked: ReadBack | undefined, text: string, language: Language): "yes" | "no" | undefined {
  return answerOf(text, language) ?? (asked && answerOf(text, asked.book.vocabulary.language));
}

/** True while the names are those by which it was asked: by others it may mean something else. */
export function isAsBefore({ book, index }: ReadBack): boolean {
  return book.index === index;
}

/** The question with the words that answer it, which are waited for from now on. */
export function askBack(
  question: Extract<SayResult, { kind: "question" }>,
  { request, principal, isTyped }: Asked,
  { readBacks, book }: AnswerOptions,
): SayResult {
  readBacks.ask(principal, request.conversation ?? "", { request, book, index: book.index, isTyped });
  const { Agree, Disagree } = book.vocabulary.language;
  const [[yes = ""], [no = ""]] = [Agree, Disagree];
  return { ...question, answers: { yes, no, withinMs: answerMs } };
}

/** Where a sentence was asked back: the same, so that an answer to it means something. */
export function askedBack(said: SayResult, asked: Asked, options: AnswerOptions): SayResult {
  if (said.kind !== "question" || said.sentence === undefined) return said;
  return askBack(said, { ...asked, request: { ...asked.request, text: said.sentence } }, options);
}

/** What a "no" comes to: it was understood, and nothing is done. */
export function dropped({ Replies }: Language): SayResult {
  return { kind: "answer", text: Replies.Dropped, targets: [] };
}

export function unknown(text: string): SayResult {
  return { kind: "unknown", text, suggestions: [] };
}
