/** How high a voice is, through noise too; and what has no pitch. */
import { type Clip, clipRate } from "../../../src/speech/sound/clip.ts";
import { pitchOf } from "../../../src/speech/sound/pitch.ts";
import { assert, describe } from "../../harness/suite.ts";
import { noisy } from "../../kit/spoken-clip.ts";

/** A saw tooth, with all the overtones of a voice, and a pause of the same length behind it. */
const voice = (hertz: number): Clip =>
  Int16Array.from({ length: clipRate }, (_, at) => (at < clipRate / 2 ? Math.round(8000 * (((at * hertz) / clipRate) % 1)) : 0));
const near = (found: number | undefined, hertz: number): boolean => found !== undefined && Math.abs(found / hertz - 1) < 0.06;

describe("the pitch of a clip", (it) => {
  it("is that of the voice in it, low and high, through noise too", () => {
    for (const hertz of [85, 110, 150, 200, 240]) {
      assert.ok(near(pitchOf(voice(hertz)), hertz), `${hertz}: ${pitchOf(voice(hertz))}`);
      assert.ok(near(pitchOf(noisy(voice(hertz), 15)), hertz), `${hertz} in noise`);
    }
  });

  it("is none in silence, in noise, in what is shorter than a piece, and in no clip", () => {
    for (const clip of [new Int16Array(clipRate), noisy(new Int16Array(clipRate).fill(600), 0), new Int16Array(400).fill(900), new Int16Array(0)])
      assert.is(pitchOf(clip), undefined);
  });
});
