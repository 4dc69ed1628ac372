/**
 * What a voice sounds like whatever it says, with its microphone and its room: mean and spread of the cepstra of its loud pieces (as speakers are told apart
 * since Furui, IEEE Transactions on Acoustics, Speech, and Signal Processing 29, 1981). It tells voices apart that the recogniser would be led astray by if it
 * took one for the other, and is no proof of who speaks.
 */
import { type Clip, clipRate } from "./clip.ts";
import { bins, Spectrum, size } from "./spectrum.ts";

/** Means, then spreads. */
export type VoicePrint = readonly number[];

const hop = 256;
/** Of a clip, what is looked at: ten seconds. */
const longest = 10 * clipRate;
/** Filters as the ear has them, from 130 to 6800 Hz, and what is kept of them; the first, which is how loud it is, apart. */
const filters = 25;
const cepstra = 12;
const [lowest, highest] = [130, 6800] as const;
/** Of the loudest piece, as the exponent of e: what is quieter is a pause. */
const quiet = 6;
const leastPower = 1;
const leastSpread = 1e-3;
const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
const hertz = (value: number): number => 700 * (10 ** (value / 2595) - 1);
const edges = Array.from(
  { length: filters + 2 },
  (_, at) => (hertz(mel(lowest) + (at * (mel(highest) - mel(lowest))) / (filters + 1)) * size) / clipRate,
);
/** How much of each frequency is in each filter, from its first one on. */
const shares = Array.from({ length: filters }, (_, at) => {
  const [left = 0, centre = 0, right = 0] = edges.slice(at, at + 3);
  const first = Math.max(0, Math.floor(left));
  const count = Math.min(bins, Math.ceil(right)) - first;
  return {
    first,
    parts: Float64Array.from({ length: count }, (_, bin) =>
      Math.max(0, Math.min((first + bin - left) / (centre - left), (right - first - bin) / (right - centre))),
    ),
  };
});
const waves = Array.from({ length: cepstra + 1 }, (_, order) =>
  Float64Array.from({ length: filters }, (_, at) => Math.cos((Math.PI * order * (at + 0.5)) / filters) * Math.sqrt(2 / filters)),
);

/** The print of a clip; undefined of one that is too short to have any. */
export function voicePrintOf(clip: Clip): VoicePrint | undefined {
  const spectrum = new Spectrum();
  const pieces: number[][] = [];
  const powers = new Float64Array(bins);
  for (let from = 0; from + size <= Math.min(clip.length, longest); from += hop) {
    spectrum.read(clip, from);
    for (let bin = 0; bin < bins; bin++) powers[bin] = spectrum.power(bin);
    const logs = shares.map(({ first, parts }) => Math.log(Math.max(leastPower, product(parts, powers, first))));
    pieces.push(waves.map((wave) => product(wave, logs)));
  }
  // The mean of the logarithms.
  const loudness = ([first = 0]: readonly number[]): number => first / Math.sqrt(2 * filters);
  const loudest = pieces.reduce((most, piece) => Math.max(most, loudness(piece)), Number.NEGATIVE_INFINITY);
  const loud = pieces.filter((piece) => loudness(piece) > loudest - quiet);
  if (loud.length < 2) return undefined;
  const orders = Array.from({ length: cepstra }, (_, at) => loud.map((piece) => piece[at + 1] ?? 0));
  const means = orders.map(meanOf);
  return [...means, ...orders.map((values, at) => Math.log(Math.sqrt(meanOf(values.map((value) => (value - (means[at] ?? 0)) ** 2))) + leastSpread))];
}

/** How unlike two prints are: 1 is what two clips of one voice differ by. */
export function unlikeness(one: VoicePrint, other: VoicePrint): number {
  return Math.sqrt(meanOf(usual.map((deviation, at) => (((one[at] ?? 0) - (other[at] ?? 0)) / deviation) ** 2)) / 2);
}

/** By how much each place differs from clip to clip of one voice: of the sentences and voices that the bench calls tuning. */
const usual: readonly number[] = [
  1.8, 1, 1.6, 1.2, 0.7, 0.86, 0.52, 0.41, 0.5, 0.41, 0.26, 0.32, 0.18, 0.11, 0.18, 0.18, 0.13, 0.16, 0.12, 0.16, 0.17, 0.15, 0.17, 0.17,
];

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param from where in the others it begins */
function product(some: ArrayLike<number>, others: ArrayLike<number>, from = 0): number {
  let sum = 0;
  for (let at = 0; at < some.length; at++) sum += (some[at] ?? 0) * (others[from + at] ?? 0);
  return sum;
}
