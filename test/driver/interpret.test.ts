/** Sentences as a table: what is done, asked, asked back or refused. */
import type { SpeakerContext, SpokenOrder } from "../../src/driver/index.ts";
import { interpret } from "../../src/driver/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { indexOf, numberOf, thing } from "../kit/named-things.ts";

const index = indexOf();

/** `Set 1 2: On=true; Set 7: Volume=30` of one order. */
function shown({ command, targets }: SpokenOrder): string {
  const groups = new Map<string, number[]>();
  for (const { udf, arguments: args } of targets) {
    const what = args.map(({ Name, Value }) => `${Name}=${String(Value)}`).join(" ");
    groups.set(what, [...(groups.get(what) ?? []), numberOf(udf)]);
  }
  return [...groups].map(([what, numbers]) => `${command} ${numbers.sort((a, b) => a - b).join(" ")}: ${what}`).join("; ");
}

/** One line for a meaning: `Set 1: On=true`, `ask 8: Temperature`, `which 1 4`, or the text of a refusal. */
function outcome(sentence: string, context: SpeakerContext = {}, names = index): string {
  const result = interpret(sentence, names, context);
  switch (result.kind) {
    case "command":
      return result.orders.map(shown).join(" & ");
    case "query": {
      const asked = result.asks.map(({ targets, property, expected = [] }) => {
        const values = expected.map(({ Name, Value }) => ` ${Name}=${String(Value)}?`).join("");
        return `${targets.map(numberOf).join(" ")}: ${property ?? "all"}${values}`;
      });
      return `ask ${asked.join(" & ")}`;
    }
    case "question":
      return `which ${result.candidates.map(({ udf }) => numberOf(udf)).join(" ")}`;
    case "timed":
    case "rule":
      return `later: ${result.orders.map(shown).join(" & ")}`;
    case "unknown":
      return result.text;
  }
}

const denied = "nothing is done: a sentence that says not to is no order";

