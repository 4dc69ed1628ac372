/** Which words and sentences sound alike, by the sounds of Debian's dictionary as they stand there. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { automatonOf } from "../../../src/speech/grammar/automaton.ts";
import { nameDoubts } from "../../../src/speech/grammar/name-doubts.ts";
import { pronounce } from "../../../src/speech/grammar/pronunciation.ts";
import { sentenceSet } from "../../../src/speech/grammar/sentence-set.ts";
import { alike, likeSentences, soundAlikes } from "../../../src/speech/grammar/sound-alike.ts";
import { spokenWords } from "../../../src/speech/grammar/spoken-word.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { vocabulary } from "../../kit/named-things.ts";

const sounds = {
  lock: "L AA K",
  unlock: "AH N L AA K",
  start: "S T AA R T",
  stop: "S T AA P",
  on: "AA N",
  off: "AO F",
  all: "AO L",
  are: "AA R",
  the: "DH AH",
  up: "AH P",
  hall: "HH AO L",
  light: "L AY T",
  lights: "L AY T S",
  lamp: "L AE M P",
  thirteen: "TH ER T IY N",
  thirty: "TH ER T IY",
  kitchen: "K IH CH AH N",
} as const;
/** Nobody knows how a word is spelled. */
const noRules = async () => new Map<string, string[]>();
const say = (word: keyof typeof sounds): string[] => sounds[word].split(" ");

describe("what sounds alike", (it) => {
  it("words that the recogniser was seen to take for each other, and no others", () => {
    const pairs = [
      ["lock", "unlock"],
      ["start", "stop"],
      ["all", "hall"],
      ["light", "lights"],
      ["thirteen", "thirty"],
    ] as const;
    for (const [a, b] of pairs) assert.ok(alike(say(a), say(b)) && alike(say(b), say(a)), `${a} ${b}`);
    for (const [a, b] of [
      ["on", "off"],
      ["light", "lamp"],
      ["lock", "kitchen"],
      ["all", "on"],
    ] as const)
      assert.not.ok(alike(say(a), say(b)), `${a} ${b}`);
  });

  it("sentences of the house that differ in such words", () => {
    const pronunciations = new Map(Object.keys(sounds).map((word) => [word, [say(word as keyof typeof sounds)]]));
    const sentences = [
      "turn on the hall light",
      "turn on all lights",
      "turn off all lights",
      "lock the door",
      "unlock the door",
      "all the lights on",
      "are the lights on",
      "turn up the lamp",
      "turn off the lamp",
    ].map((text) => text.split(" "));
    const like = (text: string) =>
      likeSentences(text.split(" "), soundAlikes(pronunciations), sentenceSet(automatonOf([...sentences, ["turn", "on", "hall", "light"]])));
    assert.equal(like("turn on all lights"), ["turn on hall light"]);
    assert.equal(like("lock the door"), ["unlock the door"]);
    assert.equal(like("turn off all lights"), []);
    assert.equal(like("all the lights on"), ["are the lights on"], "an order that may have been a question");
    assert.equal(like("turn off the lamp"), ["turn up the lamp"]);
  });

  it("a dictionary is read for the words asked after, compounds and genitives by their parts", async () => {
    const file = join(tempDirectory(), "dict");
    writeFileSync(file, "bob's B AA B Z\no'clock AH K L AA K\nread R EH D\nread(2) R IY D\ntop T AA P\nwork W ER K\nunused Y\n");
    const found = await pronounce(["read", "bobs", "worktop", "oclock", "smoothie", "topping"], file, noRules);
    assert.equal(
      [...found].map(([word, ways]) => `${word}: ${ways.map((way) => way.join(" ")).join(", ")}`),
      ["read: R EH D, R IY D", "bobs: B AA B Z", "worktop: W ER K T AA P", "oclock: AH K L AA K"],
    );
    await throwsMesh(() => pronounce(["read"], join(tempDirectory(), "none")), "ERR_ADAPTER");
  });

  it("words are known as they are said in Britain, too", async () => {
    const file = join(tempDirectory(), "dict");
    writeFileSync(file, "garage G ER AA ZH\nlight L AY T\nninety N AY N T IY\ntonight T AH N AY T\ntonight(2) T UH N AY T\nturn T ER N\n");
    const found = await pronounce(["garage", "light", "ninety", "tonight", "turn"], file, noRules);
    assert.equal(Object.fromEntries([...found].map(([word, ways]) => [word, ways.map((way) => way.join(" "))])), {
      garage: ["G ER AA ZH", "G AE R IH JH", "G AA R AA ZH"],
      light: ["L AY T"],
      ninety: ["N AY N T IY", "N AO IY N T IY"],
      tonight: ["T AH N AY T", "T UH N AY T", "T AH N AO IY T", "T UH N AO IY T"],
      turn: ["T ER N", "T UH N", "T AH N"],
    });
  });

  it("what is doubtful about a name is told when it is given", async () => {
    const known = async (words: Iterable<string>) =>
      new Map([...words].flatMap((word) => (Object.hasOwn(sounds, word) ? [[word, [say(word as keyof typeof sounds)]] as const] : [])));
    const doubts = (name: string, others: readonly string[] = []) => nameDoubts([name], { others, vocabulary, sounds: known });
    assert.equal(await doubts("Kitchen Light", ["Lamp"]), []);
    assert.equal(await doubts("Hall Light", ["Lamp"]), ['"Hall Light" sounds like "all lights": the hub will ask back when it hears one of them']);
    assert.match((await doubts("Kitchen Lock", ["Kitchen Lamp", "Kitchen Unlock"])).join(), /^"Kitchen Lock" sounds like "Kitchen Unlock": [^"]*$/);
    assert.equal(await nameDoubts(["Küche", "Kitchen Light"], { others: [], vocabulary, sounds: known }), [], "its other name can be said");
    assert.equal(await nameDoubts(["Küche"], { others: [], besides: ["Kitchen Light"], vocabulary, sounds: known }), []);
    assert.match(
      (await doubts("Smoothie Lamp")).join(),
      /cannot be said to the hub's own recogniser: the dictionary lacks "smoothie" \(Debian's espeak-ng[^;]* up to 40 letters\); give it another/,
    );
    assert.match((await doubts("Küche")).join(), /"Küche" cannot be said to the hub's own recogniser; give it another/);
  });

  it("names in words: numbers, signs, and what has other letters", () => {
    assert.equal(spokenWords("Lamp 2"), ["lamp", "two"]);
    assert.equal(spokenWords("Bob’s “big” lamp"), ["bob's", "big", "lamp"]);
    assert.equal(spokenWords("Salt & Pepper 142"), ["salt", "and", "pepper", "one", "hundred", "forty", "two"]);
    for (const name of ["Küche", "кухня", "厨房", "🛋", "", "..."]) assert.is(spokenWords(name), undefined, name);
  });
});
