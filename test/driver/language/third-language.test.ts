/** What a further language may need of numbers and units, as data: numbers of several words, accents and hyphens as people write them, a unit with a number in it. */
import { readFileSync } from "node:fs";
import { packagePath } from "../../../src/base/package-root.ts";
import { defineLanguage, interpret, makeNameIndex, makeVocabulary } from "../../../src/driver/index.ts";
import { keyOf } from "../../../src/driver/language/text.ts";
import { assert, describe } from "../../harness/suite.ts";
import { catalogue, thing } from "../../kit/named-things.ts";

const english = JSON.parse(readFileSync(packagePath("src", "driver", "language", "en.json"), "utf8")) as Record<string, unknown>;
/** English with the numbers of French. */
const language = defineLanguage(
  {
    ...english,
    And: ["et"],
    Numbers: {
      ...{ zéro: 0, un: 1, deux: 2, sept: 7, dix: 10, onze: 11, quinze: 15, vingt: 20, soixante: 60, cent: 100, mille: 1000 },
      ...{ "vingt et un": 21, "soixante-dix": 70, "soixante et onze": 71, "soixante-quinze": 75, "quatre-vingts": 80, "quatre-vingt": 80 },
      ...{ quatre: 4, "quatre-vingt-dix": 90 },
    },
    Units: { "%": ["pour cent"], "°C": ["degrés"] },
  },
  "test",
);

describe("driver: numbers of a further language", (it) => {
  it("of one word and of several, with accents and hyphens or without", () => {
    for (const [text, key] of [
      ["lampe zéro", "lampe 0"],
      ["lampe ZERO", "lampe 0"],
      ["lampe vingt et un", "lampe 21"],
      ["lampe vingt-et-un", "lampe 21"],
      ["lampe vingt", "lampe 20"],
      ["lampe soixante-dix", "lampe 70"],
      ["lampe soixante dix-sept", "lampe 77"],
      ["lampe quatre-vingt-dix-sept", "lampe 97"],
      ["lampe quatre", "lampe 4"],
      ["lampe deux cent vingt et un", "lampe 221"],
      ["lampe cent et sept", "lampe 107"],
      ["lampe mille deux cent soixante-quinze", "lampe 1275"],
      // No number goes on there.
      ["lampe vingt et", "lampe 20 et"],
      ["lampe un et deux", "lampe 1 et 2"],
    ] as const)
      assert.is(keyOf(text, language), key);
  });

  it("are values in a sentence, with a unit in which there is a number", () => {
    const vocabulary = makeVocabulary(catalogue.drivers.values(), language);
    const index = makeNameIndex({ things: [thing(1, "lustre", { class: "light" })], places: [], groups: [], scenes: [], recipes: [], vocabulary });
    const brightness = (text: string): unknown => {
      const meant = interpret(text, index, { known: () => undefined });
      return meant.kind === "command" ? meant.orders[0]?.targets[0]?.arguments : meant.kind;
    };
    for (const [text, value] of [
      ["set lustre to quarante pour cent", undefined],
      ["set lustre to soixante-quinze pour cent", 75],
      ["set lustre to quatre-vingt-dix-sept pour cent", 97],
      ["set lustre to vingt et un", 21],
      ["set lustre to 40 pour cent", 40],
    ] as const)
      assert.equal(brightness(text), value === undefined ? "unknown" : [{ Name: "Brightness", Value: value }], text);
  });
});
