/** A form by which the owner is asked for something: what it is for, its fields, a button, and why it did not work. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import type { Word } from "../words/words.ts";
import { say } from "../words/words.ts";
import { Failure } from "./failure.tsx";

/** The form. */
export function AskForm(options: {
  readonly title: Word;
  readonly how: Word;
  readonly fields: ComponentChildren;
  /** Under the fields. */
  readonly ticks: ComponentChildren;
  readonly isComplete: boolean;
  readonly onAsk: () => Promise<void>;
  /** Under the button. */
  readonly children: ComponentChildren;
}): JSX.Element {
  const { title, how, fields, ticks, isComplete, onAsk, children } = options;
  const failure = useSignal<unknown>(undefined);
  const send = async (): Promise<void> => {
    failure.value = undefined;
    try {
      await onAsk();
    } catch (error) {
      failure.value = error;
    }
  };
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        if (isComplete) void send();
      }}
    >
      <h2>{say(title)}</h2>
      <p class="quiet">{say(how)}</p>
      <div class="fields">{fields}</div>
      {ticks}
      <div class="row">
        <button type="submit" class="strong">
          {say("askOwner")}
        </button>
      </div>
      <Failure error={failure.value} />
      {children}
    </form>
  );
}
