/** The configuration as it counts, drawn from its schema: what differs from the standard is marked. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { SettingsView } from "../../api/web-v1.ts";
import { call } from "../hub/call.ts";
import { say } from "../words/words.ts";
import { Failure } from "./failure.tsx";

/** The list, fetched when it is opened. */
export function Settings(): JSX.Element {
  const known = useSignal<SettingsView | undefined>(undefined);
  const failure = useSignal<unknown>(undefined);
  const load = (): void => {
    call<SettingsView>("/v1/settings").then(
      (settings) => {
        known.value = settings;
      },
      (error: unknown) => {
        failure.value = error;
      },
    );
  };
  return (
    <section class="card">
      <h2>{say("settings")}</h2>
      <p class="quiet">{say("settingsHow")}</p>
      <details onToggle={(event) => event.currentTarget.open && load()}>
        <summary>{say("settings")}</summary>
        <Failure error={failure.value} />
        <dl class="settings">
          {(known.value?.settings ?? []).map(({ key, value, standard, about }) => (
            <div key={key}>
              <dt class="code">{key}</dt>
              <dd>
                <span class="code">{value ?? say("unset")}</span>
                {standard ? null : <strong> {say("changed")}</strong>}
                <small>{about}</small>
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  );
}
