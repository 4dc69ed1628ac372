/** The sound card of this machine, by ALSA's own programs: plays a clip, and records one until somebody has stopped speaking. Debian's package alsa-utils. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { inTime } from "../../base/in-time.ts";
import { withPipes } from "../../base/with-pipes.ts";
import { type Clip, clipRate, longestClip, pcmOf, toClip } from "./clip.ts";

/** Samples as they go in and out. */
const form = ["-q", "-t", "raw", "-f", "S16_LE", "-r", String(clipRate), "-c", "1"];
const format = { rate: clipRate, width: 2, channels: 1 } as const;
/** How much longer than the clip playing may take. */
const spareMs = 5000;
/** Milliseconds: how long the card has to begin, a pause that ends a sentence, and how long its beginning is waited for. */
const beginMs = 5000;
const pauseMs = 900;
const waitMs = 6000;
/** A voice is so many times as loud as the quietest there was. */
const louder = 4;
const frameOctets = (2 * clipRate) / 50;

/** A device of ALSA ("default", "plughw:1"), and programs in the place of ALSA's. */
export interface SoundCardOptions {
  readonly device?: string;
  readonly clock: Clock;
  readonly programs?: { readonly play: readonly string[]; readonly record: readonly string[] };
}

const alsa = { play: ["/usr/bin/aplay"], record: ["/usr/bin/arecord"] } as const;

/** Plays a clip. Errors: ERR_ADAPTER without a card or program, ERR_TIMEOUT. */
export async function playClip(clip: Clip, { device = "default", clock, programs = alsa }: SoundCardOptions): Promise<void> {
  if (clip.length === 0) return;
  const child = begin([...programs.play, "-D", device, ...form], ["pipe", "ignore", "pipe"]);
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(pcmOf(clip));
  await within((1000 * clip.length) / clipRate + spareMs, child, clock);
}

/** Records until a pause behind speech, at most fifteen seconds. Errors: ERR_ADAPTER without a card or program, ERR_TIMEOUT when it gives nothing. */
export async function recordClip({ device = "default", clock, programs = alsa }: SoundCardOptions): Promise<Clip> {
  const child = begin([...programs.record, "-D", device, "-d", String(longestClip), ...form], ["ignore", "pipe", "pipe"]);
  const ear = new PauseFinder();
  const pieces: Uint8Array[] = [];
  let octets = 0;
  child.stdout?.on("data", (piece: Uint8Array) => {
    if (octets >= 2 * clipRate * longestClip) return;
    pieces.push(piece);
    octets += piece.length;
    if (ear.isOver(piece)) child.kill("SIGTERM");
  });
  await within(1000 * longestClip + beginMs, child, clock, () => octets > 0);
  const all = Buffer.concat(pieces).subarray(0, 2 * clipRate * longestClip);
  return toClip(all.subarray(0, all.length - (all.length % 2)), format);
}

/** Finds the pause behind speech, or that nobody speaks. */
export class PauseFinder {
  #rest: Uint8Array = new Uint8Array(0);
  #quietest = Number.POSITIVE_INFINITY;
  #frames = 0;
  #lastVoice: number | undefined;

  /** Takes octets as they come. @returns true when there is nothing to wait for any more */
  isOver(piece: Uint8Array): boolean {
    let rest: Uint8Array = Buffer.concat([this.#rest, piece]);
    for (; rest.length >= frameOctets; rest = rest.subarray(frameOctets)) this.#take(rest.subarray(0, frameOctets));
    this.#rest = rest;
    const frames = this.#frames - (this.#lastVoice ?? 0);
    return frames * 20 > (this.#lastVoice === undefined ? waitMs : pauseMs);
  }

  #take(frame: Uint8Array): void {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    let sum = 0;
    for (let at = 0; at + 1 < frame.length; at += 2) sum += view.getInt16(at, true) ** 2;
    const loudness = Math.sqrt(sum / (frame.length / 2));
    this.#quietest = Math.min(this.#quietest, Math.max(20, loudness));
    this.#frames += 1;
    if (loudness > louder * this.#quietest) this.#lastVoice = this.#frames;
  }
}

function begin([program = "", ...args]: readonly string[], stdio: ["pipe" | "ignore", "pipe" | "ignore", "pipe"]): ChildProcess {
  const env = { PATH: "/usr/bin:/bin", ...(process.env.HOME === undefined ? {} : { HOME: process.env.HOME }) };
  return withPipes(spawn(program, args, { env, stdio }));
}

/** Waits for its end. @param isFine what makes another end than the usual one a good one */
async function within(ms: number, child: ChildProcess, clock: Clock, isFine: () => boolean = () => false): Promise<void> {
  let complaint = "";
  child.stderr?.on("data", (piece: Uint8Array) => {
    complaint = (complaint + Buffer.from(piece).toString("utf8")).slice(-400);
  });
  const hint = "give a card by --device, as 'aplay -l' and 'arecord -l' list them; Debian's package is alsa-utils";
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", (cause) => reject(new MeshError("ERR_ADAPTER", cause.message, { cause, hint })));
    child.once("close", (code) => {
      if (code === 0 || isFine()) resolve();
      else
        reject(
          new MeshError("ERR_ADAPTER", complaint.trim().split("\n").at(-1) || `the sound card's program ended with ${code ?? "a signal"}`, { hint }),
        );
    });
  });
  const late = () => {
    child.kill("SIGKILL");
    return new MeshError("ERR_TIMEOUT", "the sound card does not go on");
  };
  await inTime(ended, { ms, clock, late });
}
