/** Who has the next connection of an adapter that carries few. */
import { LinkTurns, type Turn } from "../../../src/transport/ble/link-turns.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe } from "../../harness/suite.ts";

/** One connection, which the first has; whoever has it keeps it until it has to give way. */
async function stage() {
  const clock = new ManualClock();
  const turns = new LinkTurns({ most: 1, clock });
  const served: string[] = [];
  const keep = (address: string, turn: Turn): void => {
    served.push(address);
    turn.onGiveWay(() => turn.leave());
  };
  const wait = (address: string): void => void turns.take(address).then((turn) => keep(address, turn));
  keep("first", await turns.take("first"));
  return { clock, turns, served, wait };
}

describe("turns at a Bluetooth adapter", (it) => {
  it("are given in the order in which they were asked for, once a connection has been idle for two seconds", async () => {
    const { clock, served, wait } = await stage();
    for (const address of ["second", "third"]) wait(address);
    await clock.pass(1900);
    assert.equal(served, ["first"]);
    await clock.pass(200);
    assert.equal(served, ["first", "second"]);
    await clock.pass(2200);
    assert.equal(served, ["first", "second", "third"]);
  });

  it("one that somebody waits for goes first, after half a second", async () => {
    const { clock, turns, served, wait } = await stage();
    for (const address of ["second", "third"]) wait(address);
    await clock.pass(300);
    turns.hurry("third");
    await clock.pass(100);
    assert.equal(served, ["first"], "a connection in use is not cut off");
    await clock.pass(200);
    assert.equal(served, ["first", "third"]);
    await clock.pass(1800);
    assert.equal(served, ["first", "third"], "the others wait as ever");
    await clock.pass(500);
    assert.equal(served, ["first", "third", "second"]);
  });

  it("one that is idle gives way in the moment of the hurry, and a hurry counts for who asks soon after it, and not for ever", async () => {
    const { clock, turns, served, wait } = await stage();
    await clock.pass(1000);
    turns.hurry("late");
    await clock.pass(25_000);
    for (const address of ["second", "late"]) wait(address);
    await clock.pass(0);
    assert.equal(served, ["first", "second"]);
    await clock.pass(1000);
    turns.hurry("late");
    await clock.pass(0);
    assert.equal(served, ["first", "second", "late"]);
    turns.hurry("soon");
    await clock.pass(1000);
    wait("soon");
    await clock.pass(0);
    assert.equal(served, ["first", "second", "late", "soon"]);
  });
});
