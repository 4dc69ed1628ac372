/** An administrator that is killed at any write while it repairs: it repairs once more, and every machine goes on in one history. */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { addPlace, AccountContext as Context, nameDevice, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { deviceCatalog } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { ports } from "../../kit/household.ts";
import { killPoints } from "../../kit/kill-points.ts";
import { placesOf } from "../../kit/places-of.ts";
import { startPutBackHouse } from "../../kit/put-back-house.ts";
import { survives } from "../../kit/survives.ts";

const { first, stride, least, timeoutMs } = killPoints(251);

describe("a machine that is killed while it repairs", (it) => {
  for (const lost of ["frames", "epochs"] as const) {
    it(
      `repairs once more, and nothing of either history is lost: the service had lost ${lost}`,
      async () => {
        const house = await startPutBackHouse();
        const alice = await house.create("alice", "alice@example.com");
        const laptop = await house.join(alice, "laptop", ["admin"]);
        const phone = await house.join(alice, "phone", ["web"]);
        const thief = await house.join(alice, "thief", ["admin"]);
        await addPlace(alice, { name: "kitchen" });
        for (const context of [laptop, phone, thief]) await context.sync();
        await house.backUp();
        await addPlace(alice, { name: "cellar" });
        await revokeDevice(alice, thief.deviceUdf);
        if (lost === "epochs") await replaceKeys(alice);
        await phone.sync();
        await house.putBack();
        await addPlace(laptop, { name: "garden" });
        await thief.sync();
        await nameDevice(thief, phone.deviceUdf, { localName: "trap" });
        await laptop.sync();
        const { deviceUdf } = thief;
        for (const context of [alice, laptop, phone, thief]) await context.close();
        await house.backUp();
        const names = ["alice", "laptop", "phone"];
        const kept = (name: string): string => join(house.dir, `${name}-kept`);
        for (const name of names) cpSync(house.home(name), kept(name), { recursive: true });
        let deaths = 0;
        for (let count = first, whole = false; !whole; count += stride) {
          if (count > first) await house.putBack();
          for (const name of names) {
            rmSync(house.home(name), { recursive: true });
            cpSync(kept(name), house.home(name), { recursive: true });
          }
          whole = await survives({ dir: house.home("alice"), at: count, deed: ["repair"] });
          if (!whole) deaths += 1;
          const open = (name: string) => Context.open({ dir: house.home(name), ports });
          const alone = await open("alice");
          await alone.repair();
          const others = [await open("laptop"), await open("phone")];
          for (const context of [alone, ...others]) {
            await context.sync();
            assert.equal(placesOf(context), ["cellar", "garden", "kitchen"], `killed at write ${count}`);
            assert.is(context.directory.find(deviceUdf), undefined);
            assert.ok(!context.list(deviceCatalog).some(({ value }) => value.LocalName === "trap"), `killed at write ${count}`);
          }
          assert.equal(await alone.repair(), []);
          await addPlace(others[0]!, { name: "loft" });
          await alone.sync();
          assert.ok(placesOf(alone).includes("loft"));
          for (const context of [alone, ...others]) await context.close();
        }
        assert.ok(deaths >= least, `it died ${deaths} times`);
        await house.stop();
      },
      { timeoutMs },
    );
  }
});
