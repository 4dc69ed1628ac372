/** The configuration as it counts, drawn from its schema by its parts: what differs from the standard is marked, and what it takes to change it is said. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { SettingsView } from "../../api/web-v1.ts";
import { call } from "../hub/call.ts";
import { say } from "../words/words.ts";
import { Failure } from "./failure.tsx";
import { TextField } from "./text-field.tsx";

type Setting = SettingsView["settings"][number];

/** The list, fetched when it is opened. */
export function Settings(): JSX.Element {
  const known = useSignal<readonly Setting[]>([]);
  const wanted = useSignal("");
  const failure = useSignal<unknown>(undefined);
  const load = (): void => {
    call<SettingsView>("/v1/settings").then(
      ({ settings }) => {
        known.value = settings;
      },
      (error: unknown) => {
        failure.value = error;
      },
    );
  };
  const groups = new Map<string, Setting[]>();
  for (const setting of known.value) {
    const { key, about } = setting;
    if (!`${key} ${about}`.toLowerCase().includes(wanted.value.trim().toLowerCase())) continue;
    const group = key.split(".")[0] ?? key;
    groups.set(group, [...(groups.get(group) ?? []), setting]);
  }
  return (
    <section class="card">
      <details onToggle={(event) => event.currentTarget.open && load()}>
        <summary>
          <h2>{say("settings")}</h2>
        </summary>
        <p class="quiet">{say("settingsHow")}</p>
        <TextField
          label={say("settingsFind")}
          name="settings"
          most={64}
          value={wanted.value}
          onText={(text) => {
            wanted.value = text;
          }}
        />
        <Failure error={failure.value} />
        {[...groups].map(([group, settings]) => (
          <section key={group}>
            <h3 class="code">{group}</h3>
            <dl class="settings">
              {settings.map(({ key, value, standard, restart, about }) => (
                <div key={key}>
                  <dt class="code">{key}</dt>
                  <dd>
                    <span class="code">{value ?? say("unset")}</span>
                    {standard ? null : <strong> {say("changed")}</strong>}
                    <small>
                      {about} {restart ? say("needsRestart") : ""}
                    </small>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </details>
    </section>
  );
}
