/** The resolver as a table: docs/design.md §8, and what users of other hubs complained about. */
import type { ResolveContext } from "../../src/driver/index.ts";
import { resolve } from "../../src/driver/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { indexOf, numberOf, thing, things, udfOf } from "../kit/named-things.ts";

const index = indexOf();
const isLight: ResolveContext["ability"] = (candidate) => candidate.class === "light";

/** "one 1", "many 1 2", "ambiguous 1 4" or "none". */
function outcome(phrase: string, context: ResolveContext = {}, names = index): string {
  const result = resolve(phrase, names, context);
  const numbers = (udfs: readonly string[]) =>
    udfs
      .map(numberOf)
      .sort((a, b) => a - b)
      .join(" ");
  switch (result.kind) {
    case "one":
      return `one ${numbers([result.udf])}`;
    case "many":
      return `many ${numbers(result.udfs)}`;
    case "ambiguous":
      return `ambiguous ${numbers(result.candidates.map(({ udf }) => udf))}`;
    case "none":
      return "none";
  }
}

const table: readonly (readonly [phrase: string, expected: string, context?: ResolveContext])[] = [
  // exact name and alias, evened out
  ["Kitchen Light", "one 1"],
  ["  the KITCHEN   light! ", "one 1"],
  ["ｋｉｔｃｈｅｎ light", "one 1"],
  ["kitchen\u200B light", "one 1"],
  ["worktops", "one 2"],
  ["alice's lamp 2", "one 12"],
  ["Alice’s lamp two", "one 12"],
  // name or kind, and place
  ["the worktop in the kitchen", "one 2"],
  ["kitchen worktop", "one 2"],
  ["the lamp on the desk", "one 3"],
  ["light on the desk in the living room", "one 3"],
  ["desk lamp", "one 3"],
  ["night light upstairs bedroom", "one 5"],
  ["the night light in the bedroom", "one 5"],
  ["nursery light", "one 6"],
  ["light in the nursery upstairs", "one 6"],
  ["ground floor worktop", "one 2"],
  ["worktop upstairs", "none"],
  ["worktop in the attic", "none"],
  // one alias in two rooms
  ["main", "ambiguous 1 4"],
  ["main", "one 1", { place: "kitchen" }],
  ["main", "one 4", { place: "living" }],
  ["main in the living room", "one 4", { place: "kitchen" }],
  ["main", "ambiguous 1 4", { place: "garage" }],
  // one name in two rooms of a floor
  ["night light", "ambiguous 5 6"],
  ["night light", "one 6", { place: "nursery" }],
  ["night light", "ambiguous 5 6", { place: "up" }],
  ["the night light in the bedroom", "one 5", { place: "nursery" }],
  // an unnamed light: the speaker's place, then what that is part of
  ["the light", "ambiguous 1 2", { place: "kitchen" }],
  ["the light", "one 3", { place: "desk" }],
  ["the light", "ambiguous 3 4", { place: "living" }],
  ["the light", "ambiguous 1 2 3 4 5 6 10 11 12"],
  ["the sensor", "ambiguous 8 9", { place: "house" }],
  ["the sensor", "one 9", { place: "bedroom" }],
  // houses
  ["bedroom lamp", "ambiguous 5 10 12"],
  ["bedroom lamp", "one 10", { home: "cottage" }],
  ["bedroom lamp", "one 10", { place: "cottage" }],
  ["christmas tree", "one 11", { home: "cottage" }],
  // a speaker does not shadow a light
  ["reading lamp", "ambiguous 3 7"],
  ["reading lamp", "one 3", { ability: isLight }],
  ["jukebox", "none", { ability: isLight }],
  // all of a kind
  ["all lights", "many 1 2 3 4 5 6 10 11 12"],
  ["all of the lights in the kitchen", "many 1 2"],
  ["every lamp in the house", "many 1 2 3 4 5 6 12"],
  ["all lights", "many 1 2 3 4 5 6 11 12", { home: "house", place: "kitchen" }],
  ["all kitchen lights", "many 1 2"],
  ["everything downstairs", "many 1 2 3 4 7 8"],
  ["everything downstairs", "many 1 2 3 4", { ability: isLight }],
  ["everything in the garage", "none"],
  ["all lights in the attic", "none"],
  ["all bedroom lights", "many 5 10 12"],
  ["all bedroom lights", "many 5 12", { home: "house" }],
  // plurals
  ["the lights in the kitchen", "many 1 2"],
  ["kitchen lights", "many 1 2"],
  ["the lights", "many 1 2", { place: "kitchen" }],
  ["the lights", "ambiguous 1 2 3 4 5 6 10 11 12"],
  ["bedroom lights", "ambiguous 5 10 12"],
  ["bedroom lights", "many 5 12", { place: "nursery" }],
  ["nursery lights", "one 6"],
  // nothing
  ["", "none"],
  ["   ", "none"],
  ["the", "none"],
  ["?!", "none"],
  ["kitchen", "none"],
];

