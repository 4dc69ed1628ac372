/** What a service can do to the clocks of hub and machine by lying about the time: nothing that lasts. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ServiceClock } from "../../../src/account/context/service-clock.ts";
import { fromDateTime } from "../../../src/base/clock.ts";
import { TrustedTime } from "../../../src/hub/command/trusted-time.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";

const at = fromDateTime("2026-11-23T12:00:00Z");
const far = fromDateTime("9999-12-31T23:59:59Z");
const decades = fromDateTime("2060-01-01T00:00:00Z");
const hour = 3600_000;
const day = 24 * hour;

describe("trusted time", (it) => {
  it("moves with the monotonic clock and never goes back", () => {
    const clock = new ManualClock(at);
    const time = new TrustedTime(clock, at - hour);
    assert.is(time.now(), undefined);
    time.offer(at);
    clock.advance(5000);
    time.offer(at - hour);
    assert.is(time.now(), at + 5000);
    time.offer(at + hour);
    assert.is(time.now(), at + hour);
  });

  it("passes over a time that is none, and leaps", () => {
    const clock = new ManualClock(at);
    const time = new TrustedTime(clock);
    for (const lie of [Number.NaN, 0, -1, far, decades]) {
      time.offer(lie);
      assert.is(time.now(), undefined);
    }
    time.offer(at);
    for (const lie of [far, decades, at + 2 * day]) {
      time.offer(lie);
      assert.is(time.now(), at);
    }
  });

  it("is bound by what an earlier run noted, unless that was far ahead", () => {
    const later = new TrustedTime(new ManualClock(at), at + hour);
    later.offer(at);
    assert.is(later.now(), at + hour);
    const poisoned = new TrustedTime(new ManualClock(at), decades);
    poisoned.offer(at);
    assert.is(poisoned.now(), at);
  });
});

describe("a machine whose clock has fallen back by more than a year", (it) => {
  it("believes the service when an earlier run knew better than the clock, and as soon as the clock is set", () => {
    const known = new TrustedTime(new ManualClock(at - 400 * day), at - hour);
    known.offer(at);
    assert.is(known.now(), at);
    const machine = new ManualClock(at - 400 * day);
    const fresh = new TrustedTime(machine);
    fresh.offer(at);
    assert.is(fresh.now(), undefined);
    machine.advance(400 * day);
    fresh.offer(at);
    assert.is(fresh.now(), at);
  });
});

describe("service clock", (it) => {
  it("corrects a clock that is wrong by a day, or was never set, and comes back with the service", async () => {
    for (const wrong of [at - day, at + day, 0]) {
      const machine = new ManualClock(wrong);
      const clock = await ServiceClock.open(tempDirectory(), machine);
      clock.offer(at);
      assert.is(clock.now(), at);
    }
  });

  it("knows a clock that was set back by years by what an earlier run noted, with the service and without it", async () => {
    const dir = tempDirectory();
    const before = await ServiceClock.open(dir, new ManualClock(at));
    before.offer(at);
    await before.keep();
    const machine = new ManualClock(at - 1000 * day);
    const clock = await ServiceClock.open(dir, machine);
    assert.is(clock.now(), at);
    machine.advance(hour);
    assert.is(clock.now(), at + hour);
    // Nor does a service that lies make it later by years, or earlier than what was seen.
    clock.offer(decades);
    assert.is(clock.now(), at + hour);
    clock.offer(at - 900 * day);
    assert.is(clock.now(), at + hour);
    clock.offer(at + 5 * day);
    assert.is(clock.now(), at + 5 * day);
    await clock.keep();
    // What one run believed against its machine is not noted.
    assert.is((await ServiceClock.open(dir, new ManualClock(at - 1000 * day))).now(), at);
  });

  it("says nothing by a note that is damaged, and a machine that is set right is believed", async () => {
    const dir = tempDirectory();
    writeFileSync(join(dir, "seen-time.json"), "{");
    assert.is((await ServiceClock.open(dir, new ManualClock(at))).now(), at);
    const ahead = await ServiceClock.open(dir, new ManualClock(at + 300 * day));
    ahead.offer(at);
    await ahead.keep();
    assert.is((await ServiceClock.open(dir, new ManualClock(at))).now(), at);
  });

  it("is not moved by decades, nor by a time that is none", async () => {
    const machine = new ManualClock(at);
    const clock = await ServiceClock.open(tempDirectory(), machine);
    for (const lie of [far, decades, 0, Number.NaN, fromDateTime("2025-01-01T00:00:00Z") - 10 * 366 * day]) {
      clock.offer(lie);
      assert.is(clock.now(), at);
    }
    clock.offer(at - hour);
    assert.is(clock.now(), at - hour);
  });
});
