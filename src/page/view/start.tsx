/** The first day of a house, step by step: places, the owner's leave, the first device, what is kept for the worst day. Made of the parts of the other views. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { ask, isOpen, places, questions } from "../hub/asked.ts";
import { rooms } from "../hub/house.ts";
import type { Word } from "../words/words.ts";
import { say } from "../words/words.ts";
import { ownerProgram } from "./box-card.tsx";
import { CodeList } from "./code-list.tsx";
import { Failure } from "./failure.tsx";
import { Questions } from "./questions.tsx";
import { Scan } from "./scan.tsx";
import { TextField } from "./text-field.tsx";

const usual: readonly Word[] = ["roomKitchen", "roomLiving", "roomBedroom", "roomBath", "roomHall", "roomOffice"];

/** The view. */
export function Start(): JSX.Element {
  return (
    <>
      <h1>{say("startTitle")}</h1>
      <p class="quiet">{say("startHow")}</p>
      <ol class="wizard">
        <Step word="startPlaces" isDone={places.value.length > 0}>
          <Places />
        </Step>
        <Step word="startWindow" isDone={false}>
          <p>{say("startWindowHow")}</p>
          <pre>{`${ownerProgram()} device window 10m`}</pre>
        </Step>
        <Step word="startDevice" isDone={rooms.value.length > 0}>
          <Scan />
          <CodeList />
        </Step>
        <Step word="startBackup" isDone={false}>
          <p>{say("startBackupHow")}</p>
          <pre>{`${ownerProgram()} account escrow --quorum 2 --shares 3`}</pre>
        </Step>
      </ol>
      <p>
        <a href="#devices">{say("startOver")}</a>
      </p>
    </>
  );
}

function Step(options: { readonly word: Word; readonly isDone: boolean; readonly children: JSX.Element | JSX.Element[] }): JSX.Element {
  const { word, isDone, children } = options;
  return (
    <li class={`card ${isDone ? "done" : ""}`}>
      <h2>
        {say(word)} {isDone ? <span class="success">✓&nbsp;{say("stepDone")}</span> : null}
      </h2>
      {children}
    </li>
  );
}

/** Names of places, chosen or typed; the owner is asked for each. */
function Places(): JSX.Element {
  const chosen = useSignal<readonly string[]>([]);
  const typed = useSignal("");
  const failure = useSignal<unknown>(undefined);
  const known = new Set(places.value.map(({ name }) => name.toLowerCase()));
  const asked = questions.value.filter(({ change }) => change?.kind === "place-add");
  const offered = usual.map((word) => say(word)).filter((name) => !known.has(name.toLowerCase()));
  const send = async (): Promise<void> => {
    failure.value = undefined;
    const own = typed.value.trim();
    const names = [...chosen.value, ...(own === "" ? [] : [own])];
    try {
      for (const name of names) {
        await ask({ kind: "place-add", name });
        chosen.value = chosen.value.filter((each) => each !== name);
        // What was typed meanwhile stays.
        if (name === own && typed.value.trim() === own) typed.value = "";
      }
    } catch (error) {
      failure.value = error;
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {known.size === 0 ? null : <p>{say("startKnown", { names: places.value.map(({ path }) => path.join(" / ")).join(", ") })}</p>}
      <div class="row">
        {offered.map((name) => (
          <button
            key={name}
            type="button"
            class="chip"
            aria-pressed={chosen.value.includes(name)}
            onClick={() => {
              chosen.value = chosen.value.includes(name) ? chosen.value.filter((each) => each !== name) : [...chosen.value, name];
            }}
          >
            {name}
          </button>
        ))}
      </div>
      <TextField
        label={say("startOwnPlace")}
        name="place"
        most={128}
        value={typed.value}
        onText={(text) => {
          typed.value = text;
        }}
      />
      <button type="submit" class="strong">
        {say("askOwner")}
      </button>
      <Failure error={failure.value} />
      <Questions list={asked.slice(0, 8)} plain />
      {asked.some(isOpen) ? <p class="quiet">{say("startAllow")}</p> : null}
    </form>
  );
}
