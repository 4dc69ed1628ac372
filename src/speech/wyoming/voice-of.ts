/** The voice that says answers: a Wyoming program of the owner's where one is configured, or else a program of this machine. */
import type { Clock } from "../../base/clock.ts";
import type { HubConfig } from "../../config/index.ts";
import type { Clip } from "../sound/clip.ts";
import { hasVoice, synthesise } from "../sound/synthesis.ts";
import { synthesiseAt, wyomingPlace } from "./client.ts";

/** Says words in a language. */
export type SayWords = (text: string, language: string) => Promise<Clip>;

/** The voice of a configuration; undefined where there is none. Errors: ERR_CONFIG. */
export function voiceOf({ speech }: Pick<HubConfig, "speech">, clock: Clock): SayWords | undefined {
  if (speech.voiceUrl !== undefined) {
    const place = wyomingPlace(speech.voiceUrl);
    return (text, language) => synthesiseAt(place, text, { language, clock });
  }
  return hasVoice() ? (text, language) => synthesise(text, language, clock) : undefined;
}
