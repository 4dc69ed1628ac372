/** Which voice a clip is of, by its print alone. */
import { KnownVoices, mostVoices } from "../../../src/speech/recogniser/known-voices.ts";
import { type Clip, clipRate } from "../../../src/speech/sound/clip.ts";
import { unlikeness, type VoicePrint, voicePrintOf } from "../../../src/speech/sound/voice-print.ts";
import { assert, describe, skipUnless } from "../../harness/suite.ts";
import { isInstalled, spokenClip } from "../../kit/spoken-clip.ts";

const print = (value: number): VoicePrint => Array.from({ length: 24 }, () => value);

describe("the print of a voice", (it) => {
  it("is the same for a louder clip, and none of silence that is too short or of no clip", () => {
    const clip: Clip = Int16Array.from({ length: clipRate }, (_, at) => 3000 * Math.sin(at ** 1.2 / 9) * (1 + Math.sin(at / 3000)));
    const [one, louder] = [voicePrintOf(clip), voicePrintOf(clip.map((sample) => 2 * sample))];
    assert.ok(one && louder && unlikeness(one, louder) < 0.1);
    assert.ok(voicePrintOf(new Int16Array(clipRate))?.every(Number.isFinite), "of silence it is one like any other");
    for (const length of [0, 1, 600]) assert.is(voicePrintOf(new Int16Array(length).fill(900)), undefined);
  });

  it("parts voices that are made in different ways, whatever they say", () => {
    const missing = ["espeak-ng", "flite"].find((program) => !isInstalled(program));
    skipUnless(missing === undefined, `needs ${missing}`);
    const voices = [
      { engine: "espeak-ng", voice: "en-gb" },
      { engine: "flite", voice: "slt" },
    ] as const;
    const [[a1, a2], [b1, b2]] = voices.map((voice) =>
      ["turn off all the lights in the kitchen", "how warm is it upstairs"].map((text) => voicePrintOf(spokenClip(text, voice)) ?? []),
    ) as [[VoicePrint, VoicePrint], [VoicePrint, VoicePrint]];
    for (const [one, other] of [
      [a1, b1],
      [a1, b2],
      [a2, b2],
    ] as const) {
      assert.ok(unlikeness(one, other) > 1.5);
      assert.ok(unlikeness(one, other) > unlikeness(a1, a2) && unlikeness(one, other) > unlikeness(b1, b2));
    }
  });
});

describe("the voices that are known", (it) => {
  it("a clip is of the nearest, and of none where it is like none", () => {
    const voices = new KnownVoices();
    assert.is(voices.of(print(0)), undefined);
    assert.is(voices.of(undefined), undefined);
    assert.equal(voices.placeFor(print(0)), { voice: 0, isFresh: true });
    voices.learned(0, print(0), true);
    voices.learned(1, print(40), true);
    assert.is(voices.of(print(0.1)), 0);
    assert.is(voices.of(print(39.9)), 1);
    assert.is(voices.of(print(20)), undefined);
    assert.equal(voices.placeFor(print(40.1)), { voice: 1, isFresh: false });
  });

  it("beyond so many the one that has not been heard for longest makes room", () => {
    const voices = new KnownVoices();
    for (let voice = 0; voice < mostVoices; voice++) voices.learned(voice, print(40 * voice), true);
    voices.learned(0, print(0), false);
    assert.equal(voices.placeFor(print(-40)), { voice: 1, isFresh: true });
    voices.learned(1, print(-40), true);
    assert.is(voices.of(print(-40)), 1);
    assert.is(voices.of(print(40)), undefined);
  });
});
