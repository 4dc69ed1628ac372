/** The way to a peer: what goes together, what is under way at once, whose turn it is, and what a failure does. */
import type { Carried, Parcel } from "../../../src/provider/peer/lane.ts";
import { Lane } from "../../../src/provider/peer/lane.ts";
import { goTogether } from "../../../src/provider/peer/together.ts";
import type { Delivery } from "../../../src/provider/store/service-store.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { random } from "../../kit/service.ts";

const delivery = (index: number, account: string): Delivery => ({ spool: "MMM_Outbound", index, account });
const parcel = (account: string, index: number, to = "b"): Parcel => ({ account, commit: index, delivery: delivery(index, to) });

/** A lane whose posts the test answers. */
function open(most = { underWay: 3, together: 4 }) {
  const clock = new ManualClock(0);
  const asked: { readonly of: readonly string[]; answer(carried: Carried): void }[] = [];
  const lane = new Lane({
    carry: (parcels) =>
      new Promise((resolve) => {
        const of = parcels.map(({ account, delivery: { index, account: to } }) => `${account}${index}${to}`);
        asked.push({ of, answer: (carried) => resolve(parcels.map(() => carried)) });
      }),
    most,
    backOff: { firstMs: 1000, mostMs: 8000 },
    clock,
    random,
  });
  const answered = async (place: number, carried: Carried): Promise<void> => {
    await eventually(`post ${place}`, () => asked.length > place);
    asked[place]?.answer(carried);
  };
  return { lane, clock, asked, answered };
}

describe("provider: lane of a peer", (it) => {
  it("those of one message or those to one recipient go together, in their order, within the bound", () => {
    const together = (most: number, ...all: Delivery[]) =>
      goTogether(all[0]!, all.slice(1), { of: (item) => item, most }).map(({ index, account }) => `${index}${account}`);
    assert.equal(together(4, delivery(1, "b"), delivery(2, "c"), delivery(3, "b"), delivery(4, "b")), ["1b", "3b", "4b"]);
    assert.equal(together(4, delivery(1, "b"), delivery(1, "c"), delivery(1, "d"), delivery(2, "b")), ["1b", "1c", "1d"]);
    assert.equal(together(2, delivery(1, "b"), delivery(2, "b"), delivery(3, "b")), ["1b", "2b"]);
    assert.equal(together(1, delivery(1, "b"), delivery(2, "b")), ["1b"]);
  });

  it("one at a time until the peer has answered, then so many accounts at once, each account in its order", async () => {
    const { lane, asked, answered } = open();
    for (const account of ["x", "y", "z", "v", "w"]) for (const index of [1, 2]) lane.add(parcel(account, index));
    const running = lane.run();
    await eventually("the first", () => asked.length === 1);
    assert.equal(asked[0]!.of, ["x1b", "x2b"]);
    lane.add(parcel("x", 3));
    await answered(0, "over");
    await eventually("three at once", () => asked.length === 4);
    assert.equal(
      asked.slice(1).map(({ of }) => of[0]),
      ["y1b", "z1b", "v1b"],
    );
    for (const place of [1, 2, 3, 4, 5]) await answered(place, "over");
    await running;
    assert.is(asked.length, 6);
    assert.equal(asked.find(({ of }) => of[0] === "x3b")?.of, ["x3b"]);
    assert.is(lane.size, 0);
  });

  it("those that fail together are one failure; afterwards the peer gets one at a time, and what failed goes alone", async () => {
    const { lane, clock, asked, answered } = open();
    lane.add(parcel("v", 1));
    const running = lane.run();
    await answered(0, "over");
    await running;
    for (const account of ["x", "y", "z"]) for (const index of [1, 2]) lane.add(parcel(account, index));
    const again = lane.run();
    await eventually("three at once", () => asked.length === 4);
    for (const place of [1, 2, 3]) asked[place]!.answer("peer-failed");
    await eventually("after one pause of a second at most", async () => {
      await clock.pass(100);
      return asked.length > 4;
    });
    assert.ok(clock.monotonic() <= 2000, `${clock.monotonic()} ms`);
    assert.is(asked.length, 5);
    assert.is(asked[4]!.of.length, 1);
    for (let place = 4; place < 10; place++) {
      await eventually(`post ${place}`, async () => {
        await clock.pass(500);
        return asked.length > place;
      });
      assert.is(asked[place]!.of.length, 1);
      asked[place]!.answer("over");
    }
    await again;
  });

  it("what was left goes first in the next turn; what waits by itself delays nothing", async () => {
    const clock = new ManualClock(0);
    const asked: string[] = [];
    const ends: Carried[][] = [
      ["over", "left"],
      ["later", "over"],
    ];
    const lane = new Lane({
      carry: async (parcels) => {
        asked.push(parcels.map(({ delivery: { index } }) => index).join());
        return ends.shift() ?? parcels.map(() => "over" as const);
      },
      most: { underWay: 1, together: 2 },
      backOff: { firstMs: 1000, mostMs: 8000 },
      clock,
      random,
    });
    for (const index of [1, 2, 3]) lane.add(parcel("x", index));
    lane.add(parcel("x", 4, "c"));
    const running = lane.run();
    await eventually("all are over", async () => {
      await clock.pass(500);
      return lane.size === 0;
    });
    await running;
    assert.equal(asked, ["1,2", "2,3", "4", "2"]);
  });
});
