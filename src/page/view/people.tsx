/** Who else may do something in the house, and what waits for the owner. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { GrantView } from "../../api/house-v1.ts";
import { ask, askedOf, isOpen, questions } from "../hub/asked.ts";
import { call } from "../hub/call.ts";
import type { Word } from "../words/words.ts";
import { say, term, time } from "../words/words.ts";
import { Failure } from "./failure.tsx";
import { GrantForm } from "./grant-form.tsx";
import { GuestForm } from "./guest-form.tsx";
import { Questions } from "./questions.tsx";

const kinds: Readonly<Record<string, Word>> = {
  guest: "kindGuest",
  page: "kindPage",
  token: "kindToken",
  satellite: "kindSatellite",
};

/** The view. */
export function People(): JSX.Element {
  const grants = useSignal<readonly GrantView[] | undefined>(undefined);
  const failure = useSignal<unknown>(undefined);
  const open = questions.value.filter(isOpen);
  const over = questions.value.filter((question) => !isOpen(question));
  useEffect(() => {
    call<{ grants: GrantView[] }>("/v1/grants").then(
      (known) => {
        grants.value = known.grants;
      },
      (error: unknown) => {
        failure.value = error;
      },
    );
  }, [open.length]);
  return (
    <>
      <h1>{say("people")}</h1>
      <Failure error={failure.value} />
      <section class="card">
        <h2>{say("waitsTitle")}</h2>
        {open.length === 0 ? <p class="quiet">{say("waitsNone")}</p> : <p class="quiet">{say("waitsHow")}</p>}
        <Questions list={open} />
        {over.length === 0 ? null : (
          <details>
            <summary>{say("waitsOver", { n: over.length })}</summary>
            <Questions list={over} />
          </details>
        )}
      </section>
      <section aria-label={say("grants")}>
        <h2>{say("grants")}</h2>
        {grants.value?.length === 0 ? <p class="card quiet">{say("grantsNone")}</p> : null}
        <ul class="cards">
          {(grants.value ?? []).map((grant) => (
            <Grant key={grant.key} grant={grant} />
          ))}
        </ul>
      </section>
      <GuestForm />
      <GrantForm />
    </>
  );
}

function Grant({ grant }: { readonly grant: GrantView }): JSX.Element {
  const { key, kind, name, address, rights, until, signs, ended } = grant;
  const failure = useSignal<unknown>(undefined);
  const asked = askedOf(key).slice(0, 1);
  const kindWord = kinds[kind];
  return (
    <li class={`card ${ended ? "ended" : ""}`}>
      <div class="head">
        <h3>{name}</h3>
        <button
          type="button"
          disabled={asked.some(isOpen)}
          aria-label={`${say("takeBack")}: ${name}`}
          onClick={() =>
            void ask({ kind: "grant-delete", grant: key }).catch((error: unknown) => {
              failure.value = error;
            })
          }
        >
          {say("takeBack")}
        </button>
      </div>
      <p class="quiet">
        {kindWord === undefined ? term(kind) : say(kindWord)}
        {address === undefined ? "" : `, ${address}`}
      </p>
      <ul class="lines">
        {rights.map((right) => (
          <li key={JSON.stringify(right)}>
            {say(right.allows === "command" ? (right.risky ? "mayOrderRisky" : "mayOrder") : "maySee", { where: whereOf(right) })}
          </li>
        ))}
        {signs ? <li>{say("signsChanges")}</li> : null}
      </ul>
      {until === undefined ? null : <p class="quiet">{say(ended ? "grantEnded" : "grantUntil", { time: time(until) })}</p>}
      <Failure error={failure.value} />
      <Questions list={asked} plain />
    </li>
  );
}

function whereOf({ places, devices, classes, commands }: GrantView["rights"][number]): string {
  const limits = [...(places ?? []), ...(devices ?? []), ...(classes ?? []).map(term), ...(commands ?? []).map(term)];
  return limits.length === 0 && !places && !devices && !classes && !commands ? say("everywhere") : limits.join(", ") || say("nowhere");
}
