/** Asks the owner to let a program or a voice satellite in: what it may do, where, and for how long. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { AskedGrant } from "../../api/house-v1.ts";
import { ask, places } from "../hub/asked.ts";
import type { Word } from "../words/words.ts";
import { say } from "../words/words.ts";
import { Failure } from "./failure.tsx";

const kinds: readonly (readonly [AskedGrant["kind"], Word])[] = [
  ["token", "kindToken"],
  ["satellite", "kindSatellite"],
];
const terms: readonly (readonly [number, Word])[] = [
  [1, "forDay"],
  [7, "forWeek"],
  [30, "forMonth"],
  [365, "forYear"],
  [0, "forEver"],
];

/** The form, and the secret of what was asked for. */
export function GrantForm(): JSX.Element {
  const form = useSignal({ kind: "token", name: "", allows: "command", place: "", days: 30, risky: false });
  const secret = useSignal<string | undefined>(undefined);
  const failure = useSignal<unknown>(undefined);
  const change = (part: Partial<typeof form.value>): void => {
    form.value = { ...form.value, ...part };
  };
  const send = async (): Promise<void> => {
    const { kind, name, allows, place, days, risky } = form.value;
    failure.value = undefined;
    secret.value = undefined;
    try {
      secret.value = await ask({
        kind: "grant-put",
        grant: {
          kind: kind as AskedGrant["kind"],
          name: name.trim(),
          allows: allows as AskedGrant["allows"],
          ...(place === "" ? {} : { places: [place] }),
          ...(days === 0 ? {} : { days }),
          ...(risky && kind === "token" && allows === "command" ? { risky } : {}),
        },
      });
      change({ name: "" });
    } catch (error) {
      failure.value = error;
    }
  };
  const { kind, name, allows, place, days, risky } = form.value;
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== "") void send();
      }}
    >
      <h2>{say("grantTitle")}</h2>
      <p class="quiet">{say("grantHow")}</p>
      <div class="fields">
        <label class="field">
          {say("name")}
          <input
            type="text"
            name="grant"
            maxLength={64}
            autoComplete="off"
            value={name}
            onInput={(event) => change({ name: event.currentTarget.value })}
          />
        </label>
        <Choice
          label={say("grantKind")}
          value={kind}
          options={kinds.map(([value, word]) => [value, say(word)])}
          onChoose={(value) => change({ kind: value })}
        />
        <Choice
          label={say("grantAllows")}
          value={allows}
          options={[
            ["read", say("grantSee")],
            ["command", say("grantOrder")],
          ]}
          onChoose={(value) => change({ allows: value })}
        />
        <Choice
          label={say("grantWhere")}
          value={place}
          options={[["", say("everywhere")], ...places.value.map(({ key, path }) => [key, path.join(" / ")] as const)]}
          onChoose={(value) => change({ place: value })}
        />
        <Choice
          label={say("grantTerm")}
          value={String(days)}
          options={terms.map(([value, word]) => [String(value), say(word)])}
          onChoose={(value) => change({ days: Number(value) })}
        />
      </div>
      {kind === "token" && allows === "command" ? (
        <label class="tick">
          <input type="checkbox" checked={risky} onChange={(event) => change({ risky: event.currentTarget.checked })} /> {say("grantRisky")}
        </label>
      ) : null}
      <div class="row">
        <button type="submit" class="strong">
          {say("askOwner")}
        </button>
      </div>
      <Failure error={failure.value} />
      <div role="status">
        {secret.value === undefined ? null : (
          <div class="ask">
            <p>{say("grantSecret")}</p>
            <pre>{secret.value}</pre>
          </div>
        )}
      </div>
    </form>
  );
}

function Choice(options: {
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
