/** What a recogniser elsewhere heard is a sentence like any other: read back where it has a number or makes a rule, and nothing where there is nothing. */
import { systemClock } from "../../../src/base/clock.ts";
import { ForeignEar } from "../../../src/hub/voice/foreign-ear.ts";
import { wyomingPlace } from "../../../src/speech/wyoming/client.ts";
import { houseOf } from "../../driver/language/table.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { clientEvent } from "../../kit/wyoming.ts";
import { startWyomingProgram } from "../../kit/wyoming-program.ts";

const clip = Int16Array.from({ length: 8000 }, (_, at) => Math.round(8000 * Math.sin(at / 7)));

async function earWhere(text: string | undefined, language = "en"): Promise<ForeignEar> {
  const { index } = houseOf(language);
  const url = await startWyomingProgram((_, socket) => {
    if (text !== undefined) socket.write(clientEvent("transcript", { text }));
  });
  return new ForeignEar({ place: wyomingPlace(url), book: { index, vocabulary: index.vocabulary }, clock: systemClock });
}

describe("hub: a recogniser elsewhere", (it) => {
  const sentences: readonly (readonly [text: string, isSure: boolean, language?: string])[] = [
    ["Turn on the kitchen light.", true],
    ["Unlock the front door!", true],
    ["Set the kitchen light to 40%.", false],
    ["Set the kitchen light to forty percent.", false],
    ["Turn on the kitchen light at seven.", false],
    ["When the kitchen window opens, turn off the big heater.", false],
    ["Is the kitchen light on?", true],
    ["Set it to 40%.", false],
    ["Set it to 45.", false],
    ["Dim the reading lamp there to 40%.", false],
    ["That was 50 years ago.", true],
    ["Turn on the kitchen light at sunset.", false],
    ["Raise the kitchen light by 20%.", false],
    ["Dim the kitchen light to 10% for an hour.", false],
    ["Turn it off.", true],
    ["Stelle es auf zwölf Prozent.", false, "de"],
    ["Thank you for watching 50 videos.", true],
    ["Set the kitchen light to ２８%.", false],
    ["Set the kitchen light to tw\u200benty percent.", false],
    ["Set the kitchen light to a quarter.", false],
    ["Stelle das Küchenlicht auf zwölf Prozent.", false, "de"],
    ["Stelle das Küchenlicht auf dreißig Prozent.", false, "de"],
    ["Stelle das Küchenlicht auf fünfundzwanzig Prozent.", false, "de"],
    ["Stelle das Küchenlicht auf ein Viertel.", false, "de"],
    ["Schalte das Küchenlicht ein.", true, "de"],
  ];
  for (const [text, isSure, language] of sentences)
    it(`${JSON.stringify(text)} is ${isSure ? "taken as it is" : "read back"}`, async () => {
      const heard = await (await earWhere(text, language)).hear(clip);
      assert.is(heard?.text, text);
      assert.is((await heard?.doubt({})) === undefined, isSure);
    });

  it("silence goes nowhere, and signs without words are no sentence", async () => {
    const silent = await earWhere("should not be asked");
    assert.is(await silent.hear(new Int16Array(16_000)), undefined);
    assert.is(await (await earWhere(" . ")).hear(clip), undefined);
  });

  it("four clips are under way at most", async () => {
    const ear = await earWhere(undefined);
    const waiting = Array.from({ length: 4 }, () => ear.hear(clip).catch(() => undefined));
    await throwsMesh(ear.hear(clip), "ERR_BUSY");
    void waiting;
  });
});
