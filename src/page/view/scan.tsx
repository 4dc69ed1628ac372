/** Takes in codes: from a photo, the camera or typed, several at once. It needs no more than the browser: over plain HTTP a photo works, too. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { addCode } from "../code/codes.ts";
import { codesOfPhoto, isDeviceCode, mostMegabytes } from "../code/find.ts";
import { say } from "../words/words.ts";
import { Camera } from "./camera.tsx";
import { TextField } from "./text-field.tsx";

/** The three ways. `onCode`: what is done with a code of a device; the list of this page when absent. */
export function Scan({ onCode = addCode }: { readonly onCode?: (uri: string) => unknown }): JSX.Element {
  const told = useSignal("");
  const searching = useSignal(false);
  const typed = useSignal("");
  const take = (texts: readonly string[]): void => {
    const ours = texts.filter(isDeviceCode);
    for (const text of ours) onCode(text);
    const [foreign] = texts;
    told.value = ours.length > 0 ? "" : foreign === undefined ? say("noCode") : say("foreignCode", { text: foreign.slice(0, 120) });
  };
  const look = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    if (file.size > mostMegabytes * 1e6) {
      told.value = say("largePicture", { most: mostMegabytes });
      return;
    }
    searching.value = true;
    told.value = "";
    const texts = await codesOfPhoto(file);
    searching.value = false;
    if (texts) take(texts);
    else told.value = say("badPicture");
  };
  return (
    <>
      <p>{say("connectHow")}</p>
      <label class="field">
        {say("photo")}
        <input
          type="file"
          name="photo"
          accept="image/*"
          capture="environment"
          disabled={searching.value}
          onChange={(event) => {
            const field = event.currentTarget;
            void look(field.files?.[0]).then(() => {
              // The same photo again is a new try.
              field.value = "";
            });
          }}
        />
      </label>
      <Camera onFound={(texts) => texts.filter(isDeviceCode).forEach((text) => void onCode(text))} />
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.value.trim() !== "") take([typed.value.trim()]);
          typed.value = "";
        }}
      >
        <TextField
          label={say("typed")}
          name="code"
          most={1024}
          placeholder="mcu://"
          isCode
          grows
          value={typed.value}
          onText={(text) => {
            typed.value = text;
          }}
        />
        <button type="submit">{say("typedAdd")}</button>
      </form>
      <div role="status">
        {searching.value ? <p>{say("searching")}</p> : null}
        {told.value === "" ? null : <p class="failure">{told.value}</p>}
      </div>
    </>
  );
}
