/** Answers that are said by this machine. */
import { playClip } from "../../speech/sound/sound-card.ts";
import { synthesise } from "../../speech/sound/synthesis.ts";
import type { Invocation } from "./invocation.ts";

/** Where sound comes in and goes out. */
export interface SoundFlags {
  /** A device of ALSA. */
  readonly device?: string;
  /** Says the answer aloud. */
  readonly speak?: boolean;
}

/** Says words by this machine's voice and sound card. Errors: ERR_ADAPTER without one of them. */
export async function sayAloud({ ports, load }: Invocation, text: string, flags: SoundFlags): Promise<void> {
  const clip = await synthesise(text, load().config.words.language, ports.clock);
  await playClip(clip, { clock: ports.clock, ...deviceOf(flags) });
}

/** The card that is named. */
export function deviceOf({ device }: SoundFlags): { readonly device?: string } {
  return device === undefined ? {} : { device };
}
