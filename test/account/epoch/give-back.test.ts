/** A service that was put back by whole epochs: an administrator gives them back, and everybody goes on in one history. */
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, compactStores, deletePlace, nameDevice, put, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { newNonce } from "../../../src/crypto/index.ts";
import { deviceCatalog, stateCatalog, stateSequence } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { ports } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";
import { placesOf } from "../../kit/places-of.ts";
import { startPutBackHouse } from "../../kit/put-back-house.ts";

describe("epochs that a service has lost", (it) => {
  it(
    "are given back by an administrator; who has seen them, who has not, and who wrote meanwhile goes on with them",
    async () => {
      const house = await startPutBackHouse();
      const alice = await house.create("alice", "alice@example.com");
      const laptop = await house.join(alice, "laptop", ["admin"]);
      const phone = await house.join(alice, "phone", ["web"]);
      const tablet = await house.join(alice, "tablet", ["web"]);
      const early = await house.join(alice, "early", ["web"]);
      const late = await house.join(alice, "late", ["web"]);
      const thief = await house.join(alice, "thief", ["admin"]);
      for (const name of ["kitchen", "hall", "attic"]) await addPlace(alice, { name });
      for (const context of [laptop, phone, tablet, early, late, thief]) await context.sync();
      await house.backUp();
      // Days that the service will have forgotten: two epochs of places, one of everything else.
      await addPlace(alice, { name: "cellar" });
      await early.sync();
      const thiefUdf = thief.deviceUdf;
      await revokeDevice(alice, thiefUdf);
      await replaceKeys(alice);
      await addPlace(alice, { name: "loft" });
      await phone.sync();
      await compactStores(alice, ["MMM_Place"]);
      await deletePlace(alice, "attic");
      await nameDevice(alice, phone.deviceUdf, { localName: "telephone" });
      const { epoch } = alice.sizeOf("MMM_Place");
      assert.is(epoch, 2);
      await house.putBack();
      // Two machines that slept go on with the service as it is, and so does the thief.
      await addPlace(laptop, { name: "garden" });
      await tablet.sync();
      await thief.sync();
      for (const name of ["trap", "pit", "snare"]) await addPlace(thief, { name });
      // Somebody who has not heard of the removal takes in what the thief writes.
      await late.sync();
      assert.ok(placesOf(late).includes("snare"));
      await nameDevice(thief, tablet.deviceUdf, { localName: "trap" });
      for (const context of [alice, phone]) await throwsMesh(context.sync(), "ERR_ROLLBACK");
      await throwsMesh(early.sync(), "ERR_VERIFICATION");

      await alice.close();
      const { repaired } = await machine(house.home("alice"), house.service.url).json("account", "repair");
      const places = repaired.find(({ store }: { store: string }) => store === "MMM_Place");
      assert.is(places?.how, "given back", JSON.stringify(repaired));
      assert.is(places?.brought, 1, "the garden, and not the trap");
      for (const context of [phone, laptop, tablet, early, late]) {
        const name = context.get(deviceCatalog, context.deviceUdf)?.LocalName;
        await context.sync();
        assert.equal(placesOf(context), ["cellar", "garden", "hall", "kitchen", "loft"], name);
        assert.is(context.get(deviceCatalog, phone.deviceUdf)?.LocalName, "telephone");
        assert.is(context.get(deviceCatalog, tablet.deviceUdf)?.LocalName, "tablet");
        assert.is(context.directory.find(thiefUdf), undefined, name);
        assert.ok(context.sizeOf("MMM_Place").epoch > epoch, name);
        assert.is(context.sizeOf("MMM_Place").keyEpoch, 1);
      }
      await throwsMesh(thief.sync(), "ERR_REVOKED");
      await addPlace(laptop, { name: "shed" });
      await tablet.sync();
      assert.ok(placesOf(tablet).includes("shed"));
      assert.equal((await machine(house.home("alice"), house.service.url).json("account", "repair")).repaired, []);
      const later = await house.join(laptop, "later", ["web"]);
      await later.sync();
      assert.ok(placesOf(later).includes("shed"));
      // Nobody is led back by it.
      await house.putBack();
      for (const context of [phone, laptop, tablet, early]) await throwsMesh(context.sync(), "ERR_ROLLBACK");
      await house.stop();
    },
    { timeoutMs: 300_000 },
  );

  it(
    "of a hub's own sequence come back, too, and the hub goes on in it",
    async () => {
      const house = await startPutBackHouse();
      const alice = await house.create("alice", "alice@example.com");
      const hub = await house.join(alice, "hub", ["hub"]);
      const phone = await house.join(alice, "phone", ["web"]);
      const tablet = await house.join(alice, "tablet", ["web"]);
      const label = stateSequence(hub.deviceUdf);
      const say = (Sequence: number): Promise<unknown> => {
        const state = { DeviceUdf: hub.deviceUdf, Via: hub.deviceUdf, Updated: "2026-01-01T00:00:00Z", Sequence, Status: "Online" } as const;
        return hub.transact({ catalogs: [put(stateCatalog, state)] });
      };
      const seen = (context: AccountContext): number | undefined => context.get(stateCatalog, hub.deviceUdf)?.Sequence;
      await hub.sync();
      assert.ok(await hub.goOver());
      await say(1);
      for (const context of [alice, phone, tablet]) await context.sync();
      await house.backUp();
      await say(2);
      for (const sequence of [3, 4]) {
        assert.is(await hub.beginEpochs({ reason: "Compact", stores: [{ label, keyEpoch: 0 }] }), "begun");
        await say(sequence);
      }
      for (const context of [alice, phone]) await context.sync();
      await say(5);
      await house.putBack();
      for (const context of [alice, hub, phone]) await throwsMesh(context.sync(), "ERR_ROLLBACK");
      await tablet.sync();
      assert.is(seen(tablet), 1);
      const [repaired] = await alice.repair();
      assert.equal([repaired?.store, repaired?.how], [label, "given back"]);
      assert.is(seen(alice), 4);
      await hub.sync();
      await say(6);
      for (const context of [alice, phone, tablet]) {
        await context.sync();
        assert.is(seen(context), 6, context.get(deviceCatalog, context.deviceUdf)?.LocalName);
      }
      assert.equal(await alice.repair(), []);
      await house.stop();
    },
    { timeoutMs: 200_000 },
  );

  it("are taken back from administrators alone", async () => {
    const house = await startPutBackHouse();
    const alice = await house.create("alice", "alice@example.com");
    const hub = await house.join(alice, "hub", ["hub"]);
    await hub.sync();
    const begin = { Account: alice.address, Stage: newNonce(ports.random).slice(0, 32), Epoch: 1, Index: 0, Envelopes: [], GivenBack: true };
    for (const Container of ["MMM_Place", "MMM_Access"]) await throwsMesh(hub.client.stage({ ...begin, Container }), "ERR_NOT_AUTHORIZED");
    await house.stop();
  });
});
