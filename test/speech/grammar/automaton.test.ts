/** The automaton says of just the sentences it was made of that they are its own, with parts or without; it is bounded. */
import fc from "fast-check";
import { automatonOf, withParts } from "../../../src/speech/grammar/automaton.ts";
import { accepts, finiteStateGrammar, sentenceSet } from "../../../src/speech/grammar/sentence-set.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";

const word = fc.constantFrom("a", "b", "c");
const sentence = fc.array(word, { minLength: 1, maxLength: 4 });
const all = (length: number): string[][] =>
  length === 0
    ? [[]]
    : all(length - 1).flatMap((words) => (words.length === length - 1 ? [words, ...["a", "b", "c"].map((last) => [...words, last])] : [words]));

describe("the automaton of sentences", (it) => {
  it("accepts its sentences and no other", () =>
    fc.assert(
      fc.property(fc.array(sentence, { maxLength: 8 }), (sentences) => {
        const set = sentenceSet(automatonOf(sentences));
        const own = new Set(sentences.map((words) => words.join(" ")));
        for (const words of all(4)) if (accepts(set, words) !== own.has(words.join(" "))) return false;
        return true;
      }),
    ));

  it("with parts, accepts what is written out, and no other", () => {
    const withSlots = fc.array(fc.oneof(word, fc.constantFrom("<x>", "<y>")), { minLength: 1, maxLength: 3 });
    const short = fc.array(fc.array(word, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(withSlots, { maxLength: 5 }), short, short, (wholes, x, y) => {
        const parts = new Map([
          ["<x>", automatonOf(x)],
          ["<y>", automatonOf(y)],
        ]);
        const set = sentenceSet(withParts(automatonOf(wholes), parts));
        const writtenOut = (words: readonly string[]): string[] => {
          const [first, ...rest] = words;
          if (first === undefined) return [""];
          const ways = first === "<x>" ? x : first === "<y>" ? y : [[first]];
          return ways.flatMap((way) => writtenOut(rest).map((tail) => [...way, tail].join(" ").trim()));
        };
        const own = new Set(wholes.flatMap(writtenOut));
        for (const words of all(4)) if (accepts(set, words) !== own.has(words.join(" "))) return false;
        return [...own].every((text) => accepts(set, text.split(" ")));
      }),
      { numRuns: 60 },
    );
  });

  it("joins ends that are alike, and is written as a grammar with one last state", () => {
    const automaton = automatonOf(["on", "off"].flatMap((way) => ["light", "lamp"].map((name) => ["turn", way, "the", name])));
    assert.is(automaton.edges.length, 5);
    const set = sentenceSet(automaton);
    assert.match(
      Buffer.concat(finiteStateGrammar(set, new Float32Array(set.word.length).fill(0.25))).toString(),
      /^FSG_BEGIN house\nNUM_STATES 6\nSTART_STATE \d\nFINAL_STATE 5\n(TRANSITION \d \d (0\.250 \w+|1\.00)\n){7}FSG_END\n$/,
    );
  });

  it("more states than a recogniser can walk are refused with the figure", async () => {
    const many = automatonOf(Array.from({ length: 300 }, (_, at) => [`n${at}`, "<x>", `m${at}`]));
    const part = automatonOf(Array.from({ length: 200 }, (_, at) => Array.from({ length: 3 }, (_, depth) => `w${at}-${depth}`)));
    await throwsMesh(() => withParts(many, new Map([["<x>", part]])), "ERR_TOO_LARGE");
  });
});
