/**
 * The sounds of a short throat lie higher than those of a long one, and the recogniser's model knows those between best. So a high voice, which is of a short
 * throat, is listened to slower than it spoke, by which its sounds come to lie where they are known (vocal tract length normalisation, by sound and not by
 * spectrum); and where nothing counts that was heard so, once more, slower still. Set by the voices that the bench calls tuning (docs/figures.md): low ones
 * gained nothing by another speed, and "thirty five degrees" was heard as thirty by it.
 */
import { type Clip, clipRate } from "../sound/clip.ts";
import { pitchOf } from "../sound/pitch.ts";
import { resampled } from "../sound/resample.ts";

/** From here on a voice is high: those of men reach some 155 Hz, those of women begin at some 165. */
const high = 160;
/** Speeds at which a voice is listened to, one after the other. */
const speeds = { high: [0.93, 0.86], low: [1] } as const;

/** The clip at each speed at which it is to be listened to, each made when it is asked for. */
export function* atSpeeds(clip: Clip): Generator<Clip> {
  for (const speed of (pitchOf(clip) ?? 0) >= high ? speeds.high : speeds.low) {
    yield speed === 1 ? clip : resampled(clip, Math.round(speed * clipRate), clipRate);
  }
}
