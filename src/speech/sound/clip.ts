/**
 * Clips of speech: 16 kHz, one channel, 16 bit, at most fifteen seconds, whatever they came as. What is longer, of another kind or without a sound is
 * refused before anybody listens.
 */
import { MeshError } from "../../base/errors.ts";
import { resampled } from "./resample.ts";

/** Samples a second. */
export const clipRate = 16_000;
/** The longest sentence, and the shortest sound that can be a word. Seconds. */
export const longestClip = 15;
const shortestClip = 0.1;

/** How samples come. */
export interface SoundFormat {
  /** Samples a second. */
  readonly rate: number;
  /** Octets of a sample. */
  readonly width: number;
  readonly channels: number;
}

/** Checked samples. */
export type Clip = Int16Array;

/** Why samples of a format are not taken; undefined when they are. */
export function formatFault({ rate, width, channels }: SoundFormat): string | undefined {
  const isRate = Number.isInteger(rate) && rate >= 8000 && rate <= 48_000;
  if (isRate && width === 2 && (channels === 1 || channels === 2)) return undefined;
  return `sound of ${rate} Hz, ${8 * width} bit and ${channels} channels is not taken: send 8000 to 48000 Hz, 16 bit, one channel or two`;
}

/** Octets of the longest clip in a format that is taken. */
export function mostOctets({ rate, width, channels }: SoundFormat): number {
  return longestClip * rate * width * channels;
}

/** Samples, little endian, as a clip. Errors: ERR_ENCODING for another format, ERR_TOO_LARGE for more than fifteen seconds. */
export function toClip(octets: Uint8Array, format: SoundFormat): Clip {
  const fault = formatFault(format);
  if (fault !== undefined) throw new MeshError("ERR_ENCODING", fault);
  if (octets.length > mostOctets(format)) throw tooLong();
  const { rate, channels } = format;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const count = Math.floor(octets.length / (2 * channels));
  const mono = new Float32Array(count);
  for (let at = 0; at < count; at++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += view.getInt16(2 * (channels * at + channel), true);
    mono[at] = sum / channels;
  }
  return rate === clipRate ? Int16Array.from(mono, Math.round) : resampled(mono, rate, clipRate);
}

function tooLong(): MeshError {
  return new MeshError("ERR_TOO_LARGE", `a clip has at most ${longestClip} seconds`, { hint: "say one sentence at a time" });
}

/** A WAV file as a clip. Errors: ERR_ENCODING for what is none, or compressed; ERR_TOO_LARGE. */
export function readWav(file: Uint8Array): Clip {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const tag = (at: number): string => String.fromCharCode(...file.subarray(at, at + 4));
  if (file.length < 12 || tag(0) !== "RIFF" || tag(8) !== "WAVE") throw new MeshError("ERR_ENCODING", "this is no WAV file");
  let format: SoundFormat | undefined;
  for (let at = 12; at + 8 <= file.length; ) {
    const kind = tag(at);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (kind === "fmt " && size >= 16 && start + 16 <= file.length) {
      // 1: plain samples; 65534: said in a longer form, which is plain, too, at 16 bit.
      if (![1, 65_534].includes(view.getUint16(start, true))) throw new MeshError("ERR_ENCODING", "the WAV file is compressed: save it as PCM");
      format = { channels: view.getUint16(start + 2, true), rate: view.getUint32(start + 4, true), width: view.getUint16(start + 14, true) / 8 };
    }
    // A program that writes into a pipe does not know the length, and says the most there is.
    if (kind === "data" && format) return toClip(file.subarray(start, Math.min(start + size, file.length)), format);
    at = start + size + (size % 2);
  }
  throw new MeshError("ERR_ENCODING", "the WAV file has no samples");
}

/** A clip as a WAV file. */
export function writeWav(clip: Clip): Uint8Array {
  const file = new Uint8Array(44 + 2 * clip.length);
  const view = new DataView(file.buffer);
  const put = (at: number, text: string): void => {
    for (const [offset, letter] of [...text].entries()) view.setUint8(at + offset, letter.charCodeAt(0));
  };
  put(0, "RIFF");
  view.setUint32(4, 36 + 2 * clip.length, true);
  put(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, clipRate, true);
  view.setUint32(28, 2 * clipRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  put(36, "data");
  view.setUint32(40, 2 * clip.length, true);
  file.set(pcmOf(clip), 44);
  return file;
}

/** Samples as octets, little endian. */
export function pcmOf(clip: Clip): Uint8Array {
  const octets = new Uint8Array(2 * clip.length);
  const view = new DataView(octets.buffer);
  for (const [at, sample] of clip.entries()) view.setInt16(2 * at, sample, true);
  return octets;
}

/** Below this no sample of speech stays, and above it is not all noise of a microphone. */
const faintest = 200;

/** False for silence, and for what is too short for a word: nobody need listen to it. */
export function mayBeSpeech(clip: Clip): boolean {
  return clip.length >= shortestClip * clipRate && clip.some((sample) => Math.abs(sample) > faintest);
}
