/** Asks the owner to let a guest in: a person with an account of his own, whom a machine of the owner knows as a contact. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { ask } from "../hub/asked.ts";
import { say } from "../words/words.ts";
import { Failure } from "./failure.tsx";
import type { Terms } from "./grant-terms.tsx";
import { askedTerms, RiskyField, TermFields, usualTerms } from "./grant-terms.tsx";

/** The form; where the request waits is shown above it. */
export function GuestForm(): JSX.Element {
  const address = useSignal("");
  const terms = useSignal<Terms>({ ...usualTerms, days: 7 });
  const failure = useSignal<unknown>(undefined);
  const change = (part: Partial<Terms>): void => {
    terms.value = { ...terms.value, ...part };
  };
  const send = async (): Promise<void> => {
    failure.value = undefined;
    try {
      await ask({ kind: "guest-add", guest: { address: address.value.trim(), ...askedTerms(terms.value) } });
      address.value = "";
    } catch (error) {
      failure.value = error;
    }
  };
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        if (address.value.trim() !== "") void send();
      }}
    >
      <h2>{say("guestTitle")}</h2>
      <p class="quiet">{say("guestHow")}</p>
      <div class="fields">
        <label class="field">
          {say("guestAddress")}
          <input
            type="text"
            inputMode="email"
            name="guest"
            maxLength={320}
            autoComplete="off"
            placeholder="bob@example.net"
            value={address.value}
            onInput={(event) => {
              address.value = event.currentTarget.value;
            }}
          />
        </label>
        <TermFields value={terms.value} onChange={change} />
      </div>
      <RiskyField value={terms.value} onChange={change} />
      <div class="row">
        <button type="submit" class="strong">
          {say("askOwner")}
        </button>
      </div>
      <Failure error={failure.value} />
      <p class="quiet">{say("guestSays")}</p>
    </form>
  );
}
