/** Asks once more, beside what it is about, before something that may do harm or cannot be taken back. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { say } from "../words/words.ts";

/** The question with its two answers; it takes the focus, so that a keyboard is where the question is. */
export function Confirm(options: { readonly question: string; readonly yes: string; readonly onAnswer: (isYes: boolean) => void }): JSX.Element {
  const { question, yes, onAnswer } = options;
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <div
      class="ask"
      role="alertdialog"
      aria-label={question}
      onKeyDown={(event) => {
        if (event.key === "Escape") onAnswer(false);
      }}
    >
      <p>{question}</p>
      <div class="row">
        <button type="button" class="strong" onClick={() => onAnswer(true)}>
          {yes}
        </button>
        <button type="button" ref={first} onClick={() => onAnswer(false)}>
          {say("cancel")}
        </button>
      </div>
    </div>
  );
}
