/** What may be heard in a house is what may be typed: every sentence of the grammar has a meaning, names that cannot be said are told. */
import { existsSync } from "node:fs";
import { systemClock } from "../../../src/base/clock.ts";
import { interpret, makeNameIndex, type NameIndex } from "../../../src/driver/index.ts";
import type { Automaton } from "../../../src/speech/grammar/automaton.ts";
import { espeakSounds } from "../../../src/speech/grammar/espeak-sounds.ts";
import { type HouseGrammar, houseGrammar } from "../../../src/speech/grammar/house-grammar.ts";
import { listeningGrammar } from "../../../src/speech/grammar/listening-grammar.ts";
import { makeApart } from "../../../src/speech/grammar/make-apart.ts";
import { debianDictionary, dictionaryOf, type Pronunciations, pronounce } from "../../../src/speech/grammar/pronunciation.ts";
import { accepts, type SentenceSet, sentenceSet } from "../../../src/speech/grammar/sentence-set.ts";
import { houseOf } from "../../driver/language/table.ts";
import { assert, describe, skipUnless, throwsMesh } from "../../harness/suite.ts";

/** Every word sounds like its letters, except these. */
const spelled =
  (...unknown: readonly string[]) =>
  async (words: Iterable<string>): Promise<Pronunciations> =>
    new Map([...words].filter((word) => !unknown.includes(word)).map((word) => [word, [[...word.toUpperCase()]]]));

/** Sentences along ways that are chosen by turns, so that each run tries the same ones. */
function* wanderings({ start, edges, finals }: Automaton, count: number): Generator<string> {
  for (let turn = 0; turn < count; turn++) {
    const words: string[] = [];
    let state = start;
    for (let step = 0; step < 24; step++) {
      const ways = [...(edges[state] ?? [])];
      if (ways.length === 0 || (finals.has(state) && (turn + step) % 3 === 0)) break;
      const [word, to] = ways[(turn * 7919 + step * 104_729) % ways.length]!;
      words.push(word);
      state = to;
    }
    if (finals.has(state)) yield words.join(" ");
  }
}

