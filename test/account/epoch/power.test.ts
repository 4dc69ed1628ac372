/** A machine that loses its power while it begins epochs: what was not synchronised is gone from its disk, and the next run goes on with one history. */
import { addPlace, AccountContext as Context } from "../../../src/account/index.ts";
import { placeCatalog } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { killPoints } from "../../kit/kill-points.ts";
import { survives } from "../../kit/survives.ts";

const { first, stride, least, timeoutMs } = killPoints(43);

describe("a machine that loses its power while stores begin anew", (it) => {
  it(
    "goes on where its disk says that it was",
    async () => {
      const house = await startHousehold();
      const alice = await house.create("alice", "alice@example.com");
      const laptop = await house.join(alice, "laptop", ["web"]);
      const { dir } = alice;
      await addPlace(alice, { name: "kitchen" });
      await alice.close();
      const names = (context: Context): readonly string[] =>
        context
          .list(placeCatalog)
          .map(({ value }) => value.LocalName)
          .sort();
      let expected: readonly string[] = ["kitchen"];
      let lost = 0;
      for (let at = first, whole = false; !whole; at += stride) {
        whole = await survives({ dir, at, losesPower: true, deed: ["begin", "MMM_Place", "MMM_Device", "MMM_Access"] });
        if (!whole) lost += 1;
        const context = await Context.open({ dir, ports });
        await context.sync();
        await context.resumeEpochs();
        assert.equal(names(context), expected, `power lost at write ${at}`);
        await addPlace(context, { name: `room ${at}` });
        expected = [...expected, `room ${at}`].sort();
        await laptop.sync();
        assert.equal(names(laptop), expected, `power lost at write ${at}`);
        assert.is(laptop.sizeOf("MMM_Place").epoch, context.sizeOf("MMM_Place").epoch);
        await context.close();
      }
      assert.ok(laptop.sizeOf("MMM_Place").epoch > 0);
      assert.ok(lost >= least, `power was lost ${lost} times`);
      await house.stop();
    },
    { timeoutMs },
  );
});
