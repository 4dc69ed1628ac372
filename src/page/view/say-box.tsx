/** The box to say what to do: done, an answer, a question back, or what could be said instead. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { SayResult } from "../../api/hub-v1.ts";
import type { HearResult } from "../../api/speech-v1.ts";
import { call } from "../hub/call.ts";
import { session } from "../hub/session.ts";
import { say } from "../words/words.ts";
import { Answer } from "./answer.tsx";
import { Failure } from "./failure.tsx";
import { SpeakButton } from "./speak-button.tsx";

/** So that "it" and "there" mean in this window what was said in it. */
const conversation = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");

/** The box and what came of it. */
export function SayBox(): JSX.Element {
  const text = useSignal("");
  const busy = useSignal(false);
  const result = useSignal<SayResult | undefined>(undefined);
  /** Why what was heard is read back. */
  const why = useSignal<string | undefined>(undefined);
  const failure = useSignal<unknown>(undefined);
  const told = useRef<HTMLDivElement>(null);
  const hears = session.value?.hears;
  /** Buttons in the answer go: a keyboard that is at one of them stays where the next answer comes. */
  const stay = (): void => {
    if (told.current?.contains(document.activeElement)) told.current.focus();
  };
  const run = async (task: () => Promise<SayResult>): Promise<void> => {
    stay();
    busy.value = true;
    failure.value = undefined;
    why.value = undefined;
    try {
      result.value = await task();
    } catch (error) {
      result.value = undefined;
      failure.value = error;
    }
    busy.value = false;
  };
  const tell = (spoken: string): Promise<void> => run(() => call<SayResult>("/v1/say", { text: spoken, conversation }));
  const ask = async (spoken: string): Promise<void> => {
    if (spoken.trim() === "") return;
    text.value = spoken;
    await tell(spoken);
  };
  const hear = (clip: string): Promise<void> =>
    run(async () => {
      const { heard = "", why: doubt, said } = await call<HearResult>("/v1/hear", { clip, conversation });
      // What was heard can be mended and said by hand.
      text.value = heard;
      why.value = doubt;
      return said;
    });
  return (
    <form
      class="card say"
      aria-busy={busy.value}
      onSubmit={(event) => {
        event.preventDefault();
        void ask(text.value);
      }}
    >
      <label class="field">
        {say("sayLabel")}
        <input
          type="text"
          name="say"
          maxLength={256}
          autoComplete="off"
          placeholder={say("sayHint")}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
      </label>
      <button type="submit" class="strong" disabled={busy.value}>
        {say("sayButton")}
      </button>
      {hears === undefined ? null : (
        <SpeakButton
          language={hears}
          isBusy={busy.value}
          onClip={(clip) => void hear(clip)}
          onFailure={(error) => {
            failure.value = error;
          }}
        />
      )}
      <div class="answer" role="status" tabIndex={-1} ref={told}>
        {busy.value ? (
          <p class="quiet">{say("sayWorking")}</p>
        ) : (
          <>
            <Answer result={result.value} onAsk={(spoken) => void ask(spoken)} onAnswer={(word) => void tell(word)} onGone={stay} />
            {why.value === undefined ? null : <p class="quiet">{why.value}</p>}
          </>
        )}
      </div>
      <Failure error={failure.value} />
    </form>
  );
}
