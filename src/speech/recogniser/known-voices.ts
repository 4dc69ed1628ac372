/**
 * The voices that the recogniser's process has learned, by their prints: which of them a clip is of, and where what is learned of it goes. Of a voice that is
 * not like any of them nothing is known, and it is listened to as all voices are. They live as long as the process, in memory alone.
 */
import { unlikeness, type VoicePrint } from "../sound/voice-print.ts";

/** Voices that are known at once; what has not been heard for longest makes room. */
export const mostVoices = 4;
/**
 * A clip is of the voice that it is this unlike at most; of a voice of few clips its print is known less well. Of the voices of tuning 95 of 100 clips are of
 * their own voice so, and one that is made by another way of making voices is never taken for it.
 */
const mostUnlike = 1;
/** Clips of which the print is the mean; later ones count as much as one of so many. */
const mostClips = 20;

interface KnownVoice {
  readonly print: VoicePrint;
  readonly clips: number;
  /** When it was last heard, in learned clips. */
  readonly at: number;
}

export class KnownVoices {
  readonly #voices = new Map<number, KnownVoice>();
  #learned = 0;

  /** The number of the voice of a clip; undefined where it is not known. */
  of(print: VoicePrint | undefined): number | undefined {
    if (print === undefined) return undefined;
    const [nearest] = [...this.#voices]
      .map(([voice, { print: known, clips }]) => ({ voice, unlike: unlikeness(print, known) / Math.sqrt(1 + 1 / clips) }))
      .sort((one, other) => one.unlike - other.unlike);
    return nearest && nearest.unlike <= mostUnlike ? nearest.voice : undefined;
  }

  /** Where what is learned of a clip goes, and whether nothing is known there. */
  placeFor(print: VoicePrint): { readonly voice: number; readonly isFresh: boolean } {
    const voice = this.of(print);
    if (voice !== undefined) return { voice, isFresh: false };
    if (this.#voices.size < mostVoices) return { voice: this.#voices.size, isFresh: true };
    const [[oldest = 0] = []] = [...this.#voices].sort(([, one], [, other]) => one.at - other.at);
    return { voice: oldest, isFresh: true };
  }

  /** It was learned. */
  learned(voice: number, print: VoicePrint, isFresh: boolean): void {
    const known = isFresh ? undefined : this.#voices.get(voice);
    const clips = Math.min((known?.clips ?? 0) + 1, mostClips);
    const mean = known ? print.map((value, at) => ((clips - 1) * (known.print[at] ?? value) + value) / clips) : print;
    this.#voices.set(voice, { print: mean, clips, at: ++this.#learned });
  }
}
