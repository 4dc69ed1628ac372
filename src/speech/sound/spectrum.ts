/** A short piece of sound by its frequencies, seen through the square root of a Hann window, and back again (FFT of radix two). */
import type { Clip } from "./clip.ts";

/** Samples of a piece, and its frequencies. */
export const size = 512;
export const bins = size / 2 + 1;

const window = Float64Array.from({ length: size }, (_, at) => Math.sqrt(0.5 - 0.5 * Math.cos((2 * Math.PI * at) / size)));
/** Cosines and sines of a circle in `size` steps, and the places of samples in a transform. */
const cosines = Float64Array.from({ length: size }, (_, at) => Math.cos((2 * Math.PI * at) / size));
const sines = Float64Array.from({ length: size }, (_, at) => Math.sin((2 * Math.PI * at) / size));
const bitCount = Math.log2(size);
const places = Uint16Array.from({ length: size }, (_, at) => {
  let turned = 0;
  for (let bit = 0; bit < bitCount; bit++) turned |= ((at >> bit) & 1) << (bitCount - 1 - bit);
  return turned;
});

/** One short piece of sound, by its frequencies. */
export class Spectrum {
  readonly #real = new Float64Array(size);
  readonly #imaginary = new Float64Array(size);

  /** Of the samples from here on. */
  read(clip: Clip, from: number): void {
    for (let at = 0; at < size; at++) {
      const sample = (clip[from + at] ?? 0) * (window[at] ?? 0);
      this.#real[places[at] ?? 0] = sample;
    }
    this.#imaginary.fill(0);
    this.#transform(-1);
  }

  power(bin: number): number {
    return (this.#real[bin] ?? 0) ** 2 + (this.#imaginary[bin] ?? 0) ** 2;
  }

  /** A frequency, and its mirror image. */
  lower(bin: number, gain: number): void {
    for (const at of bin === 0 || bin === size / 2 ? [bin] : [bin, size - bin]) {
      this.#real[at] = (this.#real[at] ?? 0) * gain;
      this.#imaginary[at] = (this.#imaginary[at] ?? 0) * gain;
    }
  }

  /** Adds its samples from here on. @param hop samples from one piece to the next, of which all are added */
  add(out: Float64Array, from: number, hop: number): void {
    // What the overlapping windows sum up to.
    const overlap = size / hop / 2;
    const real = this.#real.slice();
    const imaginary = this.#imaginary.slice();
    for (let at = 0; at < size; at++) {
      this.#real[places[at] ?? 0] = real[at] ?? 0;
      this.#imaginary[places[at] ?? 0] = imaginary[at] ?? 0;
    }
    this.#transform(1);
    for (let at = 0; at < size; at++) out[from + at] = (out[from + at] ?? 0) + ((this.#real[at] ?? 0) * (window[at] ?? 0)) / (size * overlap);
  }

  /** In place, from the order of `places` to the plain one. */
  #transform(sign: 1 | -1): void {
    const real = this.#real;
    const imaginary = this.#imaginary;
    for (let length = 2; length <= size; length *= 2) {
      const half = length / 2;
      const step = size / length;
      for (let start = 0; start < size; start += length) {
        for (let at = 0; at < half; at++) {
          const cosine = cosines[at * step] ?? 0;
          const sine = sign * (sines[at * step] ?? 0);
          const low = start + at;
          const high = low + half;
          const x = (real[high] ?? 0) * cosine - (imaginary[high] ?? 0) * sine;
          const y = (real[high] ?? 0) * sine + (imaginary[high] ?? 0) * cosine;
          real[high] = (real[low] ?? 0) - x;
          imaginary[high] = (imaginary[low] ?? 0) - y;
          real[low] = (real[low] ?? 0) + x;
          imaginary[low] = (imaginary[low] ?? 0) + y;
        }
      }
    }
  }
}
