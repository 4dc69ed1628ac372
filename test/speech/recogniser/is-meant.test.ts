/** What was heard counts when enough speaks for it, and each of the figures can speak against it. */
import type { HelperAnswer } from "../../../src/speech/recogniser/helper.ts";
import { isMeant } from "../../../src/speech/recogniser/is-meant.ts";
import { assert, describe } from "../../harness/suite.ts";

const words = ["turn", "on", "the", "kitchen", "light"];
/** As a clear voice says it. */
const clear: HelperAnswer = { id: 1, words, score: 8, worst: -5, unlike: 0.3, sounds: 16 };

describe("what was heard", (it) => {
  it("counts when it sounds as whatever else could be said, and not when one of the figures speaks against it", () => {
    assert.ok(isMeant(clear));
    assert.not.ok(isMeant({ ...clear, score: -20 }));
    assert.not.ok(isMeant({ ...clear, worst: -80 }));
    assert.not.ok(isMeant({ ...clear, score: -4, worst: -20, unlike: 0.9 }));
    assert.not.ok(isMeant({ ...clear, score: -5, worst: -20, unlike: 0.5, sounds: 6 }));
  });

  it("a short one must sound like what else it may have been", () => {
    const yes: HelperAnswer = { id: 1, words: ["yes"], score: 30, worst: 30, unlike: 0.6, sounds: 3 };
    assert.ok(isMeant(yes));
    assert.not.ok(isMeant({ ...yes, unlike: 0.8 }));
  });

  it("what was not told speaks against it", () => {
    assert.not.ok(isMeant({ id: 1 }));
    assert.not.ok(isMeant({ id: 1, words: [], score: 50, worst: 50, unlike: 0, sounds: 90 }));
    assert.not.ok(isMeant({ id: 1, words }));
    assert.not.ok(isMeant({ id: 1, words, score: 8, worst: 8 }));
  });
});
