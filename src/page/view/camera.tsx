/** Looks for codes with the camera, where the browser lets a page have it: over HTTPS and on the hub itself. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { codesOfFrame } from "../code/find.ts";
import { say } from "../words/words.ts";

const pauseMs = 150;

/** The camera and its switch. */
export function Camera({ onFound }: { readonly onFound: (texts: readonly string[]) => void }): JSX.Element {
  const isOn = useSignal(false);
  const isRefused = useSignal(false);
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (!isOn.value) return;
    let stopped = false;
    let stream: MediaStream | undefined;
    const watch = async (): Promise<void> => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
      const screen = video.current;
      if (stopped || !screen) return;
      screen.srcObject = stream;
      await screen.play();
      while (!stopped) {
        onFound(await codesOfFrame(screen));
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    };
    watch()
      .catch(() => {
        if (!stopped) isRefused.value = true;
        isOn.value = false;
      })
      .finally(() => {
        if (stopped) for (const track of stream?.getTracks() ?? []) track.stop();
      });
    return () => {
      stopped = true;
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, [isOn.value]);
  if (navigator.mediaDevices === undefined) return <p class="quiet">{say("cameraNone")}</p>;
  return (
    <div class="camera">
      <button
        type="button"
        aria-pressed={isOn.value}
        onClick={() => {
          isRefused.value = false;
          isOn.value = !isOn.value;
        }}
      >
        {say(isOn.value ? "cameraStop" : "camera")}
      </button>
      {isOn.value ? (
        <>
          <p role="status">{say("cameraWatching")}</p>
          <video ref={video} playsInline muted aria-label={say("cameraView")} />
        </>
      ) : null}
      {isRefused.value ? (
        <p class="failure" role="alert">
          {say("cameraRefused")}
        </p>
      ) : null}
    </div>
  );
}
