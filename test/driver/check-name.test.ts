/** What may become a name, and what is refused when it is given rather than asked about later. */
import { checkName } from "../../src/driver/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { indexOf, udfOf } from "./house.ts";

const index = indexOf();

const good: readonly (readonly [given: string, stored: string])[] = [
  ["Lamp", "Lamp"],
  ["  Big   lamp ", "Big lamp"],
  ["Cafe\u0301 light", "Café light"],
  ["🍳", "🍳"],
  ["👩‍🍳 light", "👩‍🍳 light"],
  ["لامپ", "لامپ"],
  ["bridge light", "bridge light"],
  ["ball lamp", "ball lamp"],
  ["x".repeat(64), "x".repeat(64)],
];

const bad: readonly (readonly [name: string, reason: RegExp])[] = [
  ["", /must not be empty/],
  [" \u00A0 ", /must not be empty/],
  ["...", /no letter or digit/],
  ["x".repeat(65), /longer than 64/],
  ["x".repeat(10_000), /longer than 64/],
  ["a\u0000b", /control characters/],
  ["a\nb", /control characters/],
  ["\uD800lamp", /control characters/],
  ["\u202Epmal", /direction characters/],
  ["la\u200Bmp", /invisible/],
  ["a/b", /must not have \//],
  ["a+b", /must not have \+/],
  ["#1", /must not have #/],
  ["$SYS", /must not have \$/],
  ["a／b", /must not have \//],
  ["Bridge", /kept for the hub/],
  ["All", /means several devices/],
  ["the all", /means several devices/],
  ["all lights", /means several devices/],
  ["everything", /means several devices/],
];

describe("driver: names", (it) => {
  for (const [given, stored] of good) it(`takes ${JSON.stringify(given.slice(0, 20))}`, () => assert.is(checkName(given, { index }), stored));

  for (const [name, reason] of bad) {
    it(`refuses ${JSON.stringify(name.slice(0, 20))}`, async () =>
      assert.match((await throwsMesh(() => checkName(name, { index }), "ERR_NAME")).message, reason));
  }

  it("refuses a name that another thing has in the same place, and names that thing", async () => {
    const error = await throwsMesh(() => checkName("kitchen LIGHT", { index, udf: udfOf(2), place: "kitchen" }), "ERR_NAME");
    assert.is(error.message, `the name "kitchen LIGHT" is taken by Kitchen Light in House / Downstairs / Kitchen (light ${udfOf(1).slice(0, 14)})`);
    assert.is(error.detail.clash, udfOf(1));
    await throwsMesh(() => checkName("main", { index, udf: udfOf(2), place: "kitchen" }), "ERR_NAME");
    await throwsMesh(() => checkName("christmas tree", { index, udf: udfOf(2) }), "ERR_NAME");
  });

  it("takes it in another place, and for the thing itself", () => {
    assert.is(checkName("Kitchen Light", { index, udf: udfOf(2), place: "garage" }), "Kitchen Light");
    assert.is(checkName("Main", { index, udf: udfOf(1), place: "kitchen" }), "Main");
  });
});
