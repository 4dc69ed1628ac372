/** Other words for what is said plainly: each of them is understood as what it stands for. */
import { filled, interpret, otherWordings } from "../../../src/driver/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { houseOf } from "./table.ts";

describe("other wordings", (it) => {
  it("of an order mean what it means, by every rule that fits", () => {
    const { index, context } = houseOf("en");
    const wordings = otherWordings(index.vocabulary.reworded);
    const meaning = (text: string): string => JSON.stringify(interpret(text, index, context));
    for (const [plain, other] of [
      ["turn on the kettle", "make sure the kettle is on"],
      ["turn off the worktop", "would you mind turning off the worktop"],
      ["set the ceiling to forty percent", "turn the ceiling down to forty percent"],
      ["is the kettle on", "have i left the kettle on"],
    ] as const) {
      const said = wordings(plain.split(" "))
        .flatMap(({ ways, capture }) => ways.map((way) => filled(way, capture)))
        .map((words) => words.join(" "));
      assert.ok(said.length > 0, plain);
      assert.ok(said.includes(other.replace("would you ", "")), `${plain}: ${other}`);
      assert.is(meaning(other), meaning(plain), other);
    }
  });
});
