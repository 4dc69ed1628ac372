/** Ways that states have alike are written once: fewer of them, and the same sentences, each as likely as before. */
import { sharedWays, type Way } from "../../../src/speech/grammar/shared-ways.ts";
import { assert, describe } from "../../harness/suite.ts";

/** Sentences as numbers of their words, with their likelihood. */
function sentencesOf(states: readonly (readonly Way[])[], end: number): readonly string[] {
  const found: string[] = [];
  const walk = (state: number, words: readonly number[], likely: number): void => {
    if (state === end) found.push(`${words.join(" ")}: ${likely}`);
    for (const way of states[state] ?? []) walk(way.to, way.word === undefined ? words : [...words, way.word], likely * way.likely);
  };
  walk(0, [], 1);
  return found.sort();
}

describe("ways that are shared", (it) => {
  it("are fewer, and lead to the same sentences", () => {
    const names = 40;
    const end = names + 1;
    const tail = (word: number, likely = 1): Way => ({ word, to: end, likely });
    const states: Way[][] = [
      Array.from({ length: names }, (_, at) => ({ word: at, to: at + 1, likely: 1 })),
      // Each name has a word of its own behind it, and four that all have; one of these is less likely behind some.
      ...Array.from({ length: names }, (_, at) => [tail(100 + at), tail(200), tail(201), tail(202, 0.5), tail(203, at % 2 === 0 ? 1 : 0.25)]),
      [],
    ];
    const shared = sharedWays(states);
    assert.equal(sentencesOf(shared, end), sentencesOf(states, end));
    assert.is(sentencesOf(shared, end).length, 5 * names);
    assert.ok(shared.flat().length < 0.7 * states.flat().length, `${shared.flat().length} of ${states.flat().length}`);
  });

  it("stay where they are when few have them", () => {
    const states: Way[][] = [[{ word: 1, to: 1, likely: 1 }], [{ to: 2, likely: 1 }], []];
    assert.equal(sharedWays(states), states);
  });
});
