/** Answers that are said by this machine. */
import { MeshError } from "../../base/errors.ts";
import { playClip } from "../../speech/sound/sound-card.ts";
import { voiceOf } from "../../speech/wyoming/voice-of.ts";
import type { Invocation } from "./invocation.ts";

/** Where sound comes in and goes out. */
export interface SoundFlags {
  /** A device of ALSA. */
  readonly device?: string;
  /** Says the answer aloud. */
  readonly speak?: boolean;
}

/** Says words by the voice of the configuration and this machine's sound card. Errors: ERR_ADAPTER without one of them, ERR_TIMEOUT. */
export async function sayAloud({ ports, load }: Invocation, text: string, flags: SoundFlags): Promise<void> {
  const { config } = load();
  const speak = voiceOf(config, ports.clock);
  if (!speak) throw new MeshError("ERR_ADAPTER", "this machine has no voice", { hint: "install Debian's package espeak-ng, or flite for English" });
  const clip = await speak(text, config.words.language);
  await playClip(clip, { clock: ports.clock, ...deviceOf(flags) });
}

/** The card that is named. */
export function deviceOf({ device }: SoundFlags): { readonly device?: string } {
  return device === undefined ? {} : { device };
}
