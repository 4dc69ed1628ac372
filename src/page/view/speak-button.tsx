/** Push to talk: while it is held, or from one short press to the next, this browser's microphone is listened to. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Recording } from "../hub/microphone.ts";
import { languages, language as pageLanguage, say } from "../words/words.ts";

/** A press that is shorter is no holding: the next one ends what it began. */
const heldMs = 400;

/** The button. `language`: tag of the one that the hub hears. */
export function SpeakButton({
  language,
  isBusy,
  onClip,
  onFailure,
}: {
  readonly language: string;
  readonly isBusy: boolean;
  readonly onClip: (clip: string) => void;
  readonly onFailure: (error: unknown) => void;
}): JSX.Element | null {
  const isOn = useSignal(false);
  const recording = useRef<Promise<Recording> | undefined>(undefined);
  const pressed = useRef(0);
  // Who goes to another view is not listened to there.
  useEffect(
    () => () => {
      recording.current?.then((one) => one.end()).catch(() => undefined);
    },
    [],
  );
  // A browser gives it over HTTPS and on the hub itself alone.
  if (navigator.mediaDevices === undefined) return null;
  const fail = (): void => {
    recording.current = undefined;
    isOn.value = false;
    onFailure(new Error(say("speakRefused")));
  };
  const begin = (): void => {
    onFailure(undefined);
    isOn.value = true;
    recording.current = import("../hub/microphone.ts").then(({ record }) => record());
    recording.current.catch(fail);
  };
  const end = (): void => {
    const said = recording.current;
    recording.current = undefined;
    isOn.value = false;
    said
      ?.then((one) => one.end())
      .then(onClip)
      .catch(fail);
  };
  const toggle = (): void => (isOn.value ? end() : begin());
  return (
    <button
      type="button"
      class="speak"
      aria-pressed={isOn.value}
      disabled={isBusy}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        pressed.current = event.timeStamp;
        toggle();
      }}
      onPointerUp={(event) => {
        if (isOn.value && event.timeStamp - pressed.current > heldMs) end();
      }}
      onPointerCancel={end}
      onContextMenu={(event) => event.preventDefault()}
      // By a key, or by who reads the page aloud: no pointer comes before.
      onClick={(event) => {
        if (event.detail === 0) toggle();
      }}
    >
      {say(isOn.value ? "speakEnd" : "speak")}
      {language === pageLanguage.value ? "" : ` (${languages[language as keyof typeof languages] ?? language})`}
    </button>
  );
}
