/** What is to be allowed, where, and for how long: fields that programs and guests share. */
import type { JSX } from "preact";
import { places } from "../hub/asked.ts";
import type { Word } from "../words/words.ts";
import { say } from "../words/words.ts";

/** As the fields have it. */
export interface Terms {
  readonly allows: string;
  /** Key; empty for everywhere. */
  readonly place: string;
  /** None for no end. */
  readonly days: number;
  readonly risky: boolean;
}

export const usualTerms: Terms = { allows: "command", place: "", days: 30, risky: false };

const terms: readonly (readonly [number, Word])[] = [
  [1, "forDay"],
  [7, "forWeek"],
  [30, "forMonth"],
  [365, "forYear"],
  [0, "forEver"],
];

/** As the hub is asked. */
export function askedTerms({ allows, place, days, risky }: Terms) {
  return {
    allows: allows === "read" ? ("read" as const) : ("command" as const),
    ...(place === "" ? {} : { places: [place] }),
    ...(days === 0 ? {} : { days }),
    ...(risky && allows === "command" ? { risky } : {}),
  };
}

/** The fields. */
export function TermFields({ value, onChange }: { readonly value: Terms; readonly onChange: (part: Partial<Terms>) => void }): JSX.Element {
  return (
    <>
      <Choice
        label={say("grantAllows")}
        value={value.allows}
        options={[
          ["read", say("grantSee")],
          ["command", say("grantOrder")],
        ]}
        onChoose={(allows) => onChange({ allows })}
      />
      <Choice
        label={say("grantWhere")}
        value={value.place}
        options={[["", say("everywhere")], ...places.value.map(({ key, path }) => [key, path.join(" / ")] as const)]}
        onChoose={(place) => onChange({ place })}
      />
      <Choice
        label={say("grantTerm")}
        value={String(value.days)}
        options={terms.map(([days, word]) => [String(days), say(word)])}
        onChoose={(days) => onChange({ days: Number(days) })}
      />
    </>
  );
}

/** Whether also what may do harm. */
export function RiskyField({ value, onChange }: { readonly value: Terms; readonly onChange: (part: Partial<Terms>) => void }): JSX.Element | null {
  if (value.allows !== "command") return null;
  return (
    <label class="tick">
      <input type="checkbox" checked={value.risky} onChange={(event) => onChange({ risky: event.currentTarget.checked })} /> {say("grantRisky")}
    </label>
  );
}

/** One of several, under a label. */
export function Choice(options: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [string, string])[];
  readonly onChoose: (value: string) => void;
}): JSX.Element {
  return (
    <label class="field">
      {options.label}
      <select value={options.value} onChange={(event) => options.onChoose(event.currentTarget.value)}>
        {options.options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
