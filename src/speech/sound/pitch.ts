/** How high a voice is: of each short piece of a clip the delay after which it is most like itself (autocorrelation), and the middle one of all of them. */
import { type Clip, clipRate } from "./clip.ts";

/** A voice has no more than this; its sounds are looked at no finer. Samples a second. */
const rate = 4000;
const size = 256;
const hop = 128;
/** The highest and the lowest voice. Hertz. */
const highest = 350;
const lowest = 70;
const shortest = Math.floor(rate / highest);
const longest = Math.floor(rate / lowest);
const compared = size - longest;
/** Below it a piece is noise, a hiss or a pause. */
const leastLikeness = 0.7;
/** Of the energy of the loudest piece. */
const leastEnergy = 0.01;
/** A period that is nearly as good is the right one where it is shorter: the piece is like itself after two of them, too. */
const nearly = 0.9;

/** Hertz; undefined where nothing in the clip has a pitch. */
export function pitchOf(clip: Clip): number | undefined {
  const step = clipRate / rate;
  const slow = Float64Array.from(
    { length: Math.floor(clip.length / step) },
    (_, at) => clip.subarray(at * step, (at + 1) * step).reduce((sum, sample) => sum + sample, 0) / step,
  );
  const pieces = Array.from({ length: Math.max(0, Math.floor((slow.length - size) / hop) + 1) }, (_, at) =>
    level(slow.subarray(at * hop, at * hop + size)),
  );
  const energies = pieces.map((piece) => product(piece, piece, size));
  const loud = leastEnergy * energies.reduce((most, energy) => Math.max(most, energy), 0);
  const pitches = pieces.flatMap((piece, at) => ((energies[at] ?? 0) > loud ? (pitchOfPiece(piece) ?? []) : [])).sort((a, b) => a - b);
  return pitches[Math.floor(pitches.length / 2)];
}

function pitchOfPiece(piece: Float64Array): number | undefined {
  const own = product(piece, piece, compared);
  const likeness = Array.from({ length: longest - shortest + 1 }, (_, at) => {
    const later = piece.subarray(shortest + at);
    return product(piece, later, compared) / Math.sqrt(own * product(later, later, compared) + 1);
  });
  const best = likeness.reduce((most, one) => Math.max(most, one), 0);
  const found = likeness.findIndex((one, at) => one >= nearly * best && one >= (likeness[at - 1] ?? 0) && one >= (likeness[at + 1] ?? 0));
  return found >= 0 && (likeness[found] ?? 0) > leastLikeness ? rate / (shortest + found) : undefined;
}

/** Without what all of it has alike. */
function level(piece: Float64Array): Float64Array {
  const mean = piece.reduce((sum, one) => sum + one, 0) / size;
  return piece.map((one) => one - mean);
}

function product(a: Float64Array, b: Float64Array, count: number): number {
  let sum = 0;
  for (let at = 0; at < count; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}
