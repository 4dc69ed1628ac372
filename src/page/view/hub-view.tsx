/** How the hub is, and this page's session. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { call } from "../hub/call.ts";
import { refresh, status } from "../hub/house.ts";
import { session, signOut } from "../hub/session.ts";
import { say, time } from "../words/words.ts";
import { Audit } from "./audit.tsx";
import { BoxCard } from "./box-card.tsx";
import { Failure } from "./failure.tsx";
import { LanguageChoice } from "./language.tsx";
import { Logs } from "./logs.tsx";
import { PasskeyCard } from "./passkey-card.tsx";
import { Settings } from "./settings.tsx";

/** The view. */
export function HubView(): JSX.Element {
  const failure = useSignal<unknown>(undefined);
  useEffect(() => {
    refresh().catch((error: unknown) => {
      failure.value = error;
    });
  }, []);
  const hub = status.value;
  const { name = "", until } = session.value ?? {};
  return (
    <>
      <h1>{say("hub")}</h1>
      <Failure error={failure.value} />
      {hub ? (
        <>
          {hub.service.alarm !== undefined || hub.damaged ? (
            <section class="card failure" role="alert">
              <h2>{say("alarm")}</h2>
              {hub.service.alarm === undefined ? null : <p>{hub.service.alarm}</p>}
              {(hub.damaged ?? []).map((damage) => (
                <p key={damage}>{damage}</p>
              ))}
              <button
                type="button"
                onClick={() =>
                  void call("/v1/alarm/clear", {}).then(refresh, (error: unknown) => {
                    failure.value = error;
                  })
                }
              >
                {say("alarmSeen")}
              </button>
            </section>
          ) : null}
          <section class="card">
            <div class="figures">
              <p>
                <strong>
                  {hub.devices.online} / {hub.devices.total}
                </strong>{" "}
                {say("devicesOnline")}
              </p>
              <p>
                <strong>{hub.outbox.waiting}</strong> {say("waiting")}
              </p>
              <p>
                <strong class={hub.service.reachable === false ? "bad" : ""}>{hub.service.reachable === false ? "✕" : "✓"}</strong>{" "}
                {say(hub.service.reachable === false ? "serviceAway" : "serviceReached")}
              </p>
            </div>
            <dl>
              <dt>{say("account")}</dt>
              <dd>{hub.account}</dd>
              <dt>{say("service")}</dt>
              <dd>{hub.service.url}</dd>
              <dt>{say("media")}</dt>
              <dd>{hub.media.map((medium) => `${medium.name}: ${medium.state}`).join(", ")}</dd>
              <dt>{say("drivers")}</dt>
              <dd>{hub.drivers.loaded.join(", ")}</dd>
              <dt>{say("started")}</dt>
              <dd>{time(hub.started)}</dd>
              <dt>{say("fingerprint")}</dt>
              <dd class="code">{hub.hubUdf}</dd>
            </dl>
          </section>
        </>
      ) : (
        <p class="center">{say("loading")}</p>
      )}
      <BoxCard />
      <Audit />
      <Settings />
      <Logs />
      <section class="card">
        <h2>{say("session")}</h2>
        <p>{say("sessionName", { name, until: until === undefined ? "–" : time(until) })}</p>
        <PasskeyCard />
        <LanguageChoice />
        <button
          type="button"
          onClick={() =>
            void signOut().catch((error: unknown) => {
              failure.value = error;
            })
          }
        >
          {say("signOut")}
        </button>
      </section>
    </>
  );
}
