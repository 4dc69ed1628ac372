/** The newest of what the hub has logged, for whoever looks for a fault. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { LogLine } from "../../api/house-v1.ts";
import { call } from "../hub/call.ts";
import { say, time } from "../words/words.ts";
import { Failure } from "./failure.tsx";

/** The list, fetched when it is opened. */
export function Logs(): JSX.Element {
  const lines = useSignal<readonly LogLine[]>([]);
  const isAll = useSignal(false);
  const failure = useSignal<unknown>(undefined);
  const load = (): void => {
    failure.value = undefined;
    call<{ lines: LogLine[] }>("/v1/logs").then(
      (known) => {
        lines.value = known.lines.toReversed();
      },
      (error: unknown) => {
        failure.value = error;
      },
    );
  };
  const shown = lines.value.filter(({ level }) => isAll.value || level !== "info");
  return (
    <section class="card">
      <details onToggle={(event) => event.currentTarget.open && load()}>
        <summary>
          <h2>{say("logs")}</h2>
        </summary>
        <div class="row">
          <label class="tick">
            <input
              type="checkbox"
              checked={isAll.value}
              onChange={(event) => {
                isAll.value = event.currentTarget.checked;
              }}
            />{" "}
            {say("logsAll")}
          </label>
          <button type="button" onClick={load}>
            {say("reload")}
          </button>
        </div>
        <Failure error={failure.value} />
        {shown.length === 0 ? <p class="quiet">{say("logsNone")}</p> : null}
        <ol class="lines code">
          {shown.map(({ at, level, module, event, data }, place) => (
            <li key={`${lines.value.length - place} ${at}`} data-level={level}>
              <span>
                {time(at)} <strong>{event}</strong> {module}
              </span>
              {data === undefined ? null : <span class="quiet">{data}</span>}
            </li>
          ))}
        </ol>
      </details>
    </section>
  );
}
