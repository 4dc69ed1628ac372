/** Clips: every format that is taken comes out at 16 kHz as it went in; everything else is refused by its fault, however long it says it is. */
import fc from "fast-check";
import { clipRate, mayBeSpeech, readWav, toClip, writeWav } from "../../../src/speech/sound/clip.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";

function tone({ rate, channels, hertz, seconds }: { rate: number; channels: number; hertz: number; seconds: number }): Uint8Array {
  const octets = new Uint8Array(2 * channels * Math.floor(rate * seconds));
  const view = new DataView(octets.buffer);
  for (let at = 0; at < octets.length / 2; at++)
    view.setInt16(2 * at, Math.round(8000 * Math.sin((2 * Math.PI * hertz * Math.floor(at / channels)) / rate)), true);
  return octets;
}

/** Strength of a tone in a clip, from 0 to the amplitude. */
function strength(clip: Int16Array, hertz: number): number {
  let [real, imaginary] = [0, 0];
  for (const [at, sample] of clip.entries()) {
    real += sample * Math.cos((2 * Math.PI * hertz * at) / clipRate);
    imaginary += sample * Math.sin((2 * Math.PI * hertz * at) / clipRate);
  }
  return (2 * Math.hypot(real, imaginary)) / clip.length;
}

describe("clips", (it) => {
  it("a tone stays the tone at every rate that is taken", () => {
    for (const rate of [8000, 11_025, 16_000, 22_050, 44_100, 48_000])
      for (const channels of [1, 2]) {
        const clip = toClip(tone({ rate, channels, hertz: 1000, seconds: 0.5 }), { rate, width: 2, channels });
        assert.ok(Math.abs(clip.length - 8000) < 3, `${rate}: ${clip.length} samples`);
        assert.ok(strength(clip, 1000) > 7500 && strength(clip, 1000) < 8500, `${rate} ${channels}: ${strength(clip, 1000)}`);
      }
  });

  it("what 16 kHz cannot carry does not come back as another tone", () => {
    const clip = toClip(tone({ rate: 48_000, channels: 1, hertz: 11_000, seconds: 0.5 }), { rate: 48_000, width: 2, channels: 1 });
    assert.ok(strength(clip, 5000) < 100, `${strength(clip, 5000)}`);
  });

  it("a WAV file comes back as it was written", () =>
    fc.assert(
      fc.property(fc.int16Array({ maxLength: 400 }), (samples) => {
        assert.equal([...readWav(writeWav(samples))], [...samples]);
      }),
    ));

  it("an hour, other widths, compressed files and what is no sound are refused", async () => {
    await throwsMesh(() => toClip(new Uint8Array(2 * 16_000 * 16), { rate: 16_000, width: 2, channels: 1 }), "ERR_TOO_LARGE");
    for (const format of [
      { rate: 16_000, width: 1, channels: 1 },
      { rate: 16_000, width: 2, channels: 0 },
      { rate: 0, width: 2, channels: 1 },
      { rate: Number.NaN, width: 2, channels: 1 },
      { rate: 1e9, width: 2, channels: 1 },
    ])
      await throwsMesh(() => toClip(new Uint8Array(64), format), "ERR_ENCODING");
    const file = writeWav(new Int16Array(100));
    const compressed = file.slice();
    compressed[20] = 7;
    const headless = file.slice(0, 36);
    for (const bad of [compressed, headless, new Uint8Array(0), new TextEncoder().encode("RIFFxxxxWAVE")])
      await throwsMesh(() => readWav(bad), "ERR_ENCODING");
  });

  it("a length that lies is the length that is there; any octets are a clip or refused", () => {
    const file = writeWav(new Int16Array(100).fill(7));
    new DataView(file.buffer).setUint32(40, 0xffff_ffff, true);
    assert.is(readWav(file).length, 100);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        const bent = file.slice();
        bent.set(octets.subarray(0, bent.length));
        for (const bad of [octets, bent])
          try {
            readWav(bad);
          } catch (error) {
            assert.match((error as { code: string }).code, /^ERR_(ENCODING|TOO_LARGE)$/);
          }
      }),
    );
  });

  it("silence and clicks are not listened to", () => {
    assert.not.ok(mayBeSpeech(new Int16Array(32_000)));
    assert.not.ok(mayBeSpeech(new Int16Array(100).fill(9000)));
    assert.ok(mayBeSpeech(new Int16Array(3200).fill(900)));
  });
});
