/** Where one of several may be meant, each has a sentence that is of it alone: what a page offers as a button. Over the tables of sentences. */
import { interpret, referredBy } from "../../../src/driver/index.ts";
import { questionOf } from "../../../src/hub/names/question.ts";
import { houseOf, rowsOf } from "../../driver/language/table.ts";
import { assert, describe } from "../../harness/suite.ts";
import { indexOf, thing } from "../../kit/named-things.ts";

/** What is offered in the place of a sentence. */
function offers(text: string, { index, context, place }: Pick<ReturnType<typeof houseOf>, "index" | "context"> & { readonly place?: string }) {
  const meant = interpret(text, index, { ...context, place });
  if (meant.kind !== "question") return [];
  const question = questionOf(meant, { text, index, context: { ...context, place }, mayRead: () => true });
  return question?.kind === "question" ? question.candidates : [];
}

const sentencesOf = (text: string, language: string) => offers(text, houseOf(language)).map(({ sentence }) => sentence);

describe("one of several", (it) => {
  it("has a sentence of its own, in the words that were said", () => {
    assert.equal(sentencesOf("turn off the night light in ten minutes", "en"), [
      "turn off Bedroom Night Light in ten minutes",
      "turn off Nursery Night Light in ten minutes",
    ]);
    assert.equal(sentencesOf("turn off the worktop and the night light", "en"), [
      "turn off the worktop and Bedroom Night Light",
      "turn off the worktop and Nursery Night Light",
    ]);
    assert.equal(sentencesOf("It's late, turn off the night light!", "en"), ["turn off Bedroom Night Light", "turn off Nursery Night Light"]);
    assert.equal(sentencesOf("Schalte die Heizung (bitte) aus.", "de"), [
      "Schalte Heizkörper im Schlafzimmer (bitte) aus.",
      "Schalte Kaminofen (bitte) aus.",
    ]);
    assert.equal(sentencesOf("start movi night", "en"), ["start Movie Night"]);
  });

  it("has none where it would be of others, or of all but it", () => {
    assert.equal(sentencesOf("turn off all lights except the night light", "en"), [undefined, undefined]);
    const index = indexOf({ things: [thing(1, "lamp"), thing(2, "lamp")] });
    assert.equal(
      offers("turn on the lamp", { index, context: {} }).map(({ sentence }) => sentence),
      [undefined, undefined],
      "two of one name in one place",
    );
    const many = indexOf({ things: Array.from({ length: 30 }, (_, at) => thing(at, `lamp of ${String.fromCharCode(97 + (at % 26))}${at}`)) });
    assert.is(offers("turn on any light", { index: many, context: {} }).filter(({ sentence }) => sentence !== undefined).length, 12, "each is read");
  });

  it("is what nearly every question of the tables has for nearly each, and it is of that one and of no other", () => {
    for (const language of ["en", "de"]) {
      const house = houseOf(language);
      const counted = { with: 0, without: 0 };
      for (const { said, place } of rowsOf(language)) {
        const candidates = offers(said.at(-1) ?? "", { ...house, ...(place === undefined ? {} : { place }) });
        for (const { udf, sentence, class: kind } of candidates) {
          counted[sentence === undefined ? "without" : "with"] += 1;
          if (sentence === undefined || kind === "scene") continue;
          const meant = interpret(sentence, house.index, { ...house.context, place });
          const things = referredBy(meant, house.index)?.things ?? [];
          assert.ok(things.includes(udf) && !candidates.some((other) => other.udf !== udf && things.includes(other.udf)), sentence);
        }
      }
      assert.ok(counted.with > 4 * counted.without, `${language}: ${JSON.stringify(counted)}`);
    }
  });
});
