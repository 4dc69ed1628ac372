/** Asks the owner to let a program or a voice satellite in: what it may do, where, and for how long. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { AskedGrant } from "../../api/house-v1.ts";
import { ask } from "../hub/asked.ts";
import type { Word } from "../words/words.ts";
import { say } from "../words/words.ts";
import { AskForm } from "./ask-form.tsx";
import type { Terms } from "./grant-terms.tsx";
import { askedTerms, Choice, RiskyField, TermFields, usualTerms } from "./grant-terms.tsx";
import { TextField } from "./text-field.tsx";

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
  const change = (part: Partial<Terms>): void => {
    terms.value = { ...terms.value, ...part };
  };
  const onAsk = async (): Promise<void> => {
    secret.value = undefined;
    const risky = terms.value.risky && kind.value === "token";
    const asked = name.value;
    const grant = { kind: kind.value, name: name.value.trim(), ...askedTerms({ ...terms.value, risky }) };
    secret.value = (await ask({ kind: "grant-put", grant })).secret;
    // What was typed meanwhile stays.
    if (name.value === asked) name.value = "";
  };
  const fields = (
    <>
      <TextField
        label={say("name")}
        name="grant"
        most={64}
        value={name.value}
        onText={(text) => {
          name.value = text;
        }}
      />
      <Choice
        label={say("grantKind")}
        value={kind.value}
        options={kinds.map(([value, word]) => [value, say(word)])}
        onChoose={(value) => {
          kind.value = value as AskedGrant["kind"];
        }}
      />
      <TermFields value={terms.value} onChange={change} />
    </>
  );
  const ticks = kind.value === "token" ? <RiskyField value={terms.value} onChange={change} /> : null;
  return (
    <AskForm title="grantTitle" how="grantHow" fields={fields} ticks={ticks} isComplete={name.value.trim() !== ""} onAsk={onAsk}>
      <div role="status">
        {secret.value === undefined ? null : (
          <div class="ask">
            <p>{say("grantSecret")}</p>
            <pre>{secret.value}</pre>
          </div>
        )}
      </div>
    </AskForm>
  );
}
