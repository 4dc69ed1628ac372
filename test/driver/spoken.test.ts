/** What people say and write the same, though it is spelled differently: names by their letters, numbers by their value. */
import type { SpeakerContext } from "../../src/driver/index.ts";
import { interpret, keyOf } from "../../src/driver/index.ts";
import { looseKey } from "../../src/driver/language/text.ts";
import { assert, describe } from "../harness/suite.ts";
import { indexOf, language, thing } from "../kit/named-things.ts";

const places = [
  { key: "house", name: "House" },
  { key: "living", name: "Living Room", parent: "house" },
  { key: "bob", name: "Bob's Room", parent: "house" },
  { key: "attic", name: "Attic", parent: "house" },
];
const things = [
  thing(1, "Bob's lamp", { place: "living" }),
  thing(2, "Rock & Roll", { place: "attic" }),
  thing(3, "Café", { place: "attic" }),
  thing(4, "Küchenlicht", { place: "attic" }),
  thing(5, "İstanbul", { place: "attic" }),
  thing(6, "Lamp 01", { place: "bob" }),
  thing(7, "E-mail", { place: "attic" }),
  thing(8, "watering can", { place: "attic" }),
  thing(9, "Smørrebrød", { place: "attic" }),
  thing(10, "Lamp 11", { place: "bob" }),
  thing(11, "Straße", { place: "attic" }),
  thing(12, "Καφές", { place: "attic" }),
  thing(13, "Мой", { place: "attic" }),
  thing(14, "window", { place: "living" }),
  thing(15, "Мои", { place: "attic" }),
];
const names = indexOf({ things, places });
const numberOf = (udf: string): number => things.findIndex((candidate) => candidate.udf === udf) + 1;

const lit = new Map([
  [1, true],
  [6, false],
]);
const known = (udf: string): unknown => lit.get(numberOf(udf));

function outcome(sentence: string, context: SpeakerContext = {}): string {
  const result = interpret(sentence, names, { known, ...context });
  if (result.kind === "question") return `which ${result.candidates.map(({ udf }) => numberOf(udf)).join(" ")}`;
  if (result.kind !== "command") return result.kind === "unknown" ? result.text : result.kind;
  const told = result.orders
    .flatMap(({ targets }) => targets)
    .map(({ udf, arguments: args }) => `${numberOf(udf)}:${args.map(({ Value }) => String(Value)).join()}`);
  return told.sort().join(" ");
}

const table: readonly (readonly [sentence: string, expected: string, context?: SpeakerContext])[] = [
  // marks and punctuation
  ["turn on bob's lamp", "1:true"],
  ["turn on bobs lamp", "1:true"],
  ["turn on Bob’s lamp", "1:true"],
  ["turn on rock and roll", "2:true"],
  ["turn on rock & roll", "2:true"],
  ["turn on rock&roll", "2:true"],
  ["turn on cafe", "3:true"],
  ["turn on the CAFÉ!", "3:true"],
  ["turn on kuchenlicht", "4:true"],
  ["turn on küchenlicht", "4:true"],
  ["turn on istanbul", "5:true"],
  ["turn on İSTANBUL", "5:true"],
  ["turn on ISTANBUL", "5:true"],
  ["turn on email", "7:true"],
  ["turn on e-mail", "7:true"],
  ["turn on e mail", "7:true"],
  ["turn on smorrebrod", "9:true"],
  ["turn on strasse", "11:true"],
  ["turn on ΚΑΦΕΣ", "12:true"],
  // another letter, not an accent
  ["turn on мой", "13:true"],
  ["turn on мои", "15:true"],
  // gaps, plurals and owners
  ["turn on the livingroom light", "which 1 14"],
  ["turn on bobs room lamp 11", "10:true"],
  ["turn on lamp 11 in bob's room", "10:true"],
  // numbers by value
  ["turn on lamp 1", "6:true"],
  ["turn on lamp 001", "6:true"],
  ["turn on lamp one", "6:true"],
  ["turn on lamp eleven", "10:true"],
  ["turn on lamp 1 1", 'no device fits "lamp 1 1"'],
  ["turn on lamp 101", 'no device fits "lamp 101"'],
  ["set email to one hundred", "7:100"],
  ["set email to one hundred and one", "Brightness must be 0 to 100 %, not 101"],
  ["set email to two thousand and twenty one kelvin", "ColourTemperature must be 2200 to 6500 K, not 2021"],
  ["set email to twenty and five", "that is not a command known here"],
  ["set email to minus five", "Brightness must be 0 to 100 %, not -5"],
  ["set email to minus 5 percent", "Brightness must be 0 to 100 %, not -5"],
  ["set email to three quarters", "7:75"],
  ["set email to a quarter", "7:25"],
  ["set email to one third", "7:33"],
  ["set email to half", "7:50"],
  ["set email to five quarters", "Brightness must be 0 to 100 %, not 125"],
  ["email three quarters", "7:75"],
  // value and property in either order
  ["set email to 50 percent brightness", "7:50"],
  ["set email to 50 brightness", "7:50"],
  ["set email to brightness 50", "7:50"],
  ["email 50 percent brightness", "7:50"],
  ["set email to half brightness", "7:50"],
  ["set email to 2700 kelvin brightness", "E-mail (House / Attic) cannot do that"],
  // toggle: an absolute value, from what is known
  ["toggle bobs lamp", "1:false"],
  ["toggle lamp 1", "6:true"],
  ["please toggle the lamp 1 now", "6:true"],
  ["toggle the cafe", "it is not known how Café (House / Attic) is now: say what it should be"],
  // both
  ["turn off both lights in bobs room", "10:false 6:false"],
  ["both lamps in the living room off", "14:false 1:false"],
  ["turn off both lights", "10:false 6:false", { place: "bob" }],
  ["turn off both of the lights in the living room", "14:false 1:false"],
  ["turn off both lights in the attic", "which 2 3 4 5 7 8 9 11 12 13 15"],
  // a filler that is part of a name, and fillers that are none
  ["turn on the watering can", "8:true"],
  ["turn on the watering can please", "8:true"],
  ["could you turn the watering can on", "8:true"],
  ["email off please now", "7:false"],
];

describe("driver: what is said the same", (it) => {
  for (const [sentence, expected, context] of table) {
    it(`"${sentence}" ${JSON.stringify(context ?? {})} is ${expected}`, () => assert.is(outcome(sentence, context), expected));
  }

  it("keys keep apart what is not the same", () => {
    const apart = [
      "lamp 1",
      "lamp 11",
      "lamp",
      "lamps",
      "bob lamp",
      "bop lamp",
      "мой",
      "мои",
      "が",
      "か",
      "เตา",
      "ตา",
      "12345678901234567890",
      "12345678901234567891",
    ];
    const keys = apart.map((text) => keyOf(text, language));
    assert.is(new Set(keys).size, apart.length, keys.join(" | "));
    for (const key of keys) assert.is(keyOf(key, language), key, "a key is its own key");
    assert.is(looseKey("kitchen lights", language), looseKey("kitchen light", language));
    assert.not.equal(looseKey("lamp 1 1", language), looseKey("lamp 11", language));
  });
});
