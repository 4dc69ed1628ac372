/** A machine that is killed at any write while it begins epochs, or follows them: its copies are old or new, and the next run goes on. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, AccountContext as Context } from "../../../src/account/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { type Household, ports, startHousehold } from "../../kit/household.ts";
import { killPoints } from "../../kit/kill-points.ts";
import { placesOf } from "../../kit/places-of.ts";
import { survives } from "../../kit/survives.ts";

const { first, stride, timeoutMs } = killPoints(31);

describe("a machine that is killed while stores begin anew", (it) => {
  let house: Household;
  let alice: AccountContext;
  let laptop: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    laptop = await house.join(alice, "laptop", ["web"]);
    for (const name of ["kitchen", "hall"]) await addPlace(alice, { name });
    await laptop.sync();
  });
  it.after(() => house.stop());

  it(
    "goes on where it was: the one that begins them",
    async () => {
      await alice.close();
      let expected = ["hall", "kitchen"];
      for (let count = first; ; count += stride) {
        const whole = await survives({ dir: alice.dir, at: count, deed: ["begin", "MMM_Place", "MMM_Device", "MMM_Access"] });
        const context = await Context.open({ dir: alice.dir, ports });
        assert.equal(placesOf(context), expected, `killed at write ${count}`);
        await context.sync();
        await context.resumeEpochs();
        assert.equal(placesOf(context), expected);
        const name = `room ${count}`;
        await addPlace(context, { name });
        expected = [...expected, name].sort();
        await laptop.sync();
        assert.equal(placesOf(laptop), expected);
        assert.is(laptop.sizeOf("MMM_Place").epoch, context.sizeOf("MMM_Place").epoch);
        await context.close();
        if (whole) break;
      }
      alice = await Context.open({ dir: alice.dir, ports });
      assert.ok(alice.sizeOf("MMM_Device").epoch > 0);
    },
    { timeoutMs },
  );

  it(
    "has the old ones or the new ones: the one that follows them",
    async () => {
      const before = placesOf(laptop);
      await laptop.close();
      const copy = join(house.dir, "before");
      cpSync(laptop.dir, copy, { recursive: true });
      await alice.beginEpochs({
        reason: "Compact",
        stores: (["MMM_Place", "MMM_Device", "MMM_State"] as const).map((label) => ({ label, keyEpoch: 0 })),
      });
      await addPlace(alice, { name: "cellar" });
      for (let count = first; ; count += stride) {
        const dir = join(house.dir, `follows ${count}`);
        cpSync(copy, dir, { recursive: true });
        const whole = await survives({ dir, at: count, deed: ["follow"] });
        const context = await Context.open({ dir, ports });
        const isOld = context.sizeOf("MMM_Place").epoch < alice.sizeOf("MMM_Place").epoch;
        assert.ok(isOld ? placesOf(context).join() === before.join() : placesOf(context).length >= before.length, `killed at write ${count}`);
        await context.sync();
        assert.equal(placesOf(context), placesOf(alice));
        assert.is(context.sizeOf("MMM_Device").epoch, alice.sizeOf("MMM_Device").epoch);
        await context.close();
        if (whole) break;
      }
    },
    { timeoutMs },
  );
});
