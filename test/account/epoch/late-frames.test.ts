/**
 * What a machine wrote in the very moment of its removal, after whoever removed it had looked: nobody believes it, a sync tells of it and goes on, and the
 * next epoch of the store leaves it behind.
 */
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, LateFramesError, put, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { stateCatalog, stateSequence } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { type Household, startHousehold } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";
import { placesOf } from "../../kit/places-of.ts";

/** Removes a device, which does something between the last look and the removal. */
async function removeWhile(alice: AccountContext, device: AccountContext, deed: () => Promise<unknown>): Promise<void> {
  const transact = alice.client.transact.bind(alice.client);
  alice.client.transact = async (request, options) => {
    alice.client.transact = transact;
    await deed();
    return transact(request, options);
  };
  await revokeDevice(alice, device.deviceUdf);
}

async function startHouse(): Promise<{ readonly house: Household; readonly alice: AccountContext; readonly phone: AccountContext }> {
  const house = await startHousehold();
  onCleanup(() => house.stop());
  const alice = await house.create("alice", "alice@example.com");
  return { house, alice, phone: await house.join(alice, "phone", ["web"]) };
}

describe("what a machine writes in the moment of its removal", (it) => {
  it("keeps no other machine from synchronising: a hub's last state", async () => {
    const { house, alice, phone } = await startHouse();
    const hub = await house.join(alice, "hub", ["hub"]);
    const label = stateSequence(hub.deviceUdf);
    await hub.sync();
    assert.ok(await hub.goOver());
    const say = (Sequence: number): Promise<unknown> =>
      hub.transact({
        catalogs: [
          put(stateCatalog, {
            DeviceUdf: hub.deviceUdf,
            Via: hub.deviceUdf,
            Updated: "2026-01-01T00:00:00Z",
            Sequence,
            Status: "Online",
          }),
        ],
      });
    await say(1);
    for (const context of [alice, phone]) await context.sync();
    await removeWhile(alice, hub, () => say(2));
    await addPlace(alice, { name: "kitchen" });
    for (const context of [alice, phone]) {
      const brought = await context.sync();
      const late = brought.find(({ store }) => store === label)?.late;
      assert.instance(late, LateFramesError);
      assert.match(late?.message ?? "", /after it was removed from the account/);
      assert.equal(placesOf(context), ["kitchen"]);
    }
    await throwsMesh(hub.sync(), "ERR_REVOKED");

    // The program tells, and its exit status is that of success.
    await phone.close();
    const pad = machine(house.home("phone"), house.service.url);
    const told = await pad.run(["account", "sync"]);
    assert.is(told.status, 0, told.stderr);
    assert.match(told.stderr, new RegExp(`^warning: ${label}: .+ after it was removed from the account\nhint: `, "m"));
    const { leftOut, doubted, success } = await pad.json("account", "sync");
    assert.equal([leftOut.length, leftOut[0].store, doubted, success], [1, label, undefined, true]);
    assert.is((await pad.run(["account", "status"])).status, 0);

    await replaceKeys(alice);
    assert.is((await pad.json("account", "sync")).leftOut, undefined);
    assert.equal(
      (await alice.sync()).filter(({ late }) => late),
      [],
    );
  });

  it("is what a writer of the same store is told, until that begins anew: a laptop's last place", async () => {
    const { house, alice, phone } = await startHouse();
    const laptop = await house.join(alice, "laptop", ["admin"]);
    await addPlace(alice, { name: "kitchen" });
    for (const context of [laptop, phone]) await context.sync();
    await removeWhile(alice, laptop, () => addPlace(laptop, { name: "trap" }));
    await alice.sync();
    assert.equal(placesOf(alice), ["kitchen"]);
    const refused = await throwsMesh(addPlace(alice, { name: "hall" }), "ERR_VERIFICATION");
    assert.match(refused.message, /MMM_Place was written by .+ after it was removed/);
    assert.match(refused.hint, /begins the store anew/);
    await replaceKeys(alice);
    await addPlace(alice, { name: "hall" });
    await phone.sync();
    assert.equal(placesOf(phone), ["hall", "kitchen"]);
  });
});