describe("the grammar of a house", (it) => {
  const { index } = houseOf("en");
  let grammar: HouseGrammar;
  let sentencesOfHouse: SentenceSet;
  it.before(async () => {
    grammar = await houseGrammar(index, spelled("smoothie"), async (words) => {
      const asked = new Set(words);
      return new Map(["start", "smoothie", "unasked"].filter((word) => asked.has(word)).map((word) => [word, [..."SET"]]));
    });
    sentencesOfHouse = sentenceSet(grammar.automaton);
  });

  it("has orders, questions, scenes, times and answers", () => {
    const sentences = [
      "turn on the kitchen light",
      "please turn off all lights",
      "set the kitchen light to forty percent",
      "set the bedroom radiator to twenty one degrees",
      "how warm is it in the kitchen",
      "is the front door locked",
      "is the big gate open",
      "what is the temperature in the nursery",
      "what is the humidity",
      "make the worktop a bit brighter",
      "set the brightness of the worktop to ten percent",
      "turn off the kettle in ten minutes",
      "movie night",
      "bake the lasagne",
      "bake the lasagne in the oven",
      "turn the evening lamps off please",
      "night light in the nursery off",
      "lights off in the kitchen",
      "turn the lights on in the bedroom",
      "turn off everything in the bedroom",
      "everything off in the kitchen please",
      "lock the front door now",
      "switch the kettle off now please",
      "turn the kettle off again please",
      "start the movie night scene",
      "turn on the kettle every day at seven",
      "are the lights in the kitchen on",
      "are the evening lamps on",
      "could you turn on the kitchen light",
      "can you switch the kettle off please",
      "would you dim the reading lamp to thirty percent",
      "turn on the ceiling and the worktop",
      "turn off all the lights and lock the front door",
      "lock the front door and close the garage door please",
      "are the lights on in the kitchen",
      "turn on the kitchen light on monday at seven",
      "turn off the kettle on weekdays at eight",
      "turn on the kettle every friday at half past six",
      "turn on the ceiling tomorrow morning at six",
      "turn off the party lamp at eleven tonight",
      "turn on the christmas tree at five in the afternoon",
      "all lights off downstairs",
      "turn off every light in the house",
      "switch everything off on the ground floor",
      "turn on the bedroom night light",
      "which lights are on upstairs",
      "what lights are still on",
      "are any lights on",
      "is the gate open",
      "is the front door still locked",
      "raise the big heater by one degree",
      "dim the worktop a little",
      "could you please turn off the christmas tree at ten this evening",
      "turn the kettle off and then lock the front door",
      "yes",
      "no thanks",
    ];
    for (const sentence of sentences) assert.ok(accepts(sentencesOfHouse, sentence.split(" ")), sentence);
    for (const sentence of [
      "turn on",
      "make the kettle on",
      "set the kettle to on",
      "kitchen light to forty percent",
      "sing a song",
      "the kitchen",
      "set the kitchen light to forty degrees",
      "turn on the smoothie maker",
      // Typed and hardly said, and heard in the place of what is.
      "tell me the kettle",
      "what is the lid",
      "what is the temperature at the nursery",
      "make the worktop a brighter",
      "make the worktop little brighter",
      "turn off the kettle in one hours",
      "set the bedroom radiator to twenty degree",
      "bake the coffee",
      "bake the lasagne in the kettle",
      "are it on",
      "are the kitchen light on",
      "is the lights on",
      "could you is the kitchen light on",
      "set the ceiling to twenty percent and turn off the kettle",
      "turn on the kettle every mondays at six",
      "switch the kettle and the desk plug off",
      "turn off all the blenders",
      "turn on the kettle at noon in the morning",
      "turn on the kettle in ten minutes now",
      "kitchen light off in the kitchen",
      "would you lights off",
      "which kettle are on",
      "is the kitchen on",
      "make everything in the kitchen brighter",
      "turn off the lights in the ground floor",
    ])
      assert.not.ok(accepts(sentencesOfHouse, sentence.split(" ")), sentence);
  });

  it("nine of ten of its sentences have a meaning or are asked back", () => {
    const said = new Set(wanderings(grammar.automaton, 3000));
    const referred = { things: index.things.map(({ udf }) => udf) };
    const answers = [...index.vocabulary.language.Agree, ...index.vocabulary.language.Disagree];
    const lost = [...said].filter(
      (sentence) => !answers.includes(sentence) && interpret(sentence, index, { known: () => 20, referred }).kind === "unknown",
    );
    assert.ok(said.size > 300, `${said.size} sentences`);
    assert.ok(lost.length < said.size / 10, `${lost.length} of ${said.size}, as: ${lost.slice(0, 10).join("; ")}`);
  });

  it("a place where nothing stands yet can be said like any other", async () => {
    const empty = makeNameIndex({ things: [], places: [{ key: "K", name: "kitchen" }], vocabulary: index.vocabulary });
    assert.equal((await houseGrammar(empty, spelled())).unspeakable, []);
    assert.equal((await houseGrammar(empty, spelled("kitchen"))).unspeakable, [{ name: "kitchen", words: ["kitchen"] }]);
  });

  it("a name with a word of no known sound is left out and told", () => {
    assert.equal(grammar.unspeakable, [
      { name: "Smoothie Maker", words: ["smoothie"] },
      { name: "Smoothie", words: ["smoothie"] },
    ]);
    assert.not.match(dictionaryOf(grammar.pronunciations), /smoothie/);
  });

  it("a British way is one more that is heard, and makes no words sound alike that did not; a word of no other way stays unspeakable", () => {
    const { british, ...american } = grammar;
    assert.is(british?.size, 2);
    const [before, after] = [listeningGrammar(american), listeningGrammar(grammar)];
    const lines = (listening: typeof before): string[] => Buffer.from(listening.dictionary).toString().split("\n");
    assert.equal(
      lines(after).filter((line) => !lines(before).includes(line)),
      ["start(2) S E T"],
    );
    assert.equal({ ...after, dictionary: before.dictionary }, before);
  });

  it("the dictionary has the words of the grammar, each with its ways", () => {
    const lines = dictionaryOf(
      new Map([
        [
          "read",
          [
            ["R", "EH", "D"],
            ["R", "IY", "D"],
          ],
        ],
      ]),
    );
    assert.is(lines, "read R EH D\nread(2) R IY D\n");
    assert.match(dictionaryOf(grammar.pronunciations), /^kitchen K I T C H E N$/m);
  });

  it("made in a process of its own is the same, octet for octet; what that process lacks is told, and the hub that stops ends it", async () => {
    const at = { clock: systemClock, stop: new AbortController().signal };
    await throwsMesh(() => makeApart({} as NameIndex, at), "ERR_INTERNAL");
    await throwsMesh(() => makeApart(index, { ...at, stop: AbortSignal.abort() }), "ERR_ADAPTER");
    skipUnless(existsSync(debianDictionary), "needs pocketsphinx-en-us");
    const here = await houseGrammar(index, pronounce, (words) => espeakSounds(words, "en-gb"));
    assert.equal(await makeApart(index, at), listeningGrammar(here));
  });
});
