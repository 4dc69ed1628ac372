/** Waits that end early and bring nothing are paced; all others are not. */

import { WaitPace } from "../../src/account/context/wait-pace.ts";
import type { Clock } from "../../src/base/clock.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import { assert, describe } from "../harness/suite.ts";

/** Time that passes by sleeping alone. */
function sleepClock(): Clock & { time: number } {
  const clock = {
    time: 0,
    now: () => clock.time,
    monotonic: () => clock.time,
    sleep: (ms: number, signal?: AbortSignal): Promise<void> => {
      if (signal?.aborted) return Promise.reject(signal.reason as Error);
      clock.time += ms;
      return Promise.resolve();
    },
  };
  return clock;
}

describe("account: pace of waiting", (it) => {
  it("takes few turns while a service ends every wait at once, whether it claims news or not", async () => {
    const clock = sleepClock();
    const pace = new WaitPace({ clock, random });
    let turns = 0;
    while (clock.time < 60_000) {
      await pace.run({ known: "MMM_Inbound 1", seconds: 50 }, () => Promise.resolve());
      turns++;
    }
    assert.ok(turns < 40, `${turns} turns in a minute`);
  });

  it("does not pause after news, nor after a wait that lasted", async () => {
    const clock = sleepClock();
    const pace = new WaitPace({ clock, random });
    for (let index = 0; index < 100; index++) await pace.run({ known: `MMM_Inbound ${index}`, seconds: 50 }, () => Promise.resolve());
    assert.is(clock.time, 0);
    for (let turn = 0; turn < 3; turn++) await pace.run({ known: "MMM_Inbound 99", seconds: 50 }, () => clock.sleep(50_000));
    assert.ok(clock.time < 150_400, "one pause after the last early end");
  });

  it("begins with short pauses again once there was news", async () => {
    const clock = sleepClock();
    const pace = new WaitPace({ clock, random });
    for (let turn = 0; turn < 20; turn++) await pace.run({ known: "a", seconds: 50 }, () => Promise.resolve());
    await pace.run({ known: "b", seconds: 50 }, () => Promise.resolve());
    const before = clock.time;
    await pace.run({ known: "b", seconds: 50 }, () => Promise.resolve());
    assert.ok(clock.time - before <= 250);
  });

  it("ends its pause when it is told to stop", async () => {
    const pace = new WaitPace({ clock: sleepClock(), random });
    const stopping = new AbortController();
    await pace.run({ known: "a", seconds: 50, signal: stopping.signal }, () => Promise.resolve());
    stopping.abort(new Error("stopped"));
    const stopped = await pace
      .run({ known: "a", seconds: 50, signal: stopping.signal }, () => Promise.resolve())
      .catch((error: Error) => error.message);
    assert.is(stopped, "stopped");
  });
});
