/** A line of text under its label. */
import type { ComponentChildren, JSX } from "preact";

/** The field. */
export function TextField(options: {
  readonly label: ComponentChildren;
  readonly name?: string;
  /** Longest text in characters. */
  readonly most: number;
  readonly value: string;
  readonly onText: (text: string) => void;
  readonly placeholder?: string;
  readonly inputMode?: "email";
  /** No words of a language, such as a code. */
  readonly isCode?: boolean;
  /** It takes the room that its row has left. */
  readonly grows?: boolean;
}): JSX.Element {
  const { label, name, most, value, onText, placeholder, inputMode, isCode = false, grows = false } = options;
  return (
    <label class={grows ? "field grow" : "field"}>
      {label}
      <input
        type="text"
        name={name}
        inputMode={inputMode}
        maxLength={most}
        autoComplete="off"
        spellcheck={isCode ? false : undefined}
        placeholder={placeholder}
        value={value}
        onInput={(event) => onText(event.currentTarget.value)}
      />
    </label>
  );
}
