/** A question to the owner, as pages and commands are shown it. */
import type { QuestionView } from "../../api/index.ts";
import type { SeenQuestion } from "./question.ts";

/** A question in the shape of the interface. */
export function questionView({ messageId, kind, principal, about, parts, asked, expires, state, reason, ended }: SeenQuestion): QuestionView {
  return {
    id: messageId,
    kind,
    principal,
    about,
    ...(parts === undefined ? {} : { change: parts }),
    asked,
    expires,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(ended === undefined ? {} : { ended }),
  };
}
