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

/** The form, and what was asked by it. */
export function DeviceEdit({ device }: { readonly device: DeviceView }): JSX.Element {
  const { udf, name } = device;
  const wanted = useSignal<string | undefined>(undefined);
  const isGoing = useSignal(false);
  const failure = useSignal<unknown>(undefined);
  const send = (request: EditRequest): void => {
    failure.value = undefined;
    ask(request).then(
      () => {
        wanted.value = undefined;
      },
      (error: unknown) => {
        failure.value = error;
      },
    );
  };
  const here = places.value.find(({ path }) => path.join("\n") === device.place.join("\n"));
  return (
    <div class="edit">
      <form
        class="control"
        onSubmit={(event) => {
          event.preventDefault();
          const text = (wanted.value ?? name).trim();
          if (text !== "" && text !== name) send({ kind: "rename", device: udf, name: text });
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
      {places.value.length === 0 ? null : (
        <label class="field">
          <span>
            {say("place")} <span class="hidden">{name}</span>
          </span>
          <select name="move" value={here?.key ?? ""} onChange={(event) => send({ kind: "move", device: udf, place: event.currentTarget.value })}>
            {here ? null : <option value="">–</option>}
            {places.value.map(({ key, path }) => (
              <option key={key} value={key}>
                {path.join(" / ")}
              </option>
            ))}
          </select>
        </label>
      )}
      {isGoing.value ? (
        <Confirm
          question={say("removeReally", { name })}
          yes={say("removeYes")}
          onAnswer={(isYes) => {
            isGoing.value = false;
            if (isYes) send({ kind: "remove", device: udf });
          }}
        />
      ) : (
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
      )}
      <Failure error={failure.value} />
      <Questions list={askedOf(udf).slice(0, 2)} plain />
    </div>
  );
}
