/** What the house does by a name or at a time: scenes, timers and repeated orders, each explained in words. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { SceneView } from "../../api/house-v1.ts";
import type { AutomationView, SayResult } from "../../api/hub-v1.ts";
import { call } from "../hub/call.ts";
import type { Word } from "../words/words.ts";
import { say, term, time } from "../words/words.ts";
import { Failure } from "./failure.tsx";

const results: Readonly<Record<NonNullable<AutomationView["last"]>["result"], Word>> = {
  done: "ranDone",
  failed: "ranFailed",
  missed: "ranMissed",
  unknown: "ranUnknown",
};

/** The view. */
export function Routines(): JSX.Element {
  const scenes = useSignal<readonly SceneView[] | undefined>(undefined);
  const timers = useSignal<readonly AutomationView[] | undefined>(undefined);
  const failure = useSignal<unknown>(undefined);
  const load = async (): Promise<void> => {
    try {
      const [known, waiting] = await Promise.all([
        call<{ scenes: SceneView[] }>("/v1/scenes"),
        call<{ automations: AutomationView[] }>("/v1/automations"),
      ]);
      scenes.value = known.scenes;
      timers.value = waiting.automations;
    } catch (error) {
      failure.value = error;
    }
  };
  useEffect(() => void load(), []);
  return (
    <>
      <h1>{say("routines")}</h1>
      <Failure error={failure.value} />
      <section aria-label={say("scenes")}>
        <h2>{say("scenes")}</h2>
        {scenes.value?.length === 0 ? <Empty word="noScenes" command="meshman scene add" /> : null}
        <ul class="cards">
          {(scenes.value ?? []).map((scene) => (
            <Scene key={scene.key} scene={scene} />
          ))}
        </ul>
      </section>
      <section aria-label={say("timers")}>
        <h2>{say("timers")}</h2>
        {timers.value?.length === 0 ? <Empty word="noTimers" /> : null}
        <ul class="cards">
          {(timers.value ?? []).map((timer) => (
            <Timer key={timer.key} timer={timer} onChange={() => void load()} />
          ))}
        </ul>
      </section>
    </>
  );
}

function Empty({ word, command }: { readonly word: Word; readonly command?: string }): JSX.Element {
  return (
    <p class="card quiet">
      {say(word)} {command === undefined ? null : <code>{command}</code>}
    </p>
  );
}

function Scene({ scene: { name, orders } }: { readonly scene: SceneView }): JSX.Element {
  const busy = useSignal(false);
  const told = useSignal<SayResult | undefined>(undefined);
  const failure = useSignal<unknown>(undefined);
  const run = async (): Promise<void> => {
    busy.value = true;
    failure.value = undefined;
    try {
      told.value = await call<SayResult>("/v1/say", { text: name });
    } catch (error) {
      failure.value = error;
    }
    busy.value = false;
  };
  return (
    <li class="card" aria-busy={busy.value}>
      <div class="head">
        <h3>{name}</h3>
        <button type="button" class="strong" disabled={busy.value} aria-label={`${say("run")}: ${name}`} onClick={() => void run()}>
          {say("run")}
        </button>
      </div>
      <ul class="lines">
        {orders.map(({ device, name: called, command, values, shown }) => (
          <li key={`${device} ${command} ${JSON.stringify(values)}`}>
            <span>{called}</span> <span class="quiet">{values.length === 0 ? term(command) : shown.join(", ")}</span>
          </li>
        ))}
      </ul>
      <div role="status">{told.value ? <p class={told.value.kind === "done" ? "success" : "failure"}>{told.value.text}</p> : null}</div>
      <Failure error={failure.value} />
    </li>
  );
}

function Timer({ timer, onChange }: { readonly timer: AutomationView; readonly onChange: () => void }): JSX.Element {
  const { key, said, spoken, by, repeats, due, last } = timer;
  const failure = useSignal<unknown>(undefined);
  return (
    <li class="card">
      <div class="head">
        <h3>{spoken}</h3>
        <button
          type="button"
          aria-label={`${say(due === undefined ? "delete" : "stop")}: ${spoken}`}
          onClick={() =>
            void call("/v1/automation/delete", { key }).then(onChange, (error: unknown) => {
              failure.value = error;
            })
          }
        >
          {say(due === undefined ? "delete" : "stop")}
        </button>
      </div>
      <p class="quiet">{say("saidBy", { said, name: by })}</p>
      {due === undefined ? null : <p>{say(repeats ? "nextAt" : "onceAt", { time: time(due) })}</p>}
      {last ? (
        <p class="quiet">
          {say(results[last.result], { time: time(last.at) })} {last.text}
        </p>
      ) : null}
      <Failure error={failure.value} />
    </li>
  );
}