const table: readonly (readonly [sentence: string, expected: string, context?: SpeakerContext])[] = [
  ["turn on the kitchen light", "Set 1: On=true"],
  ["Turn the kitchen light on, please.", "Set 1: On=true"],
  ["could you switch off the kitchen light", "Set 1: On=false"],
  ["kitchen light off", "Set 1: On=false"],
  ["set kitchen light to 40 percent", "Set 1: Brightness=40"],
  ["set the kitchen light to 40%", "Set 1: Brightness=40"],
  ["set the kitchen light to forty per cent", "Set 1: Brightness=40"],
  ["set the kitchen light to a hundred percent", "Set 1: Brightness=100"],
  ["set the kitchen light to twenty five", "Set 1: Brightness=25"],
  ["set kitchen light brightness to 40", "Set 1: Brightness=40"],
  ["set the brightness of the kitchen light to 40", "Set 1: Brightness=40"],
  ["set brightness to 40 in the kitchen light", "Set 1: Brightness=40"],
  ["kitchen light 40 percent", "Set 1: Brightness=40"],
  ["dim the kitchen light", "Set 1: Brightness=20"],
  ["dim the kitchen light to ten percent", "Set 1: Brightness=10"],
  ["brighten the worktop", "Set 2: Brightness=100"],
  ["set the worktop to warm white", "Set 2: ColourTemperature=2700"],
  ["set the worktop to 2700 kelvin", "Set 2: ColourTemperature=2700"],
  ["set the worktop to 2,700K", "Set 2: ColourTemperature=2700"],
  ["set the worktop colour temperature to 4000", "Set 2: ColourTemperature=4000"],
  ["turn alice's lamp 2 on", "Set 12: On=true"],
  ["flash the worktop", "Identify 2: "],
  // several
  ["all lights in the kitchen off", "Set 1 2: On=false"],
  ["turn off everything downstairs", "Set 1 2 3 4: On=false"],
  ["set all lights in the kitchen to 30 percent", "Set 1 2: Brightness=30"],
  ["set everything downstairs to 30 percent", "Set 1 2 3 4: Brightness=30; Set 7: Volume=30"],
  ["turn off the lights", "Set 1 2: On=false", { place: "kitchen" }],
  // lists, and some without others
  ["turn on the kitchen light and the christmas tree", "Set 1 11: On=true"],
  ["set the worktop and the christmas tree and the ceiling to 20 percent", "Set 2 4 11: Brightness=20"],
  ["turn off the worktop and the night light", "which 5 6"],
  ["turn off all lights except the kitchen light", "Set 2 3 4 5 6 10 11 12: On=false"],
  ["turn off all lights downstairs but the worktop", "Set 1 3 4: On=false"],
  ["turn off everything except for the kitchen and the christmas tree", "Set 3 4 5 6 10 12: On=false"],
  ["turn off all lights without upstairs", "Set 1 2 3 4 10 11: On=false"],
  ["turn off all lights except the night light", "which 5 6"],
  ["turn off the kitchen light except the kitchen light", 'no device fits "the kitchen light except the kitchen light"'],
  ["turn off all lights in the kitchen except the kitchen", 'no device fits "all lights in the kitchen except the kitchen"'],
  // several orders
  ["turn off the worktop and set the jukebox to 30", "Set 2: On=false & Set 7: Volume=30"],
  ["turn on the kitchen light and then dim the worktop and flash the christmas tree", "Set 1: On=true & Set 2: Brightness=20 & Identify 11: "],
  ["turn the worktop on and the christmas tree off", "Set 2: On=true & Set 11: On=false"],
  ["turn on the worktop, then turn off the christmas tree please", "Set 2: On=true & Set 11: On=false"],
  ["turn on the worktop and make me a sandwich", 'no device fits "the worktop and make me a sandwich"'],
  ["turn on the worktop and turn off the night light", "which 5 6"],
  ["is the worktop on and turn off the christmas tree", "that is not a command known here"],
  ["turn on the worktop and is the christmas tree on", "ask 11: On On=true?"],
  // never carried out
  ["don't turn on the worktop", denied],
  ["do not turn the worktop on", denied],
  ["never turn off the worktop", denied],
  ["should I turn on the worktop", "that is not a command known here"],
  ["did you turn on the worktop", "that is not a command known here"],
  ["I turned on the worktop", "that is not a command known here"],
  // by class
  ["set the jukebox to 30", "Set 7: Volume=30"],
  ["set the jukebox to line in", "Set 7: Source=LineIn"],
  ["set the jukebox source to radio", "Set 7: Source=Radio"],
  // the speaker with the same alias cannot be switched, so the lamp is meant
  ["turn on the reading lamp", "Set 3: On=true"],
  ["set the reading lamp to 30 percent", "which 3 7"],
  ["set the reading lamp volume to 30", "Set 7: Volume=30"],
  // questions
  ["what is the temperature in the kitchen", "ask 8: Temperature"],
  ["what's the kitchen temperature?", "ask 8: Temperature"],
  ["how warm is it upstairs", "ask 9: Temperature"],
  ["how warm is it", "ask 9: Temperature", { place: "bedroom" }],
  ["what is the temperature", "ask 8 9: Temperature"],
  ["what is the kitchen light", "ask 1: all"],
  ["is the kitchen light on", "ask 1: On On=true?"],
  ["are the kitchen lights off", "ask 1 2: On On=false?"],
  ["how bright is the worktop", "ask 2: Brightness"],
  ["is there any motion in the nursery", "ask 9: Motion"],
  ["what is the battery level of the cradle sensor", "ask 9: Battery"],
  // a question back, never a guess
  ["turn on main", "which 1 4"],
  ["turn on main", "Set 4: On=true", { place: "living" }],
  ["turn off the night light", "which 5 6"],
  ["turn off the light", "which 1 2", { place: "kitchen" }],
  // refusals
  ["set the kitchen light to 140 percent", "Brightness must be 0 to 100 %, not 140"],
  ["set the kitchen light to -5", "Brightness must be 0 to 100 %, not -5"],
  ["set the worktop to 900 kelvin", "ColourTemperature must be 2200 to 6500 K, not 900"],
  ["turn on the weather", "Weather (House / Downstairs / Kitchen) cannot do that"],
  ["set the weather temperature to 21", "Weather (House / Downstairs / Kitchen) cannot do that"],
  ["turn on the kichen light", "which 1"],
  ["turn on the kitchen", 'no device fits "the kitchen"'],
  ["turn on the light in five minutes", "which 1 2 3 4 5 6 10 11 12"],
  ["turn on the worktop in five minutes", "later: Set 2: On=true"],
  ["toggle the kitchen light", "it is not known how Kitchen Light (House / Downstairs / Kitchen) is now: say what it should be"],
  ["kitchen light 2", "that is not a command known here"],
  ["make me a sandwich", "that is not a command known here"],
  ["", "that is not a command known here"],
  ["please", "that is not a command known here"],
];

