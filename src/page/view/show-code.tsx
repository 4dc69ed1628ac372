/** Over plain HTTP: shows codes of a photo to the hub. They get no further than a list that whoever is signed in sees. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { CallError, call } from "../hub/call.ts";
import { say } from "../words/words.ts";
import { Scan } from "./scan.tsx";

/** The photo, and what became of each code in it. */
export function ShowCode(): JSX.Element {
  const told = useSignal<ReadonlyMap<string, string>>(new Map());
  const show = (uri: string): void => {
    if (told.value.has(uri) || told.value.size >= 32) return;
    const tell = (text: string): void => {
      told.value = new Map(told.value).set(uri, text);
    };
    tell("…");
    call("/welcome/code", { uri }).then(
      () => tell(say("shownTaken")),
      (error: unknown) => tell(error instanceof CallError && error.message !== "" ? `${error.message} ${error.hint}` : say("hubAway")),
    );
  };
  return (
    <section>
      <h2>{say("showTitle")}</h2>
      <p class="quiet">{say("showHow")}</p>
      <Scan onCode={show} />
      <ul class="lines" aria-live="polite">
        {[...told.value].map(([uri, text]) => (
          <li key={uri}>
            <span class="code">{uri}</span> <span>{text}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
