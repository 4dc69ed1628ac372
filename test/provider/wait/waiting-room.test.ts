/** Who keeps a place when there are too many long polls: no account takes all of a service's. */
import { defaultLimits } from "../../../src/provider/limits.ts";
import { newCensus, WaitingRoom } from "../../../src/provider/wait/waiting-room.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe } from "../../harness/suite.ts";

const clock = new ManualClock(0);

describe("provider: waiting rooms", (it) => {
  it("an account with all the places of the service loses its oldest to a device of another", () => {
    const limits = { ...defaultLimits, waiters: 8 };
    const census = newCensus(limits);
    const roomOf = (address: string) => new WaitingRoom({ address, clock, census, limits });
    const [mallory, alice] = [roomOf("mallory@example.com"), roomOf("alice@example.com")];
    const taken = Array.from({ length: 20 }, (_, i) => mallory.join(`status ${i}`));
    const own = alice.join("status phone");
    assert.ok(own.isHeld);
    assert.is(taken.filter(({ isHeld }) => isHeld).length, 7);
    mallory.join("status again");
    assert.ok(own.isHeld, "whoever has most of them makes room");
    // The same account under another object of this host counts as one.
    roomOf("mallory@example.com").join("status elsewhere");
    assert.ok(own.isHeld);
  });

  it("an account has so many places and no more; its newest stay", () => {
    const limits = { ...defaultLimits, waitersPerAccount: 3 };
    const room = new WaitingRoom({ address: "alice@example.com", clock, census: newCensus(limits), limits });
    const taken = Array.from({ length: 5 }, (_, i) => room.join(`status ${i}`));
    assert.equal(
      taken.map(({ isHeld }) => isHeld),
      [false, false, true, true, true],
    );
    taken[4]!.leave();
    assert.ok(room.join("status 5").isHeld && taken[2]!.isHeld);
  });
});
