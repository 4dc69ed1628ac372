/** Of sentences that sound alike, those that people say more cost least: each kind of cost, and what has none. */
import { automatonOf } from "../../../src/speech/grammar/automaton.ts";
import { likelihoods } from "../../../src/speech/grammar/likelihood.ts";
import { sentenceSet } from "../../../src/speech/grammar/sentence-set.ts";
import { assert, describe } from "../../harness/suite.ts";

/** Both ways to say what stands in brackets, and without it. */
function written(pattern: string): string[] {
  const part = /\[([^\]]*)\] ?/.exec(pattern);
  if (!part) return [pattern.trim()];
  const [whole, words] = part;
  return ["", ...(words ?? "").split("|").map((word) => `${word} `)].flatMap((word) => written(pattern.replace(whole, word)));
}
const sentences = [
  "[please] turn on [the] kitchen light [please|at eight]",
  "[please] turn on [the] kitchen lights [please|at eight]",
  "turn on [the] light [in the kitchen]",
  "turn on [the] lights [in the kitchen]",
  "turn on all [the] lights",
  "turn [the] kitchen light on",
  "turn it on",
  "put [the] kitchen light on",
  "start [the] film time scene",
  "start film time",
  "[the] kitchen light off",
  "set the lamp [to] red",
  "set the lamp [to] mint",
  "set the lamp [to] eighty percent",
  "set the lamp [to] eight percent",
  "set the lamp [to] fifteen percent",
  "set the lamp to nineteen degrees",
  "make the lamp [to] red",
  "make the lamp brighter",
  "how warm is [it] in the kitchen",
  "how warm is it [in] the kitchen",
  "[please] identify the lamp",
  "[could you] turn on the light",
  "could you identify the lamp",
  "turn on the light and the lamp",
  "turn on the light on monday at eight",
].flatMap(written);
const set = sentenceSet(automatonOf(sentences.map((text) => text.split(" "))));
const likely = likelihoods(set);

/** Of a sentence: what its words make together. */
function likelihoodOf(text: string): number {
  let state = set.start;
  let product = 1;
  for (const word of text.split(" ")) {
    const edges = Array.from({ length: set.first[state + 1]! - set.first[state]! }, (_, at) => set.first[state]! + at);
    const edge = edges.find((at) => set.words[set.word[at]!] === word);
    assert.ok(edge !== undefined, text);
    product *= likely[edge]!;
    state = set.to[edge]!;
  }
  return product;
}

describe("what people are likely to say", (it) => {
  it("is what is usual", () => {
    for (const text of [
      "turn on the kitchen light",
      "please turn on the kitchen light",
      "turn on the light in the kitchen",
      "turn on the lights",
      "turn on all lights",
      "turn on all the lights",
      "turn it on",
      "start film time",
      "kitchen light off",
      "set the lamp to eighty percent",
      "set the lamp to fifteen percent",
      "set the lamp to nineteen degrees",
      "make the lamp red",
      "make the lamp brighter",
      "how warm is it in the kitchen",
    ])
      assert.is(likelihoodOf(text), 1, text);
  });

  it("is less often what leaves a small word out, is for another time, has an uneven number, a seldom colour or verb, names a place's things, asks, or is of several things", () => {
    for (const text of [
      "turn on kitchen light",
      "turn on the kitchen light at eight",
      "turn on the kitchen lights",
      "put the kitchen light on",
      "the kitchen light off",
      "set the lamp red",
      "set the lamp to mint",
      "set the lamp to eight percent",
      "make the lamp to red",
      "how warm is in the kitchen",
      "how warm is it the kitchen",
      "identify the lamp",
      "please identify the lamp",
      "could you turn on the light",
      "turn on the light and the lamp",
      "turn on the light on monday at eight",
    ])
      assert.ok(likelihoodOf(text) > 0 && likelihoodOf(text) < 0.5, text);
  });
});
