/** The sample of sentences that the language model is made of: what people say to the house, in words that the grammar has and has not. */
import { makeNameIndex } from "../../../src/driver/index.ts";
import { whateverIsMeant } from "../../../src/hub/voice/whatever-is-meant.ts";
import { spokenBreadth, typedBreadth } from "../../../src/speech/grammar/breadth.ts";
import { housePhrases } from "../../../src/speech/grammar/house-phrases.ts";
import { sentenceSample } from "../../../src/speech/grammar/sentence-sample.ts";
import { houseOf } from "../../driver/language/table.ts";
import { assert, describe } from "../../harness/suite.ts";

const count = 3000;

describe("a sample of sentences", (it) => {
  const { index } = houseOf("en");

  it("is of orders, times and questions that this house understands, the same each time", async () => {
    const phrases = { spoken: await housePhrases(index, spokenBreadth), typed: await housePhrases(index, typedBreadth) };
    const sample = [...sentenceSample(index, phrases, count)].map((words) => words.join(" "));
    assert.equal(
      [...sentenceSample(index, phrases, count)].map((words) => words.join(" ")),
      sample,
    );
    const kinds = new Map<string, number>();
    for (const text of sample.slice(0, count)) {
      const { kind } = whateverIsMeant(text, index, {}).meant;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    const share = (kind: string): number => (kinds.get(kind) ?? 0) / count;
    assert.ok(share("command") > 0.4 && share("timed") > 0.07 && share("query") > 0.07, JSON.stringify([...kinds]));
    assert.ok(share("unknown") < 0.2, "few are put together so that nobody would say them");
    assert.not.ok(sample.some((text) => /[<>]|undefined/.test(text)));
    assert.ok(
      sample.some((text) => /\b(shut|power|toggle|have)\b/.test(text)),
      "wordings that are typed, and are in no grammar",
    );
    for (const said of [
      "kettle",
      "cottage lamp",
      "movie night",
      "upstairs",
      "two hours",
      "every",
      "thank you",
      "percent",
      "yes",
      "mind turning",
      "and a half",
      "make sure",
      "except the",
      "but the",
      "in here",
      "did i leave",
      "dark blue",
      "half brightness",
      "and off at",
      " until ",
    ])
      assert.ok(
        sample.some((text) => text.includes(said)),
        said,
      );
  });

  it("of a house without anything is of yes and no, and of what needs no thing", async () => {
    const empty = makeNameIndex({ things: [], places: [], vocabulary: index.vocabulary });
    const spoken = await housePhrases(empty, spokenBreadth);
    const sample = new Set([...sentenceSample(empty, { spoken, typed: spoken }, 100)].map((words) => words.join(" ")));
    assert.ok(sample.has("yes") && sample.has("no"));
    assert.not.ok([...sample].some((text) => text.includes("<")));
  });
});
