/** What a sentence of "it" might mean, in a house of many kinds of things: bounded, with turns for others, and never taken for nothing where it was not tried. */
import { systemClock } from "../../../src/base/clock.ts";
import { makeNameIndex, type NameIndex } from "../../../src/driver/index.ts";
import { ForeignEar } from "../../../src/hub/voice/foreign-ear.ts";
import { whateverIsMeant, whateverIsMeantInTurns } from "../../../src/hub/voice/whatever-is-meant.ts";
import { wyomingPlace } from "../../../src/speech/wyoming/client.ts";
import { assert, describe } from "../../harness/suite.ts";
import { thing, vocabulary } from "../../kit/named-things.ts";
import { clientEvent } from "../../kit/wyoming.ts";
import { startWyomingProgram } from "../../kit/wyoming-program.ts";

/** Lamps of so many makers: each is dimmed in a way of its own, the last alone to more than 100. */
function lampsOf(count: number): NameIndex {
  const things = Array.from({ length: count }, (_, at) => {
    const lamp = thing(at + 1, `lamp ${at}`);
    const { description } = lamp;
    const Properties = description.Properties.map((property) =>
      property.Name === "Brightness" ? { ...property, Maximum: at === count - 1 ? 900 : 100, Step: at + 1 } : property,
    );
    return { ...lamp, description: { ...description, Properties } };
  });
  return makeNameIndex({ things, places: [], vocabulary });
}

/** What is talked, with "it" in it, in so many words. */
const talk = (words: number): string => Array.from({ length: words }, (_, at) => (at % 2 === 0 ? "it" : "blah")).join(" ");

/** How often others had their turn while something was done. */
async function turnsDuring<T>(task: Promise<T>): Promise<{ readonly turns: number; readonly value: T }> {
  let turns = 0;
  let isOver = false;
  const others = (): void => {
    turns += 1;
    if (!isOver) setImmediate(others);
  };
  setImmediate(others);
  const value = await task;
  isOver = true;
  return { turns, value };
}

describe("hub: whatever is meant by a sentence", (it) => {
  it("gives others their turn between the kinds of things that it is tried with, of which there are 64 at most, and fewer for a long one", async () => {
    const few = await turnsDuring(whateverIsMeantInTurns(talk(5), lampsOf(40), {}));
    assert.ok(few.turns >= 38, `${few.turns}`);
    assert.equal([few.value.meant.kind, few.value.isWhole], ["unknown", true]);
    const many = await turnsDuring(whateverIsMeantInTurns(talk(5), lampsOf(100), {}));
    assert.ok(many.turns >= 62 && many.turns < 70, `${many.turns}`);
    assert.equal([many.value.meant.kind, many.value.isWhole], ["unknown", false]);
    const long = await turnsDuring(whateverIsMeantInTurns(talk(39), lampsOf(40), {}));
    assert.ok(long.turns >= 11 && long.turns < 19, `${long.turns}`);
    assert.is(long.value.isWhole, false);
  });

  it("is the same at once and in turns; what needs no such try is whole", async () => {
    const index = lampsOf(70);
    for (const text of ["turn it off", "set it to 40", "turn on lamp 3", talk(5), "is lamp 2 on", "blah"])
      assert.equal(JSON.stringify(await whateverIsMeantInTurns(text, index, {})), JSON.stringify(whateverIsMeant(text, index, {})), text);
    assert.is(whateverIsMeant("blah", index, {}).isWhole, true);
  });

  it("reads back what only a thing beyond those would understand", async () => {
    const text = "Set it to 800 percent.";
    const [near, far] = [lampsOf(40), lampsOf(100)];
    assert.equal([whateverIsMeant(text, near, {}).meant.kind, whateverIsMeant(text, far, {}).meant.kind], ["command", "unknown"]);
    const url = await startWyomingProgram((_, socket) => void socket.write(clientEvent("transcript", { text })));
    for (const index of [near, far]) {
      const ear = new ForeignEar({ place: wyomingPlace(url), book: { index, vocabulary: index.vocabulary }, clock: systemClock });
      const heard = await ear.hear(Int16Array.from({ length: 8000 }, (_, at) => Math.round(8000 * Math.sin(at / 7))));
      assert.is((await heard?.doubt({}))?.kind, index === near ? "Number" : "Open");
    }
  });
});
