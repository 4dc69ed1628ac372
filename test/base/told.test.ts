/** What a log is told once in a while. */
import { Told } from "../../src/base/told.ts";
import { ManualClock } from "../harness/manual-clock.ts";
import { assert, describe } from "../harness/suite.ts";

describe("base: told", (it) => {
  it("each thing once, and again after the time; bounded", () => {
    const clock = new ManualClock(0);
    const told = new Told({ everyMs: 1000, clock });
    assert.equal(
      ["a", "a", "b", "a"].map((what) => told.isDue(what)),
      [true, false, true, false],
    );
    clock.advance(1000);
    assert.ok(told.isDue("a"));
    for (let i = 0; i < 5000; i++) told.isDue(`${i}`);
    assert.ok(told.isDue("a"), "forgotten for others");
    told.forget("a");
    assert.ok(told.isDue("a"), "what was not told after all is due");
  });
});
