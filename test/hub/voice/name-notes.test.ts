/** What a hub says of the name of a device that has just been connected: which it may take for another, and which it cannot hear. */
import { nameNotes } from "../../../src/hub/voice/name-notes.ts";
import { debianDictionary, pronounce } from "../../../src/speech/grammar/pronunciation.ts";
import { houseOf } from "../../driver/language/table.ts";
import { assert, describe } from "../../harness/suite.ts";

/** Every word sounds like its letters. */
const sounds = async (words: Iterable<string>) => new Map([...words].map((word) => [word, [[...word.toUpperCase()]]]));

describe("hub: notes on a name", (it) => {
  const { index } = houseOf("en");
  const book = { index, vocabulary: index.vocabulary };
  it("are of the device's names beside those of the others, and of its new name where the book has not read that yet", async () => {
    const lamp = index.things.find(({ name }) => name.toLowerCase() === "kitchen light")!;
    assert.equal(await nameNotes({ udf: lamp.udf }, { book, sounds }), []);
    const notes = await nameNotes({ udf: "MNEW", name: "Kitchen Lights Л" }, { book, sounds });
    assert.equal(notes, ['"Kitchen Lights Л" cannot be said to the hub\'s own recogniser; give it another name besides by --alias']);
    assert.match((await nameNotes({ udf: "MNEW", name: "kitchin light" }, { book, sounds })).join(), /sounds like "kitchen light"/i);
    assert.equal(await nameNotes({ udf: "MNEW" }, { book, sounds }), []);
    assert.match((await nameNotes({ udf: "MNEW", name: "lamp", wanted: "kitchin light" }, { book, sounds })).join(), /sounds like "kitchen light"/i);
    assert.equal(await nameNotes({ udf: lamp.udf, wanted: "kitchin light" }, { book, sounds }), [], "its name of before is no other's");
  });

  it("are none without a dictionary", async () => {
    const absent = (words: Iterable<string>) => pronounce(words, `${debianDictionary}.not-there`);
    assert.equal(await nameNotes({ udf: "MNEW", name: "lamp" }, { book, sounds: absent }), []);
  });
});
