/** German is a file of words and no code: sentences as a table, in the house that the English ones are said in. */
import type { SpeakerContext } from "../../src/driver/index.ts";
import { interpret, loadLanguage, makeNameIndex, makeVocabulary } from "../../src/driver/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { drivers, numberOf, thing } from "../kit/named-things.ts";

const places = [
  { key: "haus", name: "Haus" },
  { key: "unten", name: "Erdgeschoss", parent: "haus" },
  { key: "küche", name: "Küche", parent: "unten" },
  { key: "wohnzimmer", name: "Wohnzimmer", parent: "unten" },
];
const things = [
  thing(1, "Deckenlampe", { place: "küche" }),
  thing(2, "Arbeitslicht", { place: "küche" }),
  thing(3, "Stehlampe", { place: "wohnzimmer" }),
  thing(4, "Haustür", { class: "lock", place: "unten" }),
  thing(5, "Heizkörper", { class: "thermostat", place: "wohnzimmer" }),
  thing(6, "Küchenfenster", { class: "contact", place: "küche" }),
  thing(7, "Wetter", { class: "sensor", place: "küche" }),
  thing(8, "Straßenlampe"),
];
const language = loadLanguage("de");
const index = makeNameIndex({ things, places, vocabulary: makeVocabulary(drivers, language) });
const now: Readonly<Record<string, number>> = { Brightness: 40, Target: 20 };

function outcome(sentence: string, context: SpeakerContext = {}): string {
  const result = interpret(sentence, index, { known: (_, property) => now[property], ...context });
  switch (result.kind) {
    case "command":
      return result.orders
        .map(({ command, targets }) => {
          const args = targets[0]?.arguments.map(({ Name, Value }) => ` ${Name}=${String(Value)}`).join("") ?? "";
          return `${command} ${targets.map(({ udf }) => numberOf(udf)).join(" ")}:${args}`;
        })
        .join(" & ");
    case "query":
      return `ask ${result.asks.map(({ targets, property }) => `${targets.map(numberOf).join(" ")}: ${property ?? "all"}`).join(" & ")}`;
    case "question":
      return `which ${result.candidates.map(({ udf }) => numberOf(udf)).join(" ")}`;
    case "timed":
    case "rule":
      return "later";
    case "unknown":
      return result.text;
  }
}

const table: readonly (readonly [sentence: string, expected: string, context?: SpeakerContext])[] = [
  ["Schalte die Deckenlampe ein", "Set 1: On=true"],
  ["schalt bitte die Deckenlampe aus", "Set 1: On=false"],
  ["Mach die Stehlampe an!", "Set 3: On=true"],
  ["Deckenlampe aus", "Set 1: On=false"],
  ["stelle die Stehlampe auf 40 Prozent", "Set 3: Brightness=40"],
  ["stelle die Stehlampe auf fünfunddreißig Prozent", "Set 3: Brightness=35"],
  ["dimme das Arbeitslicht auf zehn", "Set 2: Brightness=10"],
  ["stelle die Farbtemperatur der Stehlampe auf 2.700 Kelvin", 'kein Gerät passt zu "die farbtemperatur der stehlampe"'],
  ["stelle die Farbtemperatur von der Stehlampe auf 2.700 Kelvin", "Set 3: ColourTemperature=2700"],
  ["mach die Stelampe an", "which 3"],
  ["mach die Stehlampe etwas heller", "Set 3: Brightness=50"],
  ["mach die Stehlampe viel dunkler", "Set 3: Brightness=10"],
  ["stelle den Heizkörper auf 21,5 Grad", "Set 5: Target=21.5"],
  ["dreh den Heizkörper etwas höher", "Set 5: Target=21"],
  ["drehe den Heizkörper um zwei Grad herunter", "Set 5: Target=18"],
  ["alle Lampen in der Küche aus", "Set 1 2: On=false"],
  ["schalte alle Lichter im Erdgeschoss ein", "Set 1 2 3: On=true"],
  ["schalte alle Lampen außer der Stehlampe aus", "Set 1 2 8: On=false"],
  ["schalte alles außer der Küche aus", "Set 3 5 8: On=false"],
  ["schalte die Lichter aus", "Set 1 2: On=false", { place: "küche" }],
  ["schalte die Deckenlampe und die Stehlampe ein", "Set 1 3: On=true"],
  ["schalte die Deckenlampe aus und schließe die Haustür ab", "Set 1: On=false & Lock 4:"],
  ["schalte die Deckenlampe aus und dann mach die Stehlampe an", "Set 1: On=false & Set 3: On=true"],
  ["STRASSENLAMPE an", "Set 8: On=true"],
  ["entriegle die Haustür", "Unlock 4:"],
  ["wie warm ist es in der Küche", "ask 7: Temperature"],
  ["ist das Küchenfenster offen", "ask 6: Open"],
  ["ist die Deckenlampe an", "ask 1: On"],
  ["wie hell ist die Stehlampe", "ask 3: Brightness"],
  ["schalte das Licht aus", "Set 1 2: On=false", { place: "küche" }],
  ["schalte die Lampe aus", "which 1 2", { place: "küche" }],
  ["stelle die Stehlampe auf 140 Prozent", "Brightness must be 0 to 100 %, not 140"],
  ["schalte die Kaffeemaschine ein", 'kein Gerät passt zu "die kaffeemaschine"'],
  ["schalte die Deckenlampe nicht ein", "nichts wird getan: ein Satz, der etwas verneint, ist kein Befehl"],
  ["soll ich die Deckenlampe einschalten", 'kein Gerät passt zu "soll ich die deckenlampe"'],
  ["mach mir ein Brot", "diesen Befehl kennt man hier nicht"],
];

describe("driver: German", (it) => {
  for (const [sentence, expected, context] of table) {
    it(`"${sentence}" ${JSON.stringify(context ?? {})} is ${expected}`, () => assert.is(outcome(sentence, context), expected));
  }

  it("has words for every class", () => {
    const vocabulary = makeVocabulary(drivers, language);
    assert.equal(
      drivers.filter(({ Class }) => !vocabulary.classes.has(Class)).map(({ Class }) => Class),
      ["speaker"],
    );
  });
});
