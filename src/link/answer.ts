/** What answers what inside a session: Result, where the table of verb.ts names nothing else. */
import { MeshError } from "../base/errors.ts";
import { shorten } from "../base/shorten.ts";
import type { LinkMessage, Result, Verbs } from "./verb.ts";
import { answerTo } from "./verb.ts";

/** Verbs that answer. */
export type AnswerVerb = "Result" | (typeof answerTo)[keyof typeof answerTo];

/** Verbs that ask for an answer; State may. */
export type RequestVerb = Exclude<keyof Verbs, AnswerVerb>;

/** What answers a request: Result, where `answerTo` has nothing else. */
export type AnswerOf<T extends RequestVerb> = T extends keyof typeof answerTo ? Verbs[(typeof answerTo)[T]] : Result;

/** What a listener gives back; the session adds the Id. */
export type Answer = { readonly [T in AnswerVerb]: { readonly tag: T; readonly value: Omit<Verbs[T], "Id"> } }[AnswerVerb];

/** A message that answers. */
export type AnswerMessage = Extract<LinkMessage, { readonly tag: AnswerVerb }>;

const answerVerbs: ReadonlySet<string> = new Set(["Result", ...Object.values(answerTo)]);

/** True for a message that answers a request. */
export function isAnswer(message: LinkMessage): message is AnswerMessage {
  return answerVerbs.has(message.tag);
}

/** The verb that a request wants for its answer. */
export function wantedBy(verb: RequestVerb): AnswerVerb {
  return verb in answerTo ? answerTo[verb as keyof typeof answerTo] : "Result";
}

/** A refusal where something was asked for; what the peer says of its reason is kept apart from our own words. */
export function refused(verb: RequestVerb, value: AnswerMessage["value"]): MeshError {
  const { ErrorReport = "no reason given", ErrorCode } = value as Partial<Result>;
  const detail = ErrorCode === undefined ? {} : { detail: { code: shorten(ErrorCode, 64) } };
  return new MeshError("ERR_REJECTED", `${verb} was refused: ${shorten(ErrorReport, 200)}`, detail);
}
