/** The voice that says answers: a Wyoming program of the owner's where one is configured, or else a program of this machine. One answer after the other. */
import type { Clock } from "../../base/clock.ts";
import { AtMost } from "../../base/crowd/at-most.ts";
import { MeshError } from "../../base/errors.ts";
import { Mutex } from "../../base/mutex.ts";
import type { HubConfig } from "../../config/index.ts";
import type { Clip } from "../sound/clip.ts";
import { hasVoice, synthesise } from "../sound/synthesis.ts";
import { synthesiseAt, wyomingPlace } from "./client.ts";

/** Says words in a language. Errors: ERR_BUSY when others wait already, ERR_ADAPTER, ERR_TIMEOUT. */
export type SayWords = (text: string, language: string) => Promise<Clip>;

/** Answers that wait, the one under way included: each is a program of some 30 MB, beside a hub that has a bound of memory. */
export const mostWaiting = 8;

/** The voice of a configuration; undefined where there is none. Errors: ERR_CONFIG. */
export function voiceOf(config: Pick<HubConfig, "speech">, clock: Clock): SayWords | undefined {
  const say = unboundedVoice(config, clock);
  if (!say) return undefined;
  const turns = new Mutex();
  const waiting = new AtMost(mostWaiting, (most) => new MeshError("ERR_BUSY", `the voice has ${most} answers to say already`));
  return (text, language) => waiting.run(() => turns.run(() => say(text, language)));
}

function unboundedVoice({ speech }: Pick<HubConfig, "speech">, clock: Clock): SayWords | undefined {
  if (speech.voiceUrl !== undefined) {
    const place = wyomingPlace(speech.voiceUrl);
    return (text, language) => synthesiseAt(place, text, { language, clock });
  }
  return hasVoice() ? (text, language) => synthesise(text, language, clock) : undefined;
}
