/**
 * Sound over Wyoming, in both directions: one clip that comes in pieces (`audio-start`, `audio-chunk`, `audio-stop`), and a clip that is sent so. What is
 * more than a sentence, of another form, or changes its form on the way is refused before it is kept.
 */
import * as v from "valibot";
import { joinBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { DatumObject } from "../../codec/index.ts";
import { type Clip, clipRate, formatFault, longestClip, mostOctets, pcmOf, type SoundFormat, toClip } from "../../speech/sound/clip.ts";
import { encodeEvent, type WyomingEvent } from "./frame.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000));
const format = v.object({ rate: count, width: count, channels: count });

/** One clip as it comes. */
export class ClipReader {
  #format: SoundFormat | undefined;
  #pieces: Uint8Array[] = [];
  #octets = 0;

  /** True from the first event of a clip to its last. */
  get isInside(): boolean {
    return this.#format !== undefined;
  }

  /** Takes one of the three events. @returns the clip with the last. Errors: ERR_ENCODING, ERR_TOO_LARGE; then nothing of it is kept. */
  take({ type, data, payload }: WyomingEvent): Clip | undefined {
    try {
      if (type === "audio-stop") return this.#end();
      const said = readFormat(data);
      if (type === "audio-start" || this.#format === undefined) this.#begin(said);
      else if (JSON.stringify(said) !== JSON.stringify(this.#format))
        throw new MeshError("ERR_ENCODING", "the form of the sound changes in mid-clip");
      if (type === "audio-chunk") this.#add(payload);
      return undefined;
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  #begin(said: SoundFormat): void {
    const fault = formatFault(said);
    if (fault !== undefined) throw new MeshError("ERR_ENCODING", fault);
    this.#forget();
    this.#format = said;
  }

  #add(payload: Uint8Array): void {
    this.#octets += payload.length;
    if (this.#format && this.#octets > mostOctets(this.#format)) throw new MeshError("ERR_TOO_LARGE", `a clip has at most ${longestClip} seconds`);
    this.#pieces.push(payload);
  }

  #end(): Clip {
    const said = this.#format;
    const pieces = this.#pieces;
    this.#forget();
    if (!said) throw new MeshError("ERR_ENCODING", "the sound ends before it has begun");
    return toClip(joinBytes(pieces), said);
  }

  #forget(): void {
    this.#format = undefined;
    this.#pieces = [];
    this.#octets = 0;
  }
}

function readFormat(data: Readonly<DatumObject>): SoundFormat {
  const parsed = v.safeParse(format, data);
  if (!parsed.success) throw new MeshError("ERR_ENCODING", "sound comes with its rate, width and channels");
  return parsed.output;
}

/** Samples of one piece that is sent. */
const pieceSamples = 4096;

/** A clip as events, in order. */
export function* clipEvents(clip: Clip): Generator<Uint8Array> {
  const form = { rate: clipRate, width: 2, channels: 1 };
  const at = (sample: number): number => Math.floor((1000 * sample) / clipRate);
  yield encodeEvent("audio-start", { ...form, timestamp: 0 });
  for (let from = 0; from < clip.length; from += pieceSamples)
    yield encodeEvent("audio-chunk", { ...form, timestamp: at(from) }, pcmOf(clip.subarray(from, from + pieceSamples)));
  yield encodeEvent("audio-stop", { timestamp: at(clip.length) });
}
