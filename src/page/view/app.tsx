/** The frame around the views: how the page stands with its hub, where one can go, and what is shown. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { isOpen as isWaiting, questions } from "../hub/asked.ts";
import type { Connection } from "../hub/house.ts";
import { connection } from "../hub/house.ts";
import type { Word } from "../words/words.ts";
import { say } from "../words/words.ts";
import { Connect } from "./connect.tsx";
import { Devices } from "./devices.tsx";
import { HubView } from "./hub-view.tsx";
import { Icon } from "./icon.tsx";
import { People } from "./people.tsx";
import { Routines } from "./routines.tsx";
import { SignIn } from "./sign-in.tsx";
import { Start } from "./start.tsx";
import { Welcome } from "./welcome.tsx";

/** The part of the address that says which view is shown. */
export const route = signal(location.hash);
/** The link that this page was opened by let nobody in. */
export const linkFailed = signal(false);

const views: readonly { readonly at: `#${string}`; readonly word: Word; readonly View: () => JSX.Element }[] = [
  { at: "#devices", word: "devices", View: Devices },
  { at: "#routines", word: "routines", View: Routines },
  { at: "#connect", word: "connect", View: Connect },
  { at: "#people", word: "people", View: People },
  { at: "#hub", word: "hub", View: HubView },
];
/** Not in the menu: the first day, which the empty list of devices leads to. */
const others: typeof views = [{ at: "#start", word: "startTitle", View: Start }];
const stands: Readonly<Record<Connection, Word>> = { connecting: "connecting", live: "live", lost: "lost", "signed-out": "signedOut" };

/** The whole page. */
export function App(): JSX.Element {
  const isOpen = isSecureContext;
  const isOut = !isOpen || connection.value === "signed-out";
  const shown = [...views, ...others].find(({ at }) => at === route.value) ?? views[0];
  const waiting = questions.value.filter(isWaiting).length;
  const main = useRef<HTMLElement>(null);
  const before = useRef(route.value);
  useEffect(() => {
    if (before.current === route.value) return;
    before.current = route.value;
    main.current?.focus();
  }, [route.value]);
  document.title = `${shown && !isOut ? `${say(shown.word)} · ` : ""}Mesh Hub`;
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {say("skip")}
      </button>
      <header>
        <span class="brand">
          <img src="/icon.svg" alt="" width="28" height="28" /> Mesh Hub
        </span>
        {isOpen ? (
          <p class={`stand ${connection.value}`} role="status">
            <span class="dot" aria-hidden="true" />
            {say(stands[connection.value])}
          </p>
        ) : null}
        {isOut ? null : (
          <nav aria-label="Mesh Hub">
            {views.map(({ at, word }) => (
              <a key={at} href={at} aria-current={shown?.at === at ? "page" : undefined}>
                <Icon name={at.slice(1)} />
                <span>{say(word)}</span>
                {at === "#people" && waiting > 0 ? (
                  <span class="badge">
                    {waiting} <span class="hidden">{say("waitsTitle")}</span>
                  </span>
                ) : null}
              </a>
            ))}
          </nav>
        )}
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {!isOpen ? <Welcome /> : isOut ? <SignIn failed={linkFailed.value} /> : shown ? <shown.View /> : null}
      </main>
    </>
  );
}
