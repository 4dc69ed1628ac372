/** An epoch that an administrator began rightly, who was removed later, is none that a repair replaces: what was written in it stays. */
import { addPlace, revokeDevice } from "../../../src/account/index.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { placesOf } from "../../kit/places-of.ts";
import { startPutBackHouse } from "../../kit/put-back-house.ts";

describe("an epoch of an administrator who was removed later", (it) => {
  it(
    "is whole after a repair by who has heard of the removal alone",
    async () => {
      const house = await startPutBackHouse();
      onCleanup(() => house.stop());
      const alice = await house.create("alice", "alice@example.com");
      const old = await house.join(alice, "old", ["admin"]);
      const desk = await house.join(alice, "desk", ["admin"]);
      const phone = await house.join(alice, "phone", ["web"]);
      await addPlace(alice, { name: "kitchen" });
      for (const context of [old, desk, phone]) await context.sync();
      await old.beginEpochs({ reason: "Compact", stores: [{ label: "MMM_Place", keyEpoch: 0 }] });
      await addPlace(old, { name: "cellar" });
      for (const context of [desk, phone]) await context.sync();
      await addPlace(desk, { name: "loft" });
      await revokeDevice(desk, old.deviceUdf);
      await addPlace(desk, { name: "hall" });
      // Cut off there: the places stand as before the epoch.
      await alice.sync({ stores: ["MMM_Device"] });
      assert.equal(placesOf(alice), ["kitchen"]);
      await alice.repair();
      for (const context of [alice, desk, phone]) {
        await context.sync();
        assert.equal(placesOf(context), ["cellar", "hall", "kitchen", "loft"]);
      }
    },
    { timeoutMs: 200_000 },
  );
});
