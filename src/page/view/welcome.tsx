/** What is shown over plain HTTP from another machine: how to come in safely. Nothing on it is a secret, and it takes none. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { call } from "../hub/call.ts";
import { say } from "../words/words.ts";
import { Failure } from "./failure.tsx";
import { LanguageChoice } from "./language.tsx";
import { ShowCode } from "./show-code.tsx";

interface Welcomed {
  readonly hubUdf: string;
  readonly port?: number;
  readonly fingerprint?: string;
}

/** The view. */
export function Welcome(): JSX.Element {
  const known = useSignal<Welcomed | undefined>(undefined);
  const failure = useSignal<unknown>(undefined);
  useEffect(() => {
    call<Welcomed>("/welcome.json").then(
      (welcome) => {
        known.value = welcome;
      },
      (error: unknown) => {
        failure.value = error;
      },
    );
  }, []);
  const { hubUdf, port, fingerprint } = known.value ?? {};
  const secure = port === undefined ? undefined : `https://${location.hostname}:${port}/`;
  return (
    <section class="card narrow">
      <h1>{say("welcomeTitle")}</h1>
      <Failure error={failure.value} />
      {known.value && secure === undefined ? <p class="failure">{say("welcomeNoTls")}</p> : null}
      {secure === undefined ? null : (
        <>
          <p>{say("welcomeHow")}</p>
          <ol>
            <li>
              <p>{say("welcomeTrust")}</p>
              <p>
                <a href="/authority.crt" download="mesh-hub.crt">
                  {say("welcomeGet")}
                </a>
              </p>
              <p class="code">{fingerprint}</p>
              <p class="quiet">{say("welcomeCompare")}</p>
            </li>
            <li>
              <p>{say("welcomeOpen")}</p>
              <p>
                <a href={secure}>{secure}</a>
              </p>
            </li>
          </ol>
          <p class="quiet">{say("welcomeHub")}</p>
          <p class="code">{hubUdf}</p>
        </>
      )}
      <ShowCode />
      <LanguageChoice />
    </section>
  );
}
