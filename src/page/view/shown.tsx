/** Codes that somebody has shown from a phone that is not let in: whoever is signed in goes on with them, or not. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { ShownCode } from "../../api/web-v1.ts";
import { addCode } from "../code/codes.ts";
import { call } from "../hub/call.ts";
import { say, time } from "../words/words.ts";
import { Failure } from "./failure.tsx";

const lookMs = 5000;

/** The list, looked at again every few seconds; nothing while there are none. */
export function Shown(): JSX.Element | null {
  const shown = useSignal<readonly ShownCode[]>([]);
  const failure = useSignal<unknown>(undefined);
  const load = (): void => {
    call<{ codes: ShownCode[] }>("/v1/codes").then(
      ({ codes }) => {
        shown.value = codes;
      },
      () => undefined,
    );
  };
  useEffect(() => {
    load();
    const timer = setInterval(load, lookMs);
    return () => clearInterval(timer);
  }, []);
  const decide = (code: ShownCode, isTaken: boolean): void => {
    failure.value = undefined;
    if (isTaken) addCode(code.uri);
    call("/v1/code/dismiss", { id: code.id }).then(load, (error: unknown) => {
      failure.value = error;
    });
  };
  if (shown.value.length === 0) return null;
  return (
    <section aria-label={say("shown")}>
      <h2>{say("shown")}</h2>
      <p class="quiet">{say("shownHow")}</p>
      <Failure error={failure.value} />
      <ul class="cards">
        {shown.value.map((code) => (
          <li key={code.id} class="card">
            <p class="code">{code.uri}</p>
            <p class="quiet">{say("shownFrom", { address: code.from, time: time(code.at) })}</p>
            <div class="row">
              <button type="button" class="strong" aria-label={`${say("goOn")}: ${code.uri}`} onClick={() => decide(code, true)}>
                {say("goOn")}
              </button>
              <button type="button" aria-label={`${say("remove")}: ${code.uri}`} onClick={() => decide(code, false)}>
                {say("remove")}
              </button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