describe("driver: interpreter", (it) => {
  for (const [sentence, expected, context] of table) {
    it(`"${sentence}" ${JSON.stringify(context ?? {})} is ${expected}`, () => assert.is(outcome(sentence, context), expected));
  }

  for (const [sentence, expected] of [
    ["make the worktop brighter", "Set 2: Brightness=50"],
    ["make the worktop a bit darker", "Set 2: Brightness=30"],
    ["make the worktop much brighter", "Set 2: Brightness=70"],
    ["raise the brightness of the worktop by 15", "Set 2: Brightness=55"],
    ["turn the worktop up by 90 percent", "Set 2: Brightness=100"],
    ["turn down the worktop by ten per cent", "Set 2: Brightness=30"],
    ["lower the jukebox volume by 5", "Set 7: Volume=35"],
    ["increase the volume of the jukebox", "Set 7: Volume=50"],
    ["make the worktop a little warmer", "Set 2: ColourTemperature=2500"],
    ["make the kitchen light brighter", "it is not known how Kitchen Light (House / Downstairs / Kitchen) is now: say what it should be"],
    ["raise the brightness of the worktop by 15 kelvin", "Worktop (House / Downstairs / Kitchen) cannot do that"],
    ["raise the temperature of the weather", "Weather (House / Downstairs / Kitchen) cannot do that"],
  ] as const) {
    it(`"${sentence}", where it is known how things are, is ${expected}`, () => {
      const now: Readonly<Record<string, number>> = { Brightness: 40, ColourTemperature: 3000, Volume: 40, Temperature: 20 };
      const known = (udf: string, property: string): unknown => (numberOf(udf) === 1 ? undefined : now[property]);
      assert.is(outcome(sentence, { known }), expected);
    });
  }

  it("says what will be done", () => {
    const spoken = (sentence: string) => {
      const result = interpret(sentence, index);
      return result.kind === "command" ? result.spoken : result.kind;
    };
    assert.is(spoken("turn on the kitchen light"), "Kitchen Light: on");
    assert.is(spoken("set all lights in the kitchen to 30"), "Kitchen Light, Worktop: brightness 30 %");
    assert.is(spoken("set the worktop to warm white"), "Worktop: colour temperature 2700 K");
  });

  it("asks with names and places, and with fingerprints where these are alike", () => {
    const text = (sentence: string, names = index) => {
      const result = interpret(sentence, names);
      return result.kind === "question" ? result.text : result.kind;
    };
    assert.is(text("turn off the night light"), "which one: Night Light (House / Upstairs / Bedroom) or Night Light (House / Upstairs / Nursery)?");
    const twins = indexOf({ things: [thing(1, "lamp x"), thing(2, "lamp x")] });
    assert.is(text("turn on lamp x", twins), "which one: lamp x MBAA-AAAA-AAAA or lamp x MCAA-AAAA-AAAA?");
  });

  it("asks back for a name that looks alike, of what can do it, and suggests sentences", () => {
    const asked = (sentence: string) => {
      const result = interpret(sentence, index);
      return result.kind === "question" ? result.candidates.map(({ name }) => name) : result.kind;
    };
    assert.equal(asked("turn on the kichen light"), ["Kitchen Light"]);
    assert.is(asked("lock the kichen light"), "unknown");
    const unknown = interpret("make me a sandwich", index);
    assert.ok(unknown.kind === "unknown" && unknown.suggestions.includes("turn on the kitchen light"));
  });

  it("heeds what this very device has, not what its class has", () => {
    const plain = thing(1, "plain lamp");
    const lacking = {
      ...plain,
      description: { ...plain.description, Properties: plain.description.Properties.filter(({ Name }) => Name !== "ColourTemperature") },
    };
    assert.is(outcome("set the plain lamp to warm white", {}, indexOf({ things: [lacking] })), "plain lamp cannot do that");
  });

  it("asks back where what is called just so cannot do it, and another thing of that kind and place could", () => {
    const names = indexOf({
      things: [thing(1, "Kitchen Lamp", { place: "kitchen" }), thing(2, "Strip", { place: "kitchen", class: "colour-light" })],
    });
    const said = (sentence: string) => {
      const result = interpret(sentence, names);
      return result.kind === "question" ? result.candidates.map(({ name }) => name) : result.kind;
    };
    assert.equal(said("make the kitchen lamp red"), ["Strip"]);
    assert.is(said("make the strip red"), "command");
    assert.is(said("turn on the kitchen lamp"), "command");
  });

  it("never throws and never takes long on what people may send", () => {
    const hostile = [
      "{target} {value}",
      "turn on ".repeat(5000),
      "set to to to to to to to to to to to to to to to to to to",
      "turn on __proto__",
      "\u202Eturn on x",
      "set constructor to constructor",
      "\uD800",
      "all all all all",
    ];
    for (const sentence of hostile) {
      const kind = interpret(sentence, index).kind;
      assert.ok(kind === "unknown" || kind === "question", `${sentence.slice(0, 40)}: ${kind}`);
    }
  });
});
