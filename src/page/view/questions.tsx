/** What was asked of the owner: what it is, where it waits, and what came of it. */
import type { JSX } from "preact";
import type { QuestionView } from "../../api/house-v1.ts";
import { isOpen } from "../hub/asked.ts";
import type { Word } from "../words/words.ts";
import { say, time } from "../words/words.ts";

const changes: Readonly<Record<string, Word>> = {
  rename: "askedRename",
  move: "askedMove",
  remove: "askedRemove",
  "place-add": "askedPlaceAdd",
  "place-delete": "askedPlaceDelete",
  "grant-put": "askedGrantPut",
  "grant-delete": "askedGrantDelete",
  "guest-add": "askedGuestAdd",
  "offer-accept": "askedOfferAccept",
  "scene-delete": "askedSceneDelete",
  "passkey-add": "askedPasskeyAdd",
};
const states: Readonly<Record<QuestionView["state"], Word>> = {
  sending: "isSending",
  waiting: "isWaiting",
  done: "isDone",
  refused: "isRefused",
  over: "isOver",
  failed: "isFailed",
};

/** A question in the words of the page. */
export function aboutOf({ about, change }: QuestionView): string {
  const word = change && changes[change.kind];
  return word ? say(word, { subject: change.subject, object: change.object ?? "" }) : about;
}

/** The list; it speaks when something changes. */
export function Questions({ list, plain = false }: { readonly list: readonly QuestionView[]; readonly plain?: boolean }): JSX.Element {
  return (
    <div role="status">
      {list.length === 0 ? null : (
        <ul class="asked">
          {list.map((question) => (
            <li key={question.id} data-state={question.state}>
              <strong>{aboutOf(question)}</strong>
              <span>{say(states[question.state], { time: time(question.ended ?? question.asked), reason: question.reason ?? "" })}</span>
              {plain || !isOpen(question) ? null : (
                <span class="quiet">{say("askedBy", { name: question.principal, time: time(question.expires) })}</span>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
