/** The box to say what to do: done, an answer, a question back, or what could be said instead. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { SayResult } from "../../api/hub-v1.ts";
import type { HearResult } from "../../api/speech-v1.ts";
import { call } from "../hub/call.ts";
import { session } from "../hub/session.ts";
import { say } from "../words/words.ts";
import { Failure } from "./failure.tsx";
import { SpeakButton } from "./speak-button.tsx";

/** So that "it" and "there" mean in this window what was said in it. */
const conversation = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");

type Candidate = Extract<SayResult, { kind: "question" }>["candidates"][number];

/** The box and what came of it. */
export function SayBox(): JSX.Element {
  const text = useSignal("");
  const busy = useSignal(false);
  const result = useSignal<SayResult | undefined>(undefined);
  /** Why what was heard is read back. */
  const why = useSignal<string | undefined>(undefined);
  const failure = useSignal<unknown>(undefined);
  const hears = session.value?.hears;
  const run = async (task: () => Promise<SayResult>): Promise<void> => {
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
  const ask = async (spoken: string): Promise<void> => {
    if (spoken.trim() === "") return;
    text.value = spoken;
    await run(() => call<SayResult>("/v1/say", { text: spoken, conversation }));
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
      <div class="answer" role="status">
        {busy.value ? (
          <p class="quiet">{say("sayWorking")}</p>
        ) : (
          <>
            <Answer result={result.value} spoken={text.value} onAsk={(spoken) => void ask(spoken)} />
            {why.value === undefined ? null : <p class="quiet">{why.value}</p>}
          </>
        )}
      </div>
      <Failure error={failure.value} />
    </form>
  );
}

function Answer(options: {
  readonly result: SayResult | undefined;
  readonly spoken: string;
  readonly onAsk: (text: string) => void;
}): JSX.Element | null {
  const { result, spoken, onAsk } = options;
  if (!result) return null;
  switch (result.kind) {
    case "question":
      return (
        <>
          <p>{result.text}</p>
          <ul class="row" aria-label={say("which")}>
            {result.sentence === undefined ? null : <Say sentence={result.sentence} onAsk={onAsk} />}
            {(result.sentence === undefined ? result.candidates : []).map((candidate) => (
              <li key={candidate.udf}>
                <button type="button" onClick={() => onAsk(meant(spoken, candidate))}>
                  {[...candidate.place.slice(-1), candidate.name].join(" ")}
                </button>
              </li>
            ))}
          </ul>
        </>
      );
    case "unknown":
      return (
        <>
          <p>{result.text}</p>
          {result.suggestions.length === 0 ? null : (
            <>
              <p class="quiet">{say("tryThis")}</p>
              <ul class="row">
                {result.suggestions.map((suggestion) => (
                  <Say key={suggestion} sentence={suggestion} onAsk={onAsk} />
                ))}
              </ul>
            </>
          )}
        </>
      );
    default:
      return <p class={result.kind === "failed" ? "failure" : ""}>{result.text}</p>;
  }
}

/** A sentence that is said by a click. */
function Say({ sentence, onAsk }: { readonly sentence: string; readonly onAsk: (text: string) => void }): JSX.Element {
  return (
    <li>
      <button type="button" onClick={() => onAsk(sentence)}>
        {sentence}
      </button>
    </li>
  );
}

/** The sentence with the place before the name, as the resolver tells things of one name apart. */
function meant(spoken: string, { name, place }: Candidate): string {
  const where = place.at(-1);
  const at = spoken.toLowerCase().lastIndexOf(name.toLowerCase());
  if (where === undefined || at < 0) return `${spoken} ${name}`.slice(0, 256);
  return `${spoken.slice(0, at)}${where} ${spoken.slice(at)}`.slice(0, 256);
}
