/** A lamp that is off and is told how bright to be is turned on with it; of "the lights" those are meant, and are on again after a time, that are on. */
import { interpret } from "../../../src/driver/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { houseOf, readingOf } from "./table.ts";

const english = houseOf("en");
const german = houseOf("de");

/** The reading, and what is told beside it, where things of these numbers are on. */
function told(
  sentence: string,
  lit: readonly number[],
  { index, context, numberOf } = english,
): { readonly reading: string; readonly notes: string } {
  const known = (udf: string, property: string): unknown => (property === "On" ? lit.includes(numberOf(udf)) : context.known?.(udf, property));
  const now = { ...context, known };
  const meant = interpret(sentence, index, now);
  const reading = readingOf({ said: [sentence] }, { index, numberOf, context: now, denied: [], timed: [] });
  return { reading, notes: meant.kind === "command" ? (meant.notes ?? []).join("; ") : "" };
}

const readingIn = (sentence: string, lit: readonly number[], house = english): string => told(sentence, lit, house).reading;

describe("driver: what is off and is set", (it) => {
  it("is turned on with it where it is known to be off, and only then", () => {
    assert.is(readingIn("set the worktop to 40 percent", []), "Set 2: On=true Brightness=40");
    assert.is(readingIn("set the worktop to 40 percent", [2]), "Set 2: Brightness=40");
    assert.is(readingIn("dim the worktop", []), "Set 2: On=true Brightness=20");
    assert.is(readingIn("make the worktop a bit brighter", []), "Set 2: On=true Brightness=50");
    assert.is(readingIn("make the party lamp red", []), "Set 7: On=true Hue=0 Saturation=100");
    assert.is(readingIn("make the worktop warm white", []), "Set 2: On=true ColourTemperature=2700");
    assert.is(readingIn("stelle die Leselampe auf 40 Prozent", [], german), "Set 3: On=true Brightness=40");
  });

  it("is not by less of a value, by nothing of it, and by what is said with it", () => {
    assert.is(readingIn("make the worktop a bit darker", []), "Set 2: Brightness=30");
    assert.is(readingIn("set the worktop to 0 percent", []), "Set 2: Brightness=0");
    assert.is(readingIn("turn on the worktop at 40 percent", []), "Set 2: On=true Brightness=40");
    assert.is(readingIn("turn off the worktop", []), "Set 2: On=false");
    assert.is(readingIn("set the kettle to on", []), "Set 15: On=true");
  });

  it("is not by what comes again, of which nobody knows how it is then; it is by what is done once", () => {
    assert.is(readingIn("set the worktop to 40 percent every day at seven", []), "every 0123456 07:00 | Set 2: Brightness=40");
    assert.is(readingIn("turn on the worktop at 40 percent every day at seven", []), "every 0123456 07:00 | Set 2: On=true Brightness=40");
    assert.is(readingIn("set the worktop to 40 percent in ten minutes", []), "in 600 s | Set 2: On=true Brightness=40");
    assert.is(
      readingIn("set the worktop to 40 percent for an hour", []),
      "for 3600 s | Set 2: On=true Brightness=40 then Set 2: On=false Brightness=40",
    );
    assert.is(readingIn("when the kitchen window opens set the worktop to 40 percent", []), "if 19.Open is true | Set 2: Brightness=40");
  });

  it("of several that are switched off for a time those are switched on again that were on", () => {
    assert.is(readingIn("turn off the lights until six", [1, 4]).split(" then ")[1], "Set 1 4: On=true");
    assert.is(readingIn("turn off the kitchen lights for an hour", [2]), "for 3600 s | Set 1 2: On=false then Set 2: On=true");
    assert.match(readingIn("turn off the kitchen lights for an hour", []), /^refused/);
    assert.is(readingIn("turn off the worktop for an hour", []), "for 3600 s | Set 2: On=false then Set 2: On=true");
    for (const sentence of ["lights out from eleven to six", "turn off all lights from ten to six in the morning"])
      assert.match(readingIn(sentence, [1, 4]), /^refused/, sentence);
  });

  it("which of the lights of a room are on at another time nobody knows: each is set, and none is left out", () => {
    assert.is(readingIn("dim the lights in the living room to 20 at eleven", [4]), "at 11:00 | Set 3 4 7: Brightness=20");
    assert.is(readingIn("dim the lights in the living room to 20 in two hours", [4]), "in 7200 s | Set 3 4 7: Brightness=20");
    assert.is(readingIn("dim the lights in the living room to 20 for an hour", [4]).split(" then ")[0], "for 3600 s | Set 4: Brightness=20");
  });

  it("of the lights of a room those that are on are meant, where some are; of all of them, and of those that are named, each", () => {
    assert.equal(told("dim the lights in the living room to 20", [4]), {
      reading: "Set 4: Brightness=20",
      notes: "Party Lamp, Reading Lamp: off, and left so",
    });
    assert.is(readingIn("dim the kitchen", [1]), "Set 1: Brightness=20");
    assert.is(readingIn("dim the lights in the living room to 20", []), "Set 3 4 7: On=true Brightness=20");
    assert.is(readingIn("set both lights in the kitchen to 30", [1]), "Set 1: Brightness=30; Set 2: On=true Brightness=30");
    assert.is(readingIn("set the worktop and the kitchen light to 30", [1]), "Set 2: On=true Brightness=30; Set 1: Brightness=30");
    assert.is(readingIn("set all lights upstairs to 30", [5]), "Set 5: Brightness=30; Set 6: On=true Brightness=30");
  });
});
