/** Asks the owner to let a guest in: a person with an account of his own, whom a machine of the owner knows as a contact. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { ask } from "../hub/asked.ts";
import { say } from "../words/words.ts";
import { AskForm } from "./ask-form.tsx";
import type { Terms } from "./grant-terms.tsx";
import { askedTerms, RiskyField, TermFields, usualTerms } from "./grant-terms.tsx";
import { TextField } from "./text-field.tsx";

/** The form; where the request waits is shown above it. */
export function GuestForm(): JSX.Element {
  const address = useSignal("");
  const terms = useSignal<Terms>({ ...usualTerms, days: 7 });
  const change = (part: Partial<Terms>): void => {
    terms.value = { ...terms.value, ...part };
  };
  const onAsk = async (): Promise<void> => {
    const asked = address.value;
    await ask({ kind: "guest-add", guest: { address: asked.trim(), ...askedTerms(terms.value) } });
    // What was typed meanwhile stays.
    if (address.value === asked) address.value = "";
  };
  const fields = (
    <>
      <TextField
        label={say("guestAddress")}
        name="guest"
        most={320}
        placeholder="bob@example.net"
        inputMode="email"
        value={address.value}
        onText={(text) => {
          address.value = text;
        }}
      />
      <TermFields value={terms.value} onChange={change} />
    </>
  );
  const ticks = <RiskyField value={terms.value} onChange={change} />;
  return (
    <AskForm title="guestTitle" how="guestHow" fields={fields} ticks={ticks} isComplete={address.value.trim() !== ""} onAsk={onAsk}>
      <p class="quiet">{say("guestSays")}</p>
    </AskForm>
  );
}
