import fc from "fast-check";
import { editDistance } from "../../src/base/edit-distance.ts";
import { assert, describe } from "../harness/suite.ts";

/** The definition, by recursion over prefixes. */
function naive(a: string, b: string): number {
  if (a === "" || b === "") return a.length + b.length;
  const [shortA, shortB] = [a.slice(0, -1), b.slice(0, -1)];
  const ways = [naive(shortA, b) + 1, naive(a, shortB) + 1, naive(shortA, shortB) + (a.at(-1) === b.at(-1) ? 0 : 1)];
  if (a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1)) ways.push(naive(a.slice(0, -2), b.slice(0, -2)) + 1);
  return Math.min(...ways);
}

describe("edit distance", (it) => {
  it("counts insertions, deletions, replacements and swaps of neighbours", () => {
    assert.is(editDistance("kitchen", "kitchen", 3), 0);
    assert.is(editDistance("kichen", "kitchen", 3), 1);
    assert.is(editDistance("kitcehn", "kitchen", 3), 1);
    assert.is(editDistance("", "abc", 3), 3);
    assert.is(editDistance("kitchen", "bathroom", 3), 4);
  });

  it("is that of the definition, and one above the limit where it is above", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 5 });
    fc.assert(
      fc.property(word, word, fc.integer({ min: 0, max: 6 }), (a, b, limit) => {
        assert.is(editDistance(a, b, limit), Math.min(naive(a, b), limit + 1));
      }),
      { numRuns: 2000 },
    );
  });
});
