/** The control of a property that can be set: a switch, a slider, a choice or a text. It shows what the device reported, never what was wished. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { PropertyView } from "../../api/hub-v1.ts";
import { figure, say, term } from "../words/words.ts";

/** A value of a property. */
export type PlainValue = boolean | number | string;

/** What a control works with. */
export interface ControlOptions {
  /** Name of the device, for who does not see the card around it. */
  readonly device: string;
  readonly property: PropertyView;
  readonly value: PlainValue | undefined;
  readonly busy: boolean;
  readonly onSet: (value: PlainValue) => void;
}

/** The control that fits the property. */
export function Control(options: ControlOptions): JSX.Element {
  const { type, minimum, maximum } = options.property;
  if (type === "boolean") return <Switch {...options} />;
  if (type === "number" && minimum !== undefined && maximum !== undefined) return <Slider {...options} />;
  if (type === "enum") return <Choice {...options} />;
  return <Entry {...options} />;
}

/** A switch; `bare` without its word, where the card says what it is. */
export function Switch({ device, property, value, busy, onSet, bare = false }: ControlOptions & { readonly bare?: boolean }): JSX.Element {
  const isOn = value === true;
  const button = (
    <button
      type="button"
      role="switch"
      class="switch"
      aria-checked={isOn}
      aria-label={`${term(property.name)}: ${device}`}
      disabled={busy}
      onClick={() => onSet(!isOn)}
    />
  );
  if (bare) return button;
  return (
    <div class="control">
      <span class="term" aria-hidden="true">
        {term(property.name)}
      </span>
      {button}
    </div>
  );
}

function Slider({ device, property, value, busy, onSet }: ControlOptions): JSX.Element {
  const dragged = useSignal<number | undefined>(undefined);
  const { name, unit = "", minimum = 0, maximum = 100, step } = property;
  const shown = dragged.value ?? (typeof value === "number" ? value : minimum);
  return (
    <label class="control slider">
      <span>
        <span class="term">{term(name)}</span> <span class="hidden">{device}</span>
        <output>{value === undefined && dragged.value === undefined ? "–" : `${figure(shown)} ${unit}`}</output>
      </span>
      <input
        type="range"
        min={minimum}
        max={maximum}
        step={step ?? (maximum - minimum <= 2 ? 0.01 : 1)}
        value={shown}
        disabled={busy}
        onInput={(event) => {
          dragged.value = event.currentTarget.valueAsNumber;
        }}
        onChange={(event) => {
          dragged.value = undefined;
          onSet(event.currentTarget.valueAsNumber);
        }}
      />
    </label>
  );
}

function Choice({ device, property, value, busy, onSet }: ControlOptions): JSX.Element {
  return (
    <label class="control">
      <span>
        <span class="term">{term(property.name)}</span> <span class="hidden">{device}</span>
      </span>
      <select value={typeof value === "string" ? value : ""} disabled={busy} onChange={(event) => onSet(event.currentTarget.value)}>
        {value === undefined ? <option value="">–</option> : null}
        {(property.options ?? []).map((option) => (
          <option key={option} value={option}>
            {term(option)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Entry({ device, property, value, busy, onSet }: ControlOptions): JSX.Element {
  const typed = useSignal<string | undefined>(undefined);
  const isNumber = property.type === "number";
  return (
    <form
      class="control"
      onSubmit={(event) => {
        event.preventDefault();
        const text = typed.value ?? String(value ?? "");
        typed.value = undefined;
        if (!isNumber || (text !== "" && Number.isFinite(Number(text)))) onSet(isNumber ? Number(text) : text);
      }}
    >
      <label>
        <span class="term">{term(property.name)}</span> <span class="hidden">{device}</span>
        <input
          type="text"
          inputMode={isNumber ? "decimal" : "text"}
          maxLength={256}
          value={typed.value ?? String(value ?? "")}
          disabled={busy}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
      </label>
      <button type="submit" disabled={busy} aria-label={`${say("set")}: ${term(property.name)}, ${device}`}>
        {say("set")}
      </button>
    </form>
  );
}
