/**
 * What is done with a sentence that was typed: it is carried out, or answered. Where a part of it is asked back, "yes" in the same conversation does that
 * part, in the words that were asked and with the rights that the speaker has then; everything else that is said leaves it undone. A question about what was
 * heard is answered so, too: what is done then has the rights of a voice.
 */
import type { SayRequest, SayResult } from "../../api/index.ts";
import type { Principal } from "../command/principal.ts";
import { type AnswerOptions, answerOf, answerTo, askedBack, dropped, isAsBefore, unknown } from "./asked-back.ts";
import { byVoice } from "./spoken.ts";

/** What a typed sentence is carried out with. */
export interface TypedOptions extends AnswerOptions {
  readonly say: (request: SayRequest, principal: Principal) => Promise<SayResult>;
}

/** Carries out what was typed, or answers a question that was asked of it. */
export async function typed(request: SayRequest, principal: Principal, options: TypedOptions): Promise<SayResult> {
  const { readBacks, book, say } = options;
  const { language } = book.vocabulary;
  // What is said in the place of an answer may change what "it" is: what was asked is forgotten.
  const asked = readBacks.take(principal, request.conversation ?? "");
  if (asked) {
    const answer = answerTo(asked, request.text, language);
    if (answer === "no") return dropped(language);
    // By other names it may mean something else: then it is looked at anew.
    if (answer === "yes" && isAsBefore(asked)) return say(asked.request, asked.isTyped ? principal : byVoice(principal));
  }
  const said = await say(request, principal);
  // Too late, or to nothing.
  if (said.kind === "unknown" && answerOf(request.text, language) !== undefined) return unknown(language.Replies.NothingAsked);
  // Without a name nobody knows in which conversation a "yes" is said.
  return request.conversation === undefined ? said : askedBack(said, { request, principal, isTyped: true }, options);
}
