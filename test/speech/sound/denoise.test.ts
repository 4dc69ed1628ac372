/** A steady noise is taken out of a clip, and a clip without one is left alone. */
import { type Clip, clipRate } from "../../../src/speech/sound/clip.ts";
import { denoised } from "../../../src/speech/sound/denoise.ts";
import { assert, describe } from "../../harness/suite.ts";
import { noisy } from "../../kit/spoken-clip.ts";

/** A tone of half a second with a pause before and behind. */
const tone: Clip = Int16Array.from({ length: 2 * clipRate }, (_, at) => {
  const seconds = at / clipRate;
  return seconds < 0.75 || seconds > 1.25 ? 0 : Math.round(8000 * Math.sin(2 * Math.PI * 440 * seconds));
});
const power = (clip: Clip, from: number, to: number): number =>
  clip.subarray(from * clipRate, to * clipRate).reduce((sum, sample) => sum + sample * sample, 0) / ((to - from) * clipRate);
const decibels = (ratio: number): number => 10 * Math.log10(ratio);

describe("noise in clips", (it) => {
  it("white noise is lowered in the pauses, and the sound between them stays", async () => {
    const heard = noisy(tone, 20);
    const clean = await denoised(heard);
    assert.is(clean.length, heard.length);
    assert.ok(decibels(power(heard, 0.2, 0.6) / power(clean, 0.2, 0.6)) > 9, "the pause before");
    assert.ok(decibels(power(heard, 1.4, 1.9) / power(clean, 1.4, 1.9)) > 9, "the pause behind");
    assert.ok(Math.abs(decibels(power(tone, 0.85, 1.15) / power(clean, 0.85, 1.15))) < 0.5, "the sound");
  });

  it("a clip that is quiet between its sounds, silence and what is shorter than a spectrum are the same clips", async () => {
    for (const clip of [tone, new Int16Array(clipRate), new Int16Array(500).fill(900), new Int16Array(0)]) assert.is(await denoised(clip), clip);
  });

  it("noise alone does not become loud", async () => {
    const noise = noisy(new Int16Array(clipRate).fill(600), 0);
    assert.ok(power(await denoised(noise), 0, 1) <= power(noise, 0, 1));
  });
});
