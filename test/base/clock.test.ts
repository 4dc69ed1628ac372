/** The machine's own clock as a port. */
import { systemClock } from "../../src/base/clock.ts";
import { assert, describe } from "../harness/suite.ts";

describe("the machine's clock", (it) => {
  it("a sleep longer than a timer takes is not over at once, and ends when it is told to", async () => {
    for (const ms of [2 ** 31, 2 ** 40, Number.POSITIVE_INFINITY]) {
      const end = new AbortController();
      let isOver = false;
      const sleeping = systemClock.sleep(ms, end.signal).then(
        () => {
          isOver = true;
        },
        (reason: unknown) => reason,
      );
      await systemClock.sleep(50);
      assert.not.ok(isOver, `${ms}`);
      const reason = new Error("enough");
      end.abort(reason);
      assert.is(await sleeping, reason);
    }
  });
});
