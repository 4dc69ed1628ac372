/** What a removed machine wrote in its last moment, after whoever removed it had looked: believed by a reader at first, and left behind by the new epoch. */
import { addPlace, deletePlace, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { startHousehold } from "../../kit/household.ts";
import { placesOf } from "../../kit/places-of.ts";

describe("the last frames of a removed machine", (it) => {
  it("are given up by a reader that believed them before it met the removal", async () => {
    const house = await startHousehold();
    const alice = await house.create("alice", "alice@example.com");
    const laptop = await house.join(alice, "laptop", ["admin"]);
    const phone = await house.join(alice, "phone", ["web"]);
    for (const name of ["kitchen", "hall"]) await addPlace(alice, { name });
    for (const context of [laptop, phone]) await context.sync();
    // The laptop writes, and the phone looks, between alice's last look and the removal.
    const transact = alice.client.transact.bind(alice.client);
    alice.client.transact = async (request, options) => {
      alice.client.transact = transact;
      await addPlace(laptop, { name: "trap" });
      await deletePlace(laptop, "hall");
      await phone.sync();
      return transact(request, options);
    };
    await revokeDevice(alice, laptop.deviceUdf);
    assert.equal(placesOf(phone), ["kitchen", "trap"]);
    await replaceKeys(alice);
    assert.equal(placesOf(alice), ["hall", "kitchen"]);
    await phone.sync();
    assert.equal(placesOf(phone), ["hall", "kitchen"]);
    assert.is(phone.sizeOf("MMM_Place").epoch, 1);
    await addPlace(alice, { name: "cellar" });
    await phone.sync();
    assert.equal(placesOf(phone), ["cellar", "hall", "kitchen"]);
    await throwsMesh(laptop.sync(), "ERR_REVOKED");
    await house.stop();
  });
});
