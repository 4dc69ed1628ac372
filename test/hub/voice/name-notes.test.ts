/** What a hub says of the name of a device that has just been connected: which it may take for another, and which it cannot hear. */
import { makeNameIndex, type NamedThing } from "../../../src/driver/index.ts";
import { houseNotes, nameNotes } from "../../../src/hub/voice/name-notes.ts";
import { debianDictionary, pronounce } from "../../../src/speech/grammar/pronunciation.ts";
import { houseOf } from "../../driver/language/table.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { thing, udfOf } from "../../kit/named-things.ts";

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

  it("are of all names of a house when somebody asks: each pair once, and no name of what has another one that can be said", async () => {
    const names = (of: readonly NamedThing[], more: Partial<Parameters<typeof makeNameIndex>[0]> = {}) => {
      const made = makeNameIndex({ things: of, places: [], vocabulary: index.vocabulary, ...more });
      return houseNotes({ book: { index: made, vocabulary: made.vocabulary }, sounds });
    };
    const things = [thing(1, "kitchen light"), thing(2, "kitchin light"), thing(3, "lamp"), thing(4, "Лампа", { aliases: ["reading lamp"] })];
    const { doubts, more, remedies } = await names(things, {
      places: [{ key: "P", name: "Büro" }],
      scenes: [{ key: "S", name: "Ночь", orders: [] }],
    });
    assert.equal(doubts, [
      'the scene "Ночь" cannot be said to the hub\'s own recogniser',
      'the place "Büro" cannot be said to the hub\'s own recogniser',
      '"kitchen light" sounds like "kitchin light": the hub will ask back when it hears one of them',
    ]);
    assert.is(more, 0);
    assert.is(remedies.length, 2);
    assert.match(remedies.join(), /meshman device name DEVICE NAME.*meshman scene add/);
    assert.equal(await names(things.slice(2)), { doubts: [], more: 0, remedies: [] });
    const many = await names(Array.from({ length: 32 }, (_, at) => thing(at + 1, `лампа ${at}`)));
    assert.equal([many.doubts.length, many.more], [20, 12]);
  });

  it("are none of a name that sounds like all of its kind, where it is the only one", async () => {
    const houseWith = (...things: readonly NamedThing[]) => {
      const made = makeNameIndex({ things, places: [], vocabulary: index.vocabulary });
      return { book: { index: made, vocabulary: made.vocabulary }, sounds };
    };
    const blinds = thing(1, "al blinds", { class: "cover" });
    const alone = houseWith(blinds, thing(2, "lamp"));
    assert.equal(await houseNotes(alone), { doubts: [], more: 0, remedies: [] });
    assert.equal(await nameNotes({ udf: blinds.udf }, alone), []);
    assert.equal(await nameNotes({ udf: blinds.udf, wanted: "all blind" }, alone), []);
    assert.equal(await nameNotes({ udf: udfOf(9), name: "al blinds" }, houseWith()), [], "before the book has read it");
    const beside = houseWith(blinds, thing(2, "shutter", { class: "cover" }));
    assert.match((await houseNotes(beside)).doubts.join(), /^"al blinds" sounds like "all blinds"/);
    assert.match((await nameNotes({ udf: blinds.udf }, beside)).join(), /^"al blinds" sounds like "all blinds"/);
  });

  it("name the package by which more can be said, where it would help", async () => {
    const things = [thing(1, "smoothie")];
    const made = makeNameIndex({ things, places: [], vocabulary: index.vocabulary });
    const none = async () => new Map();
    const { doubts, remedies } = await houseNotes({ book: { index: made, vocabulary: made.vocabulary }, sounds: none });
    assert.equal(doubts, ['"smoothie" cannot be said to the hub\'s own recogniser: the dictionary lacks "smoothie"']);
    assert.match(remedies.at(-1) ?? "", /^install Debian's espeak-ng/);
  });

  it("are told of a new name beside the aliases that stay", async () => {
    const made = makeNameIndex({ things: [thing(1, "lamp", { aliases: ["reading lamp"] })], places: [], vocabulary: index.vocabulary });
    assert.equal(await nameNotes({ udf: udfOf(1), wanted: "Лампа" }, { book: { index: made, vocabulary: made.vocabulary }, sounds }), []);
  });

  it("are none without a dictionary", async () => {
    const absent = (words: Iterable<string>) => pronounce(words, `${debianDictionary}.not-there`);
    assert.equal(await nameNotes({ udf: "MNEW", name: "lamp" }, { book, sounds: absent }), []);
    await throwsMesh(() => houseNotes({ book, sounds: absent }), "ERR_ADAPTER");
  });
});
