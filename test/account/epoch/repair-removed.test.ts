/**
 * A service that was put back believes a removed machine again, which writes there until an administrator unites the histories: nothing of that is taken over.
 */
import { addPlace, nameDevice, revokeDevice } from "../../../src/account/index.ts";
import { deviceCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { placesOf } from "../../kit/places-of.ts";
import { startPutBackHouse } from "../../kit/put-back-house.ts";

describe("repair after a removal", (it) => {
  for (const spoilt of ["MMM_Place", "MMM_Device"] as const) {
    it(
      `takes nothing over that the removed machine wrote to ${spoilt}, and a reader that slept goes on`,
      async () => {
        const house = await startPutBackHouse();
        const alice = await house.create("alice", "alice@example.com");
        const laptop = await house.join(alice, "laptop", ["admin"]);
        const phone = await house.join(alice, "phone", ["web"]);
        const tablet = await house.join(alice, "tablet", ["web"]);
        const thief = await house.join(alice, "thief", ["admin"]);
        await addPlace(alice, { name: "kitchen" });
        for (const context of [laptop, phone, tablet, thief]) await context.sync();
        await house.backUp();
        for (const name of ["attic", "cellar"]) await addPlace(alice, { name });
        await nameDevice(alice, laptop.deviceUdf, { localName: "notebook" });
        await revokeDevice(alice, thief.deviceUdf);
        await phone.sync();
        await house.putBack();
        await addPlace(laptop, { name: "garden" });
        await thief.sync();
        if (spoilt === "MMM_Place") await addPlace(thief, { name: "trap" });
        else await nameDevice(thief, phone.deviceUdf, { localName: "trap" });
        await laptop.sync();
        const { epoch } = alice.sizeOf(spoilt);
        await alice.repair();
        assert.ok(alice.sizeOf(spoilt).epoch > epoch);
        for (const context of [alice, phone, laptop, tablet]) {
          await context.sync();
          assert.equal(placesOf(context), ["attic", "cellar", "garden", "kitchen"], context.get(deviceCatalog, context.deviceUdf)?.LocalName);
          assert.is(context.get(deviceCatalog, phone.deviceUdf)?.LocalName, "phone");
          assert.is(context.get(deviceCatalog, laptop.deviceUdf)?.LocalName, "notebook");
          assert.is(context.directory.find(thief.deviceUdf), undefined);
        }
        await throwsMesh(() => thief.sync(), "ERR_REVOKED");
        await addPlace(laptop, { name: "loft" });
        for (const context of [alice, phone, tablet]) {
          await context.sync();
          assert.ok(placesOf(context).includes("loft"));
        }
        assert.equal(await alice.repair(), []);
        await house.stop();
      },
      { timeoutMs: 120_000 },
    );
  }
});
