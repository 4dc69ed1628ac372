/** What is kept going: begun anew after it ended, at growing pauses, and not while there is no use in it. */
import { Keeper, type KeeperOptions } from "../../src/base/keeper.ts";
import { ManualClock, settle } from "../harness/manual-clock.ts";
import { assert, describe } from "../harness/suite.ts";

/** Every pause is as long as it may be. */
const random = { bytes: (count: number) => new Uint8Array(count).fill(255) };

/** A keeper whose lives last until they are ended here, or until it is stopped. */
function keep(more: Partial<KeeperOptions> = {}) {
  const clock = new ManualClock(0);
  const seen: string[] = [];
  let end: (why: string) => void = () => undefined;
  const keeper = new Keeper({
    live: (signal) =>
      new Promise<string>((resolve) => {
        seen.push("begun");
        end = resolve;
        signal.addEventListener("abort", () => resolve("stopped"), { once: true });
      }),
    ended: (why) => void seen.push(why),
    clock,
    random,
    pauses: { firstMs: 100, mostMs: 300 },
    ...more,
  });
  const over = async (why: string): Promise<void> => {
    end(why);
    await settle();
  };
  return { keeper, clock, seen, over };
}

describe("a keeper", (it) => {
  it("begins anew after pauses that grow up to a bound, and from the first one after a long life", async () => {
    const { keeper, clock, seen, over } = keep();
    keeper.start();
    keeper.start();
    for (const pause of [100, 200, 300, 300]) {
      await over("crashed");
      assert.is(seen.splice(0).join(" "), "begun crashed");
      await clock.pass(pause - 1);
      assert.equal(seen, [], `nothing before ${pause} ms`);
      await clock.pass(1);
    }
    await clock.pass(60_001);
    await over("crashed late");
    await clock.pass(100);
    assert.is(seen.join(", "), "begun, crashed late, begun");
    await keeper.stop();
  });

  it("goes on after it could not tell whether there is any use in beginning, and says why", async () => {
    const { keeper, clock, seen } = keep({
      isPossible: async () => {
        if (seen.length === 0) throw new Error("the directory cannot be read");
        return true;
      },
    });
    keeper.start();
    await settle();
    assert.equal(seen, ["the directory cannot be read"]);
    await clock.pass(100);
    assert.equal(seen.slice(1), ["begun"]);
    await keeper.stop();
  });

  it("goes on after a life that fails with an error, and says which", async () => {
    let lives = 0;
    const { keeper, clock, seen } = keep({
      live: async () => {
        lives += 1;
        throw new Error("no such device");
      },
    });
    keeper.start();
    await clock.pass(100);
    assert.is(lives, 2);
    assert.equal(seen, ["no such device", "no such device"]);
    await keeper.stop();
  });

  it("begins nothing while that is of no use, and looks every half minute", async () => {
    let isPossible = false;
    const { keeper, clock, seen } = keep({ isPossible: async () => isPossible });
    keeper.start();
    await clock.pass(29_999);
    isPossible = true;
    assert.equal(seen, []);
    await clock.pass(1);
    assert.equal(seen, ["begun"]);
    await keeper.stop();
  });

  it("is stopped in a life or in a pause, tells of no end then, and can be started again", async () => {
    const { keeper, clock, seen, over } = keep();
    keeper.start();
    await keeper.stop();
    assert.not(keeper.isStarted);
    await clock.pass(100_000);
    assert.equal(seen, ["begun"]);
    keeper.start();
    await over("crashed");
    await keeper.stop();
    await clock.pass(100_000);
    assert.equal(seen, ["begun", "begun", "crashed"]);
  });
});
