/** Rounds: one after the other, at once when rung for, and none after the stop. */
import { Rounds } from "../../src/base/rounds.ts";
import { ManualClock, settle } from "../harness/manual-clock.ts";
import { assert, describe } from "../harness/suite.ts";

describe("rounds", (it) => {
  it("come when the last one said, when it failed, and when rung for", async () => {
    const clock = new ManualClock(0);
    const seen: string[] = [];
    const rounds: Rounds = new Rounds({
      round: async () => {
        seen.push("round");
        if (seen.length === 1) throw new Error("the first");
        return 1000;
      },
      failed: () => {
        seen.push("failed");
        return 100;
      },
      clock,
    });
    rounds.start();
    rounds.start();
    await clock.pass(99);
    assert.equal(seen, ["round", "failed"]);
    await clock.pass(1);
    assert.equal(seen.length, 3);
    rounds.ring();
    await settle();
    assert.equal(seen.length, 4);
    await rounds.stop();
    await clock.pass(10_000);
    assert.equal(seen.length, 4);
    assert.ok(rounds.stopped);
  });
});
