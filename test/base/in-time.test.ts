/** A task that has so long. */
import { inTime } from "../../src/base/in-time.ts";
import { ManualClock, settle } from "../harness/manual-clock.ts";
import { assert, describe } from "../harness/suite.ts";

describe("base: in time", (it) => {
  const late = () => new Error("late");
  const outcome = (task: Promise<unknown>) => task.catch((error: Error) => error.message);

  it("gives what the task gives, and its error, and leaves no timer", async () => {
    const clock = new ManualClock();
    assert.is(await inTime(Promise.resolve("done"), { ms: 1000, clock, late }), "done");
    assert.is(await outcome(inTime(Promise.reject(new Error("no")), { ms: 1000, clock, late })), "no");
    let calls = 0;
    const counted = () => {
      calls += 1;
      return late();
    };
    await inTime(Promise.resolve(), { ms: 1000, clock, late: counted });
    clock.advance(2000);
    await settle();
    assert.is(calls, 0, "the time was called off");
  });

  it("is late once, and what the task does afterwards is nobody's error", async () => {
    const clock = new ManualClock();
    let fail = (_error: Error): void => undefined;
    const task = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    const told = outcome(inTime(task, { ms: 1000, clock, late }));
    clock.advance(999);
    await settle();
    clock.advance(1);
    assert.is(await told, "late");
    fail(new Error("much later"));
    await settle();
  });
});
