/** How the hub is, and this page's session. */
import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { HubStatus } from "../../api/hub-v1.ts";
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
  return (
    <>
      <h1>{say("hub")}</h1>
      <Failure error={failure.value} />
      {hub ? (
        <>
          <Alarm hub={hub} failure={failure} />
          <Figures hub={hub} />
        </>
      ) : (
        <p class="center">{say("loading")}</p>
      )}
      <BoxCard />
      <Audit />
      <Settings />
      <Logs />
      <Session failure={failure} />
    </>
  );
}

/** What its owner has to see, until he says that he has. */
function Alarm({ hub, failure }: { readonly hub: HubStatus; readonly failure: Signal<unknown> }): JSX.Element | null {
  const { service, damaged } = hub;
  if (service.alarm === undefined && !damaged) return null;
  return (
    <section class="card failure" role="alert">
      <h2>{say("alarm")}</h2>
      {service.alarm === undefined ? null : <p>{service.alarm}</p>}
      {(damaged ?? []).map((damage) => (
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
  );
}

/** Devices, what waits and whether the service is there; what the hub is made of. */
function Figures({ hub }: { readonly hub: HubStatus }): JSX.Element {
  const isAway = hub.service.reachable === false;
  return (
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
          <strong class={isAway ? "bad" : ""}>{isAway ? "✕" : "✓"}</strong> {say(isAway ? "serviceAway" : "serviceReached")}
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
  );
}

/** Who is signed in here, by what, in which language. */
function Session({ failure }: { readonly failure: Signal<unknown> }): JSX.Element {
  const { name = "", until } = session.value ?? {};
  return (
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
  );
}
