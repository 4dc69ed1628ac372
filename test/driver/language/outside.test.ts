/** "Outside": places that are called so, places out of doors, things that say so by their names, and what is said where there is nothing of it. */
import { interpret, makeNameIndex } from "../../../src/driver/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { thing, vocabulary } from "../../kit/named-things.ts";
import { readingOf } from "./table.ts";

type Placed = readonly [name: string, kind: string, place?: string];

function indexOf(named: readonly Placed[], places: readonly { readonly key: string; readonly name: string; readonly alias?: string }[]) {
  const things = named.map(([name, kind, place], at) => thing(at + 1, name, { class: kind, ...(place === undefined ? {} : { place }) }));
  return makeNameIndex({
    things,
    places: places.map(({ key, name, alias }) => ({ key, name, ...(alias === undefined ? {} : { aliases: [{ Name: alias }] }) })),
    vocabulary,
  });
}

function readingIn(sentence: string, index: ReturnType<typeof indexOf>): string {
  const numberOf = (udf: string): number => index.things.findIndex((candidate) => candidate.udf === udf) + 1;
  return readingOf({ said: [sentence] }, { index, context: {}, numberOf, denied: [], timed: [] });
}

describe("driver: outside", (it) => {
  const inside = { key: "kitchen", name: "Kitchen" };
  const weather = ["Weather", "sensor", "kitchen"] as const;

  it("is a place of that name, or alias, alone", () => {
    const shed = { key: "shed", name: "Shed", alias: "outside" };
    const named: Placed[] = [weather, ["Barometer", "sensor", "shed"], ["Hedge", "sensor", "garden"]];
    assert.is(readingIn("how warm is it outside", indexOf(named, [inside, shed, { key: "garden", name: "Garden" }])), "ask 2: Temperature");
  });

  it("is else every place that is out of doors", () => {
    const places = [inside, { key: "back", name: "Back Garden" }, { key: "terrace", name: "Terrace" }];
    const named: Placed[] = [weather, ["Barometer", "sensor", "back"], ["Lantern", "light", "terrace"], ["Tree", "light", "back"]];
    const index = indexOf(named, places);
    assert.is(readingIn("how warm is it outside", index), "ask 2: Temperature");
    assert.is(readingIn("turn off the lights outside", index), "Set 3 4: On=false");
    assert.is(readingIn("turn on the outside lights", index), "Set 3 4: On=true");
    assert.is(readingIn("turn on the lights in the garden", index), "Set 4: On=true");
  });

  it("is else what says so by its name", () => {
    const index = indexOf([weather, ["Outdoor Thermometer", "sensor"], ["Garden Hose", "valve"]], [inside]);
    assert.is(readingIn("how warm is it outside", index), "ask 2: Temperature");
  });

  it("where nothing tells of it that is said, and what would", () => {
    const meant = interpret("how warm is it outside", indexOf([weather], [inside]), {});
    assert.is(meant.kind, "unknown");
    assert.match(meant.kind === "unknown" ? meant.text : "", /^nothing here tells of the outside: .* garden, or outside$/);
  });
});
