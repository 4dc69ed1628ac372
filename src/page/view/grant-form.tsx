/** Asks the owner to let a program or a voice satellite in: what it may do, where, and for how long. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { AskedGrant } from "../../api/house-v1.ts";
import { ask } from "../hub/asked.ts";
import type { Word } from "../words/words.ts";
import { say } from "../words/words.ts";
import { Failure } from "./failure.tsx";
import type { Terms } from "./grant-terms.tsx";
import { askedTerms, Choice, RiskyField, TermFields, usualTerms } from "./grant-terms.tsx";

const kinds: readonly (readonly [AskedGrant["kind"], Word])[] = [
  ["token", "kindToken"],
  ["satellite", "kindSatellite"],
];

/** The form, and the secret of what was asked for. */
export function GrantForm(): JSX.Element {
  const kind = useSignal<AskedGrant["kind"]>("token");
  const name = useSignal("");
  const terms = useSignal<Terms>(usualTerms);
  const secret = useSignal<string | undefined>(undefined);
  const failure = useSignal<unknown>(undefined);
  const change = (part: Partial<Terms>): void => {
    terms.value = { ...terms.value, ...part };
  };
  const send = async (): Promise<void> => {
    failure.value = undefined;
    secret.value = undefined;
    const risky = terms.value.risky && kind.value === "token";
    try {
      const grant = { kind: kind.value, name: name.value.trim(), ...askedTerms({ ...terms.value, risky }) };
      secret.value = await ask({ kind: "grant-put", grant });
      name.value = "";
    } catch (error) {
      failure.value = error;
    }
  };
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.value.trim() !== "") void send();
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
            value={name.value}
            onInput={(event) => {
              name.value = event.currentTarget.value;
            }}
          />
        </label>
        <Choice
          label={say("grantKind")}
          value={kind.value}
          options={kinds.map(([value, word]) => [value, say(word)])}
          onChoose={(value) => {
            kind.value = value as AskedGrant["kind"];
          }}
        />
        <TermFields value={terms.value} onChange={change} />
      </div>
      {kind.value === "token" ? <RiskyField value={terms.value} onChange={change} /> : null}
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
