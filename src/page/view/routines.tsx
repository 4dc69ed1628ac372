/** What the house does by a name or at a time: scenes, timers and repeated orders, each explained in words. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { SceneView } from "../../api/house-v1.ts";
import type { AutomationView, SayResult } from "../../api/hub-v1.ts";
import { ask, askedOf, isOpen, questions } from "../hub/asked.ts";
import { call } from "../hub/call.ts";
import type { Word } from "../words/words.ts";
import { say, term, time } from "../words/words.ts";
import { Confirm } from "./confirm.tsx";
import { Failure } from "./failure.tsx";
import { Questions } from "./questions.tsx";

const results: Readonly<Record<NonNullable<AutomationView["last"]>["result"], Word>> = {
  done: "ranDone",
  failed: "ranFailed",
  missed: "ranMissed",
  unknown: "ranUnknown",
};

/** What is not said by its time. */
const states: Readonly<Partial<Record<NonNullable<AutomationView["state"]>, Word>>> = {
  watching: "isWatching",
  paused: "isPaused",
  stopped: "isStopped",
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
  // What the owner has answered may have changed the list.
  const waiting = questions.value.filter(isOpen).length;
  useEffect(() => void load(), [waiting]);
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

function Scene({ scene: { key, name, orders } }: { readonly scene: SceneView }): JSX.Element {
  const busy = useSignal(false);
  const isSure = useSignal(true);
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
  const asked = askedOf(key).slice(0, 1);
  const remove = async (): Promise<void> => {
    failure.value = undefined;
    try {
      await ask({ kind: "scene-delete", scene: key });
    } catch (error) {
      failure.value = error;
    }
  };
  return (
    <li class="card" aria-busy={busy.value}>
      <div class="head">
        <h3>{name}</h3>
        <button type="button" class="strong" disabled={busy.value} aria-label={`${say("run")}: ${name}`} onClick={() => void run()}>
          {say("run")}
        </button>
        <button type="button" disabled={asked.some(isOpen)} aria-label={`${say("delete")}: ${name}`} onClick={() => (isSure.value = false)}>
          {say("delete")}
        </button>
      </div>
      {isSure.value ? null : (
        <Confirm
          question={say("sceneDelete", { name })}
          yes={say("askOwner")}
          onAnswer={(isYes) => {
            isSure.value = true;
            if (isYes) void remove();
          }}
        />
      )}
      <ul class="lines">
        {orders.map(({ device, name: called, command, values, shown }) => (
          <li key={`${device} ${command} ${JSON.stringify(values)}`}>
            <span>{called}</span> <span class="quiet">{values.length === 0 ? term(command) : shown.join(", ")}</span>
          </li>
        ))}
      </ul>
      <div role="status">{told.value ? <p class={told.value.kind === "done" ? "success" : "failure"}>{told.value.text}</p> : null}</div>
      <Failure error={failure.value} />
      <Questions list={asked} plain />
    </li>
  );
}

function Timer({ timer, onChange }: { readonly timer: AutomationView; readonly onChange: () => void }): JSX.Element {
  const { key, said, spoken, by, repeats, state, due, last } = timer;
  const failure = useSignal<unknown>(undefined);
  const change = (path: string): void =>
    void call(path, { key }).then(onChange, (error: unknown) => {
      failure.value = error;
    });
  const word = state && states[state];
  // What runs is stopped, what is over is deleted.
  const isRunning = due !== undefined || state === "watching";
  return (
    <li class="card">
      <div class="head">
        <h3>{spoken}</h3>
        {state === "stopped" ? (
          <button type="button" class="strong" aria-label={`${say("resume")}: ${spoken}`} onClick={() => change("/v1/automation/resume")}>
            {say("resume")}
          </button>
        ) : null}
        <button type="button" aria-label={`${say(isRunning ? "stop" : "delete")}: ${spoken}`} onClick={() => change("/v1/automation/delete")}>
          {say(isRunning ? "stop" : "delete")}
        </button>
      </div>
      {word === undefined ? null : <p class={state === "stopped" ? "failure" : ""}>{say(word)}</p>}
      <p class="quiet">{say("saidBy", { said, name: by })}</p>
      {due === undefined ? null : <p>{say(repeats ? "nextAt" : "onceAt", { time: time(due) })}</p>}
      {last ? (
        <p class={last.result === "failed" ? "failure" : "quiet"}>
          {say(results[last.result], { time: time(last.at) })} {last.text}
        </p>
      ) : null}
      <Failure error={failure.value} />
    </li>
  );
}
