/** What things are called by their kind: all there is of some, and kinds of one class that are not each other. */
import { interpret, loadLanguage, makeNameIndex, makeVocabulary } from "../../../src/driver/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { catalogue, thing, udfOf } from "../../kit/named-things.ts";

const places = [
  { key: "up", name: "upstairs" },
  { key: "room", name: "bedroom", parent: "up" },
  { key: "bath", name: "bathroom", parent: "up" },
];

function houseOf(language: string, names: readonly (readonly [string, string, string])[]) {
  const index = makeNameIndex({
    things: names.map(([name, kind, place], at) => thing(at + 1, name, { class: kind, place })),
    places,
    vocabulary: makeVocabulary(catalogue.drivers.values(), loadLanguage(language)),
  });
  const udfs = names.map((_, at) => udfOf(at + 1));
  return (sentence: string): string => {
    const meant = interpret(sentence, index, { known: () => 20 });
    const targets =
      meant.kind === "command"
        ? meant.orders.flatMap((order) => order.targets.map(({ udf }) => udf))
        : meant.kind === "query"
          ? meant.asks.flatMap((ask) => ask.targets)
          : [];
    return `${meant.kind} ${targets.map((udf) => udfs.indexOf(udf) + 1).join(" ")}`.trim();
  };
}

describe("driver: nouns", (it) => {
  it("curtains are no blinds, unless nothing there is called so", () => {
    const say = houseOf("en", [
      ["bedroom blinds", "cover", "room"],
      ["bedroom curtains", "cover", "room"],
      ["bathroom shutter", "cover", "bath"],
    ]);
    assert.is(say("close the curtains"), "command 2");
    assert.is(say("blinds down in the bedroom"), "command 1");
    assert.is(say("open all curtains"), "command 2");
    assert.is(say("open all blinds"), "command 1 3");
    assert.is(say("are the curtains down"), "query 2");
    assert.is(houseOf("en", [["bedroom curtains", "cover", "room"]])("close the blinds"), "command 1");
    const sage = houseOf("de", [
      ["Rollo", "cover", "room"],
      ["Badezimmervorhang", "cover", "bath"],
    ]);
    assert.is(sage("mach den Vorhang zu"), "command 2");
    assert.is(sage("alle Rollos runter"), "command 1");
  });

  it("the heating of a room is all of it, and of the whole house it is asked which is set; what is asked is told of all", () => {
    const say = houseOf("en", [
      ["left radiator", "thermostat", "room"],
      ["right radiator", "thermostat", "room"],
      ["towel rail", "thermostat", "bath"],
    ]);
    assert.is(say("set the bedroom heating to 19"), "command 1 2");
    assert.is(say("turn off the heating in the bedroom"), "command 1 2");
    assert.is(say("turn off the heating"), "question");
    assert.is(say("is the heating on"), "query 1 2 3");
    assert.is(say("turn off the radiator in the bedroom"), "question");
  });
});
