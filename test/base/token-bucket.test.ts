import { TokenBucket } from "../../src/base/token-bucket.ts";
import { ManualClock } from "../harness/manual-clock.ts";
import { assert, describe } from "../harness/suite.ts";

describe("token bucket", (it) => {
  it("allows a burst, then its rate", () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket({ perSecond: 10, burst: 2 }, clock);
    assert.equal([bucket.take(), bucket.take(), bucket.take()], [true, true, false]);
    clock.advance(99);
    assert.not(bucket.take());
    clock.advance(1);
    assert.ok(bucket.take());
    clock.advance(100_000);
    assert.equal([bucket.take(), bucket.take(), bucket.take()], [true, true, false]);
  });

  it("takes an amount whole or not at all, and never holds more than its burst", () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, clock);
    assert.not(bucket.take(6));
    assert.ok(bucket.full);
    assert.ok(bucket.take(5));
    assert.not(bucket.full);
    clock.advance(150);
    assert.not(bucket.take(2));
    assert.ok(bucket.take());
    clock.advance(60_000);
    assert.ok(bucket.full);
    assert.not(bucket.take(6));
  });
});
