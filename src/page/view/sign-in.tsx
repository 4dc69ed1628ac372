/** What is shown to who has not signed in. */
import type { JSX } from "preact";
import { say } from "../words/words.ts";
import { LanguageChoice } from "./language.tsx";

/** How to get a link. */
export function SignIn({ failed }: { readonly failed: boolean }): JSX.Element {
  return (
    <section class="card narrow">
      <h1>{say("signInTitle")}</h1>
      {failed ? (
        <p class="failure" role="alert">
          {say("signInUsed")}
        </p>
      ) : null}
      <p>{say("signInHow")}</p>
      <pre>mesh-hub open</pre>
      <LanguageChoice />
    </section>
  );
}
