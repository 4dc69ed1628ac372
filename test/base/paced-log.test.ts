/** Lines that somebody else can cause at will. */
import { pacedLog } from "../../src/base/paced-log.ts";
import { ManualClock } from "../harness/manual-clock.ts";
import { assert, describe } from "../harness/suite.ts";
import { keepingLog } from "../kit/service.ts";

describe("paced log", (it) => {
  it("passes lines within its quota, and says of the next how many were left out before it", () => {
    const clock = new ManualClock();
    const lines: { event: string; data?: Record<string, unknown> }[] = [];
    const log = pacedLog(keepingLog(lines), clock, { perSecond: 1, burst: 3 });
    for (let n = 0; n < 10; n++) log.warn("flood", { n });
    assert.equal(
      lines.map(({ data }) => data),
      [{ n: 0 }, { n: 1 }, { n: 2 }],
    );
    // One budget for all that it is handed to.
    log.child("part").error("other");
    assert.is(lines.length, 3);
    clock.advance(1000);
    log.info("later");
    assert.equal(lines.at(-1), { event: "later", data: { leftOut: 8 } });
    clock.advance(2000);
    log.info("again");
    assert.equal(lines.at(-1), { event: "again" });
    for (let n = 0; n < 5; n++) log.debug("asked for");
    assert.is(lines.length, 10);
  });
});
