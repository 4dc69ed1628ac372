/** Sentences as a table: what is done, asked, asked back or refused. */
import type { SpeakerContext } from "../../src/driver/index.ts";
import { interpret } from "../../src/driver/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { indexOf, numberOf, thing } from "../kit/named-things.ts";

const index = indexOf();

/** One line for a meaning: `Set 1: On=true`, `ask 8: Temperature`, `which 1 4`, or the text of a refusal. */
function outcome(sentence: string, context: SpeakerContext = {}, names = index): string {
  const result = interpret(sentence, names, context);
  switch (result.kind) {
    case "command": {
      const groups = new Map<string, number[]>();
      for (const { udf, arguments: args } of result.targets) {
        const what = args.map(({ Name, Value }) => `${Name}=${String(Value)}`).join(" ");
        groups.set(what, [...(groups.get(what) ?? []), numberOf(udf)]);
      }
      return [...groups].map(([what, numbers]) => `${result.command} ${numbers.sort((a, b) => a - b).join(" ")}: ${what}`).join("; ");
    }
    case "query": {
      const expected = result.expected?.map(({ Name, Value }) => ` ${Name}=${String(Value)}?`).join("") ?? "";
      return `ask ${result.targets.map(numberOf).join(" ")}: ${result.property ?? "all"}${expected}`;
    }
    case "question":
      return `which ${result.candidates.map(({ udf }) => numberOf(udf)).join(" ")}`;
    case "unknown":
      return result.text;
  }
}

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
  ["turn on the kichen light", 'no device fits "the kichen light"'],
  ["turn on the kitchen", 'no device fits "the kitchen"'],
  ["turn on the light in five minutes", 'no device fits "the light in five minutes"'],
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

  it("suggests names that look alike, or sentences", () => {
    const suggestions = (sentence: string) => {
      const result = interpret(sentence, index);
      return result.kind === "unknown" ? result.suggestions : [];
    };
    assert.equal(suggestions("turn on the kichen light"), ["Kitchen Light"]);
    assert.ok(suggestions("make me a sandwich").includes("turn on the kitchen light"));
  });

  it("heeds what this very device has, not what its class has", () => {
    const plain = thing(1, "plain lamp");
    const lacking = {
      ...plain,
      description: { ...plain.description, Properties: plain.description.Properties.filter(({ Name }) => Name !== "ColourTemperature") },
    };
    assert.is(outcome("set the plain lamp to warm white", {}, indexOf({ things: [lacking] })), "plain lamp cannot do that");
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
