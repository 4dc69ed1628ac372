/** What was heard counts when enough speaks for it, and each of the figures can speak against it; how much is enough depends on what it would be. */
import type { HelperAnswer } from "../../../src/speech/recogniser/helper.ts";
import { evidenceOf, type HeardAs, type HeardBy, isClear, isMeant } from "../../../src/speech/recogniser/is-meant.ts";
import { assert, describe } from "../../harness/suite.ts";

const words = ["turn", "on", "the", "kitchen", "light"];
/** As a clear voice says it. */
const clear: HelperAnswer = { id: 1, words, score: 8, worst: -5, unlike: 0.3, sounds: 16 };

function counts(answer: HelperAnswer, as: HeardAs, by: HeardBy = "grammar"): boolean {
  const evidence = evidenceOf(answer);
  return evidence !== undefined && isMeant({ evidence, by }, as);
}

describe("what was heard", (it) => {
  it("counts when it sounds as whatever else could be said, and not when one of the figures speaks against it", () => {
    for (const as of ["order", "several", "timed", "question", "answer", "nothing"] as const) {
      assert.ok(counts(clear, as));
      assert.not.ok(counts({ ...clear, score: -30 }, as));
      assert.not.ok(counts({ ...clear, score: -9, worst: -20, unlike: 0.9 }, as));
      assert.not.ok(counts({ ...clear, score: -7, worst: -25, unlike: 0.6, sounds: 6 }, as));
    }
  });

  it("counts as an order where one word of it was hardly said, and not as a question, for another time, or as an answer", () => {
    // "Set the kitchen light forty percent" through a browser's microphone.
    const poor: HelperAnswer = { id: 1, words, score: -5.47, worst: -36.07, unlike: 0.667, sounds: 24 };
    assert.ok(counts(poor, "order", "both"));
    assert.ok(counts({ ...poor, worst: -200 }, "order", "both"), "one word alone does not refuse it");
    for (const as of ["timed", "question", "answer", "nothing"] as const) assert.not.ok(counts(poor, as, "both"));
    for (const by of ["grammar", "model"] as const) assert.not.ok(counts(poor, "order", by), "one search alone has heard it");
  });

  it("counts for less where the clip had to be listened to once more", () => {
    const [first = 0, second = 0] = [evidenceOf(clear), evidenceOf(clear, 1)];
    assert.ok(second < first && isMeant({ evidence: second, by: "both" }, "order"));
    const poor: HelperAnswer = { ...clear, score: -8, worst: -25, unlike: 0.42 };
    assert.ok(isMeant({ evidence: evidenceOf(poor) ?? Number.NaN, by: "grammar" }, "order"));
    assert.not.ok(isMeant({ evidence: evidenceOf(poor, 1) ?? Number.NaN, by: "grammar" }, "order"));
  });

  it("a short one must sound like what else it may have been", () => {
    const yes: HelperAnswer = { id: 1, words: ["yes"], score: 30, worst: 30, unlike: 0.6, sounds: 3 };
    assert.ok(counts(yes, "answer"));
    assert.not.ok(counts({ ...yes, unlike: 0.8 }, "answer"));
    assert.ok(counts({ ...yes, words: ["game", "day"], sounds: 5, unlike: 0.8 }, "order"), "a scene's name alone");
    assert.not.ok(counts({ ...yes, score: 0, worst: 0, unlike: 0.5 }, "answer"));
  });

  it("what was not told speaks against it", () => {
    for (const answer of [{ id: 1 }, { id: 1, words: [], score: 50, worst: 50, unlike: 0, sounds: 90 }, { id: 1, words }]) {
      assert.is(evidenceOf(answer), undefined);
    }
    assert.not.ok(counts({ id: 1, words, score: 2, worst: 2 }, "order"));
  });

  it("is clear where it is above its opposite, or has none", () => {
    assert.ok(isClear(clear));
    assert.ok(isClear({ ...clear, above: 400 }));
    assert.not.ok(isClear({ ...clear, above: 20 }));
    assert.not.ok(isClear({ ...clear, above: -300 }));
  });
});