describe("driver: resolver", (it) => {
  for (const [phrase, expected, context] of table) {
    it(`"${phrase}" ${JSON.stringify(context ?? {})} is ${expected}`, () => assert.is(outcome(phrase, context), expected));
  }

  it("takes a fingerprint of 8 characters or more, and no shorter one", () => {
    const { udf } = thing(9, "x");
    assert.is(outcome(udf), "one 9");
    assert.is(outcome(udf.toLowerCase().replaceAll("-", "")), "one 9");
    assert.is(outcome(udf.slice(0, 9)), "one 9");
    assert.is(outcome(udf.slice(0, 8)), "none");
  });

  it("asks when a prefix fits two fingerprints", () => {
    const twins = ["MABC-DEFG-2222-AAAA-AAAA-AAAA-AAAA", "MABC-DEFG-3333-AAAA-AAAA-AAAA-AAAA"].map((udf) => ({
      ...thing(1, udf.slice(10, 14)),
      udf,
    }));
    const result = resolve("mabc defg", indexOf({ things: twins }));
    assert.equal(
      result.kind === "ambiguous" && result.candidates.map(({ udf }) => udf),
      twins.map(({ udf }) => udf),
    );
    assert.equal(resolve("mabcdefg2", indexOf({ things: twins })), { kind: "one", udf: twins[0]?.udf });
  });

  it("lists the candidates with name, place and class", () => {
    const result = resolve("reading lamp", index);
    assert.equal(result.kind === "ambiguous" && result.candidates, [
      { udf: udfOf(3), name: "Reading Lamp", place: ["House", "Downstairs", "Living Room", "Desk"], class: "light", online: undefined },
      { udf: udfOf(7), name: "Jukebox", place: ["House", "Downstairs", "Living Room"], class: "speaker", online: undefined },
    ]);
  });

  it("says what fits but cannot", () => {
    const result = resolve("jukebox", index, { ability: isLight });
    assert.equal(result.kind === "none" && result.unable.map(({ name }) => name), ["Jukebox"]);
  });

  it("suggests names that look alike", () => {
    const result = resolve("kichen ligt", index);
    assert.equal(result.kind === "none" && result.suggestions, ["Kitchen Light"]);
  });

  it("carries the identity through when an alias is another thing's name", () => {
    const named = indexOf({ things: [thing(1, "Lamp", { place: "kitchen", aliases: ["sun"] }), thing(2, "Lamp", { place: "bedroom" })] });
    assert.is(outcome("sun", {}, named), "one 1");
  });

  it("is not broken by a blank name or alias", () => {
    const named = indexOf({ things: [thing(1, ""), thing(2, " ", { aliases: ["", "..."] }), thing(3, "lamp x", { aliases: [""] })] });
    assert.is(outcome("", {}, named), "none");
    assert.is(outcome("lamp x", {}, named), "one 3");
  });

  it("ends with places that are parts of each other", () => {
    const circle = [
      { key: "a", name: "a room", parent: "b" },
      { key: "b", name: "b room", parent: "a" },
    ];
    const named = indexOf({ things: [thing(1, "lamp x", { place: "a" })], places: circle });
    assert.is(outcome("lamp x in the b room", { place: "b" }, named), "one 1");
  });

  it("is not surprised by names such as __proto__ and constructor, or by a long phrase", () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      assert.is(outcome(name), "none");
      assert.is(outcome(name, {}, indexOf({ things: [thing(1, name)] })), "one 1");
    }
    assert.is(outcome("kitchen ".repeat(10_000)), "none");
    assert.is(outcome("\u0000\uD800".repeat(1000)), "none");
  });

  it("leaves its input alone", () => {
    const before = JSON.stringify(things);
    resolve("all lights", index, Object.freeze({ place: "kitchen" }));
    assert.is(JSON.stringify(things), before);
  });
});
