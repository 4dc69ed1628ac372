/** What came of a sentence: told, or a question back, whose answers are buttons, or what could be said instead. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { SayResult } from "../../api/hub-v1.ts";
import { say } from "../words/words.ts";

/** Something that a button says. */
interface Offered {
  readonly words: string;
  readonly label?: string;
}

/** @param onAsk says a sentence @param onAnswer says a word that answers the question @param onGone before buttons go that may have the focus */
export function Answer({
  result,
  onAsk,
  onAnswer,
  onGone,
}: {
  readonly result: SayResult | undefined;
  readonly onAsk: (sentence: string) => void;
  readonly onAnswer: (word: string) => void;
  readonly onGone: () => void;
}): JSX.Element | null {
  const late = useSignal<SayResult | undefined>(undefined);
  const answers = result?.kind === "question" ? result.answers : undefined;
  // The hub waits for them no longer.
  useEffect(() => {
    if (answers === undefined) return;
    const timer = setTimeout(() => {
      onGone();
      late.value = result;
    }, answers.withinMs);
    return () => clearTimeout(timer);
  }, [result]);
  if (!result) return null;
  const offered = late.value === result ? [] : offeredBy(result);
  const note = late.value === result ? "answerLate" : result.kind === "unknown" && offered.length > 0 ? "tryThis" : undefined;
  return (
    <>
      <p class={result.kind === "failed" ? "failure" : ""}>{result.text}</p>
      {note === undefined ? null : <p class="quiet">{say(note)}</p>}
      {offered.length === 0 ? null : (
        <ul class="row" aria-label={result.text}>
          {offered.map(({ words, label = words }) => (
            <li key={words}>
              <button type="button" onClick={() => (answers ? onAnswer : onAsk)(words)}>
                {label}
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/**
 * Yes and No are in the language of the page, and say the words of the hub's. What may be meant is offered as far as there is a sentence for it, by its place where
 * several are called so. */
function offeredBy(result: SayResult): readonly Offered[] {
  if (result.kind === "unknown") return result.suggestions.map((words) => ({ words }));
  if (result.kind !== "question") return [];
  const { answers, candidates } = result;
  if (answers !== undefined)
    return [
      { words: answers.yes, label: say("answerYes") },
      { words: answers.no, label: say("answerNo") },
    ];
  const areSeveral = (name: string): boolean => candidates.filter((other) => other.name === name).length > 1;
  return candidates.flatMap(({ name, place, sentence }) =>
    sentence === undefined ? [] : [{ words: sentence, label: [...(areSeveral(name) ? place.slice(-1) : []), name].join(" ") }],
  );
}
