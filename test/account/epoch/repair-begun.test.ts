/**
 * A service that was put back believes a removed administrator again, who begins an epoch there of the number that the account has by now: nothing of it
 * can be believed, and an administrator puts the account's own history in its place.
 */
import { addPlace, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { placesOf } from "../../kit/places-of.ts";
import { startPutBackHouse } from "../../kit/put-back-house.ts";

describe("an epoch that a removed administrator begins at a service that was put back", (it) => {
  it(
    "is left out, and nothing of the account is lost",
    async () => {
      const house = await startPutBackHouse();
      const alice = await house.create("alice", "alice@example.com");
      const phone = await house.join(alice, "phone", ["web"]);
      const slow = await house.join(alice, "slow", ["web"]);
      const tablet = await house.join(alice, "tablet", ["web"]);
      const thief = await house.join(alice, "thief", ["admin"]);
      await addPlace(alice, { name: "kitchen" });
      for (const context of [phone, slow, tablet, thief]) await context.sync();
      await house.backUp();
      await revokeDevice(alice, thief.deviceUdf);
      await replaceKeys(alice);
      await slow.sync();
      await addPlace(alice, { name: "cellar" });
      await phone.sync();
      await house.putBack();
      await thief.sync();
      await thief.beginEpochs({ reason: "Compact", stores: [{ label: "MMM_Place", keyEpoch: 0 }] });
      await addPlace(thief, { name: "trap" });
      await throwsMesh(alice.sync(), "ERR_ROLLBACK");
      const repaired = await alice.repair();
      assert.is(repaired.find(({ store }) => store === "MMM_Place")?.how, "replaced");
      for (const context of [alice, phone, slow, tablet]) {
        await context.sync();
        assert.equal(placesOf(context), ["cellar", "kitchen"]);
        assert.is(context.sizeOf("MMM_Place").epoch, 2);
      }
      await addPlace(alice, { name: "loft" });
      await tablet.sync();
      assert.ok(placesOf(tablet).includes("loft"));
      assert.equal(await alice.repair(), []);
      await house.stop();
    },
    { timeoutMs: 200_000 },
  );
});
