/** Names that say what is said of things as well, or end in it: whoever is called just so is meant. */
import { makeNameIndex } from "../../../src/driver/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { thing, vocabulary } from "../../kit/named-things.ts";
import { readingOf } from "./table.ts";

const places = [
  { key: "kitchen", name: "Kitchen" },
  { key: "living", name: "Living Room" },
];
const named = [
  ["Power Strip", "plug", "kitchen"],
  ["Led Strip", "light", "kitchen"],
  ["Power Plug", "plug", "kitchen"],
  ["Kettle", "plug", "kitchen"],
  ["Colour Lamp", "colour-light", "kitchen"],
  ["Table Lamp", "colour-light", "living"],
  ["Kitchen Temperature", "sensor", "kitchen"],
  ["Attic Temperature", "sensor", "living"],
  ["Reading Lamp", "light", "living"],
  ["Front Door", "lock", "living"],
  ["Back Door", "lock", "kitchen"],
] as const;
const things = named.map(([name, kind, place], at) => thing(at + 1, name, { class: kind, place }));
const groups = [{ name: "Reading Lamps", things: things.filter(({ name }) => / Lamp$/.test(name)).map(({ udf }) => udf) }];
const numberOf = (udf: string): number => things.findIndex((candidate) => candidate.udf === udf) + 1;

describe("driver: names that are like what is said of things", (it) => {
  const index = makeNameIndex({ things, places, groups, vocabulary });
  for (const [sentence, reading] of [
    ["power strip on", "Set 1: On=true"],
    ["turn off the strip", "which 1 2"],
    ["power plug off", "Set 3: On=false"],
    ["colour lamp red", "Set 5: Hue=0 Saturation=100"],
    ["what is the temperature", "ask 7 8: Temperature"],
    ["turn off all the reading lamps", "Set 5 6 9: On=false"],
    ["if any door is unlocked turn on the kettle", "if 10.Locked is false 11.Locked is false | Set 4: On=true"],
    ["if all doors are unlocked turn on the kettle", "if every 10.Locked is false 11.Locked is false | Set 4: On=true"],
    ["unlock any door", "which 10 11"],
    ["unlock any doors", "which 10 11"],
    ["lock any doors", "Lock 10 11:"],
    ["is any door unlocked", "ask 10 11: Locked"],
  ] as const)
    it(`${sentence}`, () => {
      assert.is(readingOf({ said: [sentence] }, { index, numberOf, context: {}, denied: [], timed: [] }), reading);
    });

  it("a scene that is called as everything is switched is begun; one that is called as some things are is asked back", () => {
    const orders = [{ command: "Set", targets: [{ udf: things[3]?.udf ?? "", arguments: [{ Name: "On", Value: false }] }] }];
    const scenes = ["All Off", "Everything Off", "Reading Lamps Off"].map((name) => ({ key: name, name, orders }));
    const withScenes = makeNameIndex({ things, places, groups, scenes, vocabulary });
    const reading = (sentence: string) => readingOf({ said: [sentence] }, { index: withScenes, numberOf, context: {}, denied: [], timed: [] });
    assert.is(reading("all off"), "Set 4: On=false");
    assert.is(reading("everything off please"), "Set 4: On=false");
    assert.match(reading("turn everything off"), /^Set 1 /);
    assert.match(reading("reading lamps off"), /^which /);
  });
});
