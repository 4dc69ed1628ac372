/** Changes of a device that the owner is asked for: its name, its place, that it goes. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { EditRequest } from "../../api/house-v1.ts";
import type { DeviceView } from "../../api/hub-v1.ts";
import { ask, askedOf, places } from "../hub/asked.ts";
import { say } from "../words/words.ts";
import { Confirm } from "./confirm.tsx";
import { Failure } from "./failure.tsx";
import { Questions } from "./questions.tsx";

interface PartOptions {
  readonly device: DeviceView;
  /** Asks the owner, and gives whether that went off well. */
  readonly send: (request: EditRequest) => Promise<boolean>;
}

/** The form, and what was asked by it. */
export function DeviceEdit({ device }: { readonly device: DeviceView }): JSX.Element {
  const failure = useSignal<unknown>(undefined);
  const notes = useSignal<readonly string[]>([]);
  const send = async (request: EditRequest): Promise<boolean> => {
    failure.value = undefined;
    notes.value = [];
    try {
      notes.value = (await ask(request)).notes ?? [];
      return true;
    } catch (error) {
      failure.value = error;
      return false;
    }
  };
  return (
    <div class="edit">
      <Rename device={device} send={send} />
      <Move device={device} send={send} />
      <Remove device={device} send={send} />
      <Failure error={failure.value} />
      <div role="status">
        {notes.value.map((note) => (
          <p key={note}>{note}</p>
        ))}
      </div>
      <Questions list={askedOf(device.udf).slice(0, 2)} plain />
    </div>
  );
}

function Rename({ device: { udf, name }, send }: PartOptions): JSX.Element {
  const wanted = useSignal<string | undefined>(undefined);
  const rename = async (): Promise<void> => {
    const typed = wanted.value ?? name;
    const text = typed.trim();
    if (text === "" || text === name || !(await send({ kind: "rename", device: udf, name: text }))) return;
    // What was typed meanwhile stays.
    if (wanted.value === typed) wanted.value = undefined;
  };
  return (
    <form
      class="control"
      onSubmit={(event) => {
        event.preventDefault();
        void rename();
      }}
    >
      <label>
        {say("name")} <span class="hidden">{name}</span>
        <input
          type="text"
          name="rename"
          maxLength={128}
          autoComplete="off"
          value={wanted.value ?? name}
          onInput={(event) => {
            wanted.value = event.currentTarget.value;
          }}
        />
      </label>
      <button type="submit" aria-label={`${say("rename")}: ${name}`}>
        {say("rename")}
      </button>
    </form>
  );
}

function Move({ device: { udf, name, place }, send }: PartOptions): JSX.Element | null {
  if (places.value.length === 0) return null;
  const here = places.value.find(({ path }) => path.join("\n") === place.join("\n"));
  return (
    <label class="field">
      <span>
        {say("place")} <span class="hidden">{name}</span>
      </span>
      <select name="move" value={here?.key ?? ""} onChange={(event) => void send({ kind: "move", device: udf, place: event.currentTarget.value })}>
        {here ? null : <option value="">–</option>}
        {places.value.map(({ key, path }) => (
          <option key={key} value={key}>
            {path.join(" / ")}
          </option>
        ))}
      </select>
    </label>
  );
}

function Remove({ device: { udf, name }, send }: PartOptions): JSX.Element {
  const isGoing = useSignal(false);
  if (isGoing.value)
    return (
      <Confirm
        question={say("removeReally", { name })}
        yes={say("removeYes")}
        onAnswer={(isYes) => {
          isGoing.value = false;
          if (isYes) void send({ kind: "remove", device: udf });
        }}
      />
    );
  return (
    <button
      type="button"
      class="plain"
      aria-label={`${say("removeDevice")}: ${name}`}
      onClick={() => {
        isGoing.value = true;
      }}
    >
      {say("removeDevice")}
    </button>
  );
}
