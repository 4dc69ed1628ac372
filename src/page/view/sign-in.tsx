/** What is shown to who has not signed in: by a passkey of this device, or by a link that the hub prints. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { CallError } from "../hub/call.ts";
import { follow } from "../hub/house.ts";
import { hasPasskeys, signInByPasskey } from "../hub/passkey.ts";
import { say } from "../words/words.ts";
import { LanguageChoice } from "./language.tsx";

/** The ways in. */
export function SignIn({ failed }: { readonly failed: boolean }): JSX.Element {
  const refused = useSignal("");
  const enter = async (): Promise<void> => {
    refused.value = "";
    try {
      await signInByPasskey();
      await follow();
    } catch (error) {
      refused.value = error instanceof CallError && error.message !== "" ? error.message : say("passkeyNone");
    }
  };
  return (
    <section class="card narrow">
      <h1>{say("signInTitle")}</h1>
      {failed ? (
        <p class="failure" role="alert">
          {say("signInUsed")}
        </p>
      ) : null}
      {hasPasskeys() ? (
        <>
          <button type="button" class="strong wide" onClick={() => void enter()}>
            {say("passkeySignIn")}
          </button>
          <div role="status">{refused.value === "" ? null : <p class="failure">{refused.value}</p>}</div>
          <p class="quiet">{say("passkeyOr")}</p>
        </>
      ) : null}
      <p>{say("signInHow")}</p>
      <pre>mesh-hub open</pre>
      <LanguageChoice />
    </section>
  );
}
