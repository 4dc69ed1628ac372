/** Connects devices by their printed codes: from a photo, the camera or typed, several at once. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { OnboardingView } from "../../api/hub-v1.ts";
import { addCode, codes, connectCode } from "../code/codes.ts";
import { codesOfPhoto, isDeviceCode, mostMegabytes } from "../code/find.ts";
import { call } from "../hub/call.ts";
import { elsewhere } from "../hub/house.ts";
import { say } from "../words/words.ts";
import { Camera } from "./camera.tsx";
import { CodeCard } from "./code-card.tsx";
import { Offers } from "./offers.tsx";

/** The view. */
export function Connect(): JSX.Element {
  const told = useSignal("");
  const searching = useSignal(false);
  const typed = useSignal("");
  const running = useSignal<readonly OnboardingView[]>([]);
  useEffect(() => {
    call<{ onboardings: OnboardingView[] }>("/v1/onboardings").then(
      ({ onboardings }) => {
        running.value = onboardings;
      },
      () => undefined,
    );
  }, [elsewhere.value]);
  const take = (texts: readonly string[]): void => {
    const ours = texts.filter(isDeviceCode);
    for (const text of ours) addCode(text);
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
  const isIdle = codes.value.some((code) => code.value.state === "waiting");
  return (
    <>
      <h1>{say("connectTitle")}</h1>
      <section class="card">
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
        <Camera onFound={(texts) => texts.filter(isDeviceCode).forEach(addCode)} />
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault();
            if (typed.value.trim() !== "") take([typed.value.trim()]);
            typed.value = "";
          }}
        >
          <label class="field grow">
            {say("typed")}
            <input
              type="text"
              name="code"
              maxLength={1024}
              autoComplete="off"
              spellcheck={false}
              placeholder="mcu://"
              value={typed.value}
              onInput={(event) => {
                typed.value = event.currentTarget.value;
              }}
            />
          </label>
          <button type="submit">{say("typedAdd")}</button>
        </form>
        <div role="status">
          {searching.value ? <p>{say("searching")}</p> : null}
          {told.value === "" ? null : <p class="failure">{told.value}</p>}
        </div>
        {running.value.map(({ id, name }) => (
          <p key={id} class="quiet">
            {say("underWay", { name: name ?? id })}
          </p>
        ))}
      </section>
      <Offers />
      {codes.value.length === 0 ? null : (
        <section aria-label={say("codes")}>
          <h2>{say("codes")}</h2>
          {isIdle && codes.value.length > 1 ? (
            <button
              type="button"
              class="strong"
              onClick={() => {
                for (const code of codes.value) if (code.value.state === "waiting") void connectCode(code);
              }}
            >
              {say("connectAll")}
            </button>
          ) : null}
          <ul class="cards">
            {codes.value.map((code, index) => (
              <CodeCard key={code.value.uri} code={code} number={index + 1} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
