/** A language model of sentences: what follows what is as likely as it came, and what never came is as likely as its words by themselves let it be. */
import { trigramModel } from "../../../src/speech/grammar/trigrams.ts";
import { assert, describe } from "../../harness/suite.ts";
import { arpaModel } from "../../kit/arpa-model.ts";

const sentences = ["turn on the light", "turn on the light", "turn off the light", "turn the kettle on", "the light"].map((text) => text.split(" "));

describe("the language model of a house", (it) => {
  const model = arpaModel(trigramModel(sentences));

  it("gives all words together the likelihood of one, behind each history that came and behind one that did not", () => {
    const words = [...model.words].filter((word) => word !== "<s>");
    for (const history of [["<s>"], ["<s>", "turn"], ["turn", "on"], ["the", "light"], ["kettle", "on"], ["light", "kettle"], ["kettle", "the"]]) {
      const sum = words.reduce((all, word) => all + 10 ** model.likely([...history, word]), 0);
      assert.ok(Math.abs(sum - 1) < 0.005, `${history.join(" ")}: ${sum}`);
    }
  });

  it("finds what came more often likelier, and everything that came likelier than what did not", () => {
    const likely = (text: string): number => model.sentence(text.split(" "));
    assert.ok(likely("turn on the light") > likely("turn off the light"));
    assert.ok(likely("turn off the light") > likely("turn off the kettle"), "the kettle was never turned off");
    assert.ok(likely("turn off the kettle") > likely("kettle the turn off"), "and is likelier than any row of its words");
    // By hand: "the" stands behind "<s>" once in five, of two kinds. By itself it stands behind four of twelve pairs, and there are seven words.
    const byHand = (1 + 2 * ((4 + 1) / (12 + 7))) / (5 + 2);
    assert.ok(Math.abs(10 ** model.likely(["<s>", "the"]) - byHand) < 0.001, String(10 ** model.likely(["<s>", "the"])));
  });

  it("is written as the format has it: the counts of its head are those of its lines, each gram once", () => {
    for (const [length, { told, lines }] of model.grams) {
      assert.is(lines.length, told, `${length}-grams`);
      assert.is(new Set(lines).size, told);
    }
    assert.equal([...model.grams.keys()], [1, 2, 3]);
  });
});
