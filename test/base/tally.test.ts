/** Counts by key. */
import { Tally } from "../../src/base/tally.ts";
import { assert, describe } from "../harness/suite.ts";

describe("base: a tally", (it) => {
  it("counts each key and all of them, and forgets what is gone", () => {
    const tally = new Tally();
    for (const key of ["a", "a", "b"]) tally.add(key);
    assert.equal([tally.of("a"), tally.of("b"), tally.of("c"), tally.total], [2, 1, 0, 3]);
    for (const key of ["a", "b", "c", "b"]) tally.drop(key);
    assert.equal([tally.of("a"), tally.of("b"), tally.of("c"), tally.total], [1, 0, 0, 1], "none is less than none");
  });

  it("counts a task from the call to its end, however it ends", async () => {
    const tally = new Tally();
    const seen: number[] = [];
    const task = async (): Promise<string> => {
      seen.push(tally.of("a"));
      await Promise.resolve();
      return "done";
    };
    const both = [tally.during("a", task), tally.during("a", task)];
    assert.is(tally.of("a"), 2);
    assert.equal(await Promise.all(both), ["done", "done"]);
    assert.equal(seen, [1, 2]);
    const fails = tally.during("a", () => Promise.reject(new Error("no")));
    assert.is(await fails.catch((error: Error) => error.message), "no");
    assert.equal([tally.of("a"), tally.total], [0, 0]);
  });
});
