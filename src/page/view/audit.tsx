/** Who gave which order, and what came of it; and whether the list is the one that was written. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { AuditLineView, AuditVerdictView } from "../../api/hub-v1.ts";
import { call } from "../hub/call.ts";
import { say, term, time, type Word } from "../words/words.ts";
import { Failure } from "./failure.tsx";

/** Lines at once; older ones are `mesh-hub audit`'s. */
const most = 100;
const day = 86_400_000;
/** Results of orders in the page's language; codes of errors stay as they are. */
const results: ReadonlyMap<string, Word> = new Map([
  ["Accept", "auditAccept"],
  ["Reject", "auditReject"],
  ["Pending", "auditPending"],
]);

function resultOf(outcome: string): string {
  const word = results.get(outcome);
  return word === undefined ? outcome : say(word);
}

/** The list, fetched when it is opened. */
export function Audit(): JSX.Element {
  const lines = useSignal<readonly AuditLineView[] | undefined>(undefined);
  const verdict = useSignal<AuditVerdictView | undefined>(undefined);
  const failure = useSignal<unknown>(undefined);
  const attempt = async (task: () => Promise<void>): Promise<void> => {
    failure.value = undefined;
    await task().catch((error: unknown) => {
      failure.value = error;
    });
  };
  const load = async (): Promise<void> => {
    const found = await call<{ lines: AuditLineView[] }>("/v1/audit", { since: Date.now() - 7 * day });
    lines.value = found.lines.slice(-most).reverse();
  };
  const verify = async (): Promise<void> => {
    verdict.value = await call<AuditVerdictView>("/v1/audit/verify", {});
  };
  return (
    <section class="card">
      <details onToggle={(event) => event.currentTarget.open && void attempt(load)}>
        <summary>
          <h2>{say("audit")}</h2>
        </summary>
        <p class="quiet">{say("auditHow")}</p>
        <div class="row">
          <button type="button" onClick={() => void attempt(verify)}>
            {say("auditVerify")}
          </button>
        </div>
        <div role="status">
          {verdict.value ? (
            <p class={verdict.value.broken ? "failure" : "success"}>
              {verdict.value.broken
                ? say("auditBroken", { line: verdict.value.broken.line, reason: verdict.value.broken.reason })
                : say("auditWhole", { n: verdict.value.count })}
            </p>
          ) : null}
        </div>
        <Failure error={failure.value} />
        {lines.value?.length === 0 ? <p class="quiet">{say("auditNone")}</p> : null}
        <ol class="lines">
          {(lines.value ?? []).map(({ line, at, principal, from, name, command, outcome, alike }) => (
            <li key={line}>
              <span>
                <strong>{name}</strong> <span class="term">{term(command)}</span>: {resultOf(outcome)}
                {alike === undefined ? "" : ` (+${alike})`}
              </span>
              <span class="quiet">
                {principal}, {say(from === "afar" ? "fromAfar" : "fromHouse")}, {time(at)}
              </span>
            </li>
          ))}
        </ol>
      </details>
    </section>
  );
}
