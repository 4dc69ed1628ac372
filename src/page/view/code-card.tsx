/** A code on its way: what to call its device, the nine steps, and on failure the cause and the remedy. */
import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { OnboardLine } from "../../api/hub-v1.ts";
import type { Code } from "../code/codes.ts";
import { connectCode, removeCode, steps } from "../code/codes.ts";
import { CallError } from "../hub/call.ts";
import type { Word } from "../words/words.ts";
import { say } from "../words/words.ts";
import { Failure } from "./failure.tsx";
import { TextField } from "./text-field.tsx";

const marks: Readonly<Record<OnboardLine["state"] | "waiting", { readonly sign: string; readonly word: Word }>> = {
  done: { sign: "✓", word: "stepDone" },
  started: { sign: "…", word: "stepNow" },
  failed: { sign: "✕", word: "stepFailed" },
  waiting: { sign: "·", word: "stepWaiting" },
};

/** A code in the list. */
export function CodeCard({ code, number }: { readonly code: Signal<Code>; readonly number: number }): JSX.Element {
  const { uri, state, last, error } = code.value;
  const title = say("codeN", { n: number });
  return (
    <li class="card code" data-state={state}>
      <h3>{title}</h3>
      <p class="quiet code">{uri}</p>
      {state === "waiting" ? <Names code={code} title={title} /> : <Progress code={code.value} />}
      {state === "done" ? (
        <p class="success" role="status">
          {say("connected", { name: last?.name ?? last?.deviceUdf ?? "" })}
        </p>
      ) : null}
      {state === "failed" ? <Cause last={last} error={error} /> : null}
      <div class="row">
        {state === "waiting" || state === "failed" ? (
          <button
            type="button"
            class="strong"
            aria-label={`${say(state === "failed" ? "again" : "connectThis")}: ${title}`}
            onClick={() => void connectCode(code)}
          >
            {say(state === "failed" ? "again" : "connectThis")}
          </button>
        ) : null}
        {state === "running" ? null : (
          <button type="button" aria-label={`${say("remove")}: ${title}`} onClick={() => removeCode(code)}>
            {say("remove")}
          </button>
        )}
      </div>
    </li>
  );
}

function Names({ code, title }: { readonly code: Signal<Code>; readonly title: string }): JSX.Element {
  return (
    <>
      {(["name", "place"] as const).map((part) => (
        <TextField
          key={part}
          label={
            <span>
              {say(part)} <span class="hidden">{title}</span>
            </span>
          }
          most={128}
          value={code.value[part]}
          onText={(text) => {
            code.value = { ...code.value, [part]: text };
          }}
        />
      ))}
    </>
  );
}

function Progress({ code }: { readonly code: Code }): JSX.Element {
  return (
    <ol class="steps" aria-label={say("progress")}>
      {steps.map((step) => {
        const line = code.steps.get(step);
        const { sign, word } = marks[line?.state ?? "waiting"];
        return (
          <li key={step} class={line?.state ?? "waiting"}>
            <span aria-hidden="true">{sign}</span> {say(step)} <span class="hidden">{say(word)}</span>
            {line && line.state !== "failed" ? <small>{line.message}</small> : null}
            {line?.notes?.map((note) => (
              <small key={note}>{note}</small>
            ))}
          </li>
        );
      })}
    </ol>
  );
}

function Cause({ last, error }: { readonly last: OnboardLine | undefined; readonly error: unknown }): JSX.Element {
  if (error instanceof CallError && error.status !== 0) return <Failure error={error} />;
  if (error !== undefined || last?.state !== "failed") {
    return (
      <p class="failure" role="alert">
        {say("lostInOnboarding")}
      </p>
    );
  }
  const hint = last.error?.hint ?? "";
  return (
    <div class="failure" role="alert">
      <p>{say("failedAt", { step: (steps as readonly string[]).includes(last.step) ? say(last.step as Word) : last.step })}</p>
      <p>{last.error?.message ?? last.message}</p>
      {hint === "" ? null : (
        <p>
          <strong>{say("remedy")}:</strong> {hint}
        </p>
      )}
    </div>
  );
}
