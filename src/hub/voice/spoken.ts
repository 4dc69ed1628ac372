/**
 * What is done with a sentence that was heard and not typed: what it may have been mistaken for is asked back, yes and no answer that, and nobody has by
 * his voice a right to what may do harm, whoever he is: that is put before a device of the owner.
 */
import type { SayRequest, SayResult } from "../../api/index.ts";
import { put } from "../../driver/index.ts";
import type { Principal } from "../command/principal.ts";
import { type AnswerOptions, answerTo, askBack, askedBack, dropped, isAsBefore, unknown } from "./asked-back.ts";

/** What a sentence is said with. */
export interface SpokenOptions extends AnswerOptions {
  /** Carries a sentence out in the name of a principal. */
  readonly say: (request: SayRequest, principal: Principal) => Promise<SayResult>;
}

/** A sentence as it came. */
export interface Spoken extends Omit<SayRequest, "text"> {
  readonly text: string;
  /** False: it is read back first. */
  readonly isSure: boolean;
}

/** A principal whose words are heard: the same without what may do harm, and without managing. */
export function byVoice(principal: Principal): Principal {
  // A satellite has no more than that already.
  if (principal.rights.every(({ allows, harmless }) => allows !== "manage" && harmless === true)) return principal;
  return {
    ...principal,
    name: `${principal.name} (by voice)`,
    rights: principal.rights.filter(({ allows }) => allows !== "manage").map((right) => ({ ...right, harmless: true })),
  };
}

/** Carries out what was heard, or asks back. */
export async function spoken({ text, isSure, ...context }: Spoken, principal: Principal, options: SpokenOptions): Promise<SayResult> {
  const { readBacks, book, say } = options;
  const { language } = book.vocabulary;
  const { Replies: replies } = language;
  const conversation = context.conversation ?? "";
  const speaker = byVoice(principal);
  const readBack = (request: SayRequest): SayResult => {
    const text = put(replies.ReadBack, { sentence: request.text });
    return askBack({ kind: "question", text, candidates: [] }, { request, principal, isTyped: false }, options);
  };
  const asked = readBacks.take(principal, conversation);
  switch (answerTo(asked, text, language)) {
    case "yes":
      if (asked === undefined) return unknown(replies.NothingAsked);
      // By other names it may mean something else.
      return isAsBefore(asked) ? say(asked.request, speaker) : readBack(asked.request);
    case "no":
      return asked === undefined ? unknown(replies.NothingAsked) : dropped(language);
    default:
  }
  const request = { ...context, text };
  if (!isSure) return readBack(request);
  return askedBack(await say(request, speaker), { request, principal, isTyped: false }, options);
}
