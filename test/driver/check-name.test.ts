/** What may become a name, and what is refused when it is given rather than asked about later. */
import { checkName } from "../../src/driver/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { language } from "../kit/named-things.ts";

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
  ["watering can", "watering can"],
  ["Lamp 01", "Lamp 01"],
  ["off-white lamp", "off-white lamp"],
  ["Away", "Away"],
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
  ["Please", /words that sentences use/],
  ["you", /words that sentences use/],
  ["the", /words that sentences use/],
  ["On", /words that sentences use/],
  ["off of the", /words that sentences use/],
  ["could you please", /words that sentences use/],
  ["right away", /words that sentences use/],
  ["40 percent", /is a value/],
  ["forty degrees", /is a value/],
  ["kitchen\u034flight", /invisible/],
  ["la\u00admp", /invisible/],
  ["lamp\u3164", /invisible/],
];

describe("driver: names", (it) => {
  for (const [given, stored] of good) it(`takes ${JSON.stringify(given.slice(0, 20))}`, () => assert.is(checkName(given, language).name, stored));

  for (const [name, reason] of bad) {
    it(`refuses ${JSON.stringify(name.slice(0, 20))}`, async () =>
      assert.match((await throwsMesh(() => checkName(name, language), "ERR_NAME")).message, reason));
  }
});
