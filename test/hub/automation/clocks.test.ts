/** Orders for another time over a restart of a hub whose clock was wrong before it, or is wrong after it, and over the sleep of its machine. */
import { assert, describe } from "../../harness/suite.ts";
import { automationHouse as house, minute, off, SettableClock } from "../../kit/automation-house.ts";
import { udfOf } from "../../kit/named-things.ts";

describe("hub: clocks that were wrong, or stood still", (it) => {
  it("a timer that went on after a restart is told as missed, and not run hours late, when the clock of the start was wrong and is put right", async () => {
    const first = await house();
    await first.add({ kind: "after", seconds: 600 });
    await first.close();
    const stopped = first.clock.now();
    const away = 3 * 3_600_000;
    first.clock.advance(away);
    // A machine whose clock does not run without power begins where it ended.
    first.clock.set(stopped);
    const { pass, given, automations, clock } = await house({ dir: first.dir, clock: first.clock });
    await pass(20_000);
    clock.set(stopped + away + 20_000);
    await pass(10 * minute);
    assert.is(given.length, 0);
    assert.is(automations.list()[0]?.last?.result, "missed");
  });

  it("what has been so for a time by a clock that was not set has been so since the start", async () => {
    const opens = { tests: [{ udf: udfOf(3), property: "Open", test: "is", value: true }], heldSeconds: 600 } as const;
    const first = await house({ clock: new SettableClock(0) });
    await first.addRule(opens, { orders: off });
    first.reports(3, { Open: true });
    await first.pass(minute);
    await first.close();
    first.clock.set(Date.parse("2026-05-04T00:00:00Z"));
    const before = new Map([[udfOf(3), [{ Name: "Open", Value: true }]]]);
    const { given, pass, automations } = await house({ dir: first.dir, clock: first.clock, before });
    await pass(1);
    assert.is(automations.list()[0]?.last, undefined);
    await pass(10 * minute);
    assert.is(given.length, 1);
  });

  it("what a machine sleeps has passed: a timer that ended meanwhile is told as missed, and a longer one is run at its time", async () => {
    const { add, pass, given, automations, clock } = await house();
    await add({ kind: "after", seconds: 600 });
    await add({ kind: "after", seconds: 5 * 3600 });
    clock.suspend(4 * 3_600_000);
    await pass(20_000);
    await pass(10 * minute);
    assert.is(given.length, 0);
    assert.is(automations.list().find(({ last }) => last)?.last?.result, "missed");
    await pass(50 * minute);
    assert.is(given.length, 1);
  });
});
