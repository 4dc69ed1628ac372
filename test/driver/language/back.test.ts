/** "For an hour": what is done when it is over. */
import { interpret, makeNameIndex } from "../../../src/driver/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { thing, vocabulary } from "../../kit/named-things.ts";

const index = makeNameIndex({
  things: [thing(1, "oven", { class: "oven" }), thing(2, "lamp"), thing(3, "front door", { class: "lock" })],
  places: [],
  vocabulary,
});

function after(sentence: string, known: Readonly<Record<string, boolean | number | string>>): unknown {
  const meant = interpret(sentence, index, { known: (_, property) => known[property] });
  return meant.kind === "timed" ? meant.back?.map(({ command, targets }) => [command, targets[0]?.arguments]) : meant.kind;
}

describe("driver: for a time", (it) => {
  it("what heats is stopped, whatever it was before", () => {
    assert.equal(after("turn on the oven for an hour", { Mode: "grill", Target: 220 }), [["Stop", []]]);
    assert.equal(after("preheat the oven to 180 degrees for forty minutes", {}), [["Stop", []]]);
  });

  it("a number becomes what it was, with the switch; where that is not known nothing is done", () => {
    assert.equal(after("set the lamp to 20 percent for an hour", { Brightness: 70, On: false }), [
      [
        "Set",
        [
          { Name: "On", Value: false },
          { Name: "Brightness", Value: 70 },
        ],
      ],
    ]);
    assert.is(after("set the lamp to 20 percent for an hour", {}), "unknown");
    assert.is(after("set the lamp to 20 percent for an hour", { Brightness: 700, On: true }), "unknown");
    assert.is(after("unlock the front door for a minute", {}), "unknown");
  });
});
