/** Epochs over a real service: made, switched, followed and compared by the machines of one account. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, AccountContext as Context, deletePlace, findPlace, put, revokeDevice } from "../../../src/account/index.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { accessCatalog, type CatalogLabel, deviceCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { type Household, ports, startHousehold } from "../../kit/household.ts";
import { placesOf } from "../../kit/places-of.ts";

const epochsOf = (context: AccountContext, label: CatalogLabel): number => context.heads().find(({ Store }) => Store === label)?.Epoch ?? 0;
const compact = (context: AccountContext, ...labels: readonly CatalogLabel[]) =>
  context.beginEpochs({ reason: "Compact", stores: labels.map((label) => ({ label, keyEpoch: 0 })) });

describe("epochs of an account's catalogs", (it) => {
  let house: Household;
  let alice: AccountContext;
  let laptop: AccountContext;
  let hub: AccountContext;
  const reopen = async (context: AccountContext): Promise<AccountContext> => {
    await context.close();
    return Context.open({ dir: context.dir, ports });
  };

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    laptop = await house.join(alice, "laptop", ["web", "command"]);
    hub = await house.join(alice, "hub", ["hub"]);
    for (const name of ["kitchen", "hall", "attic"]) await addPlace(alice, { name });
    await deletePlace(alice, (await findPlace(alice, "hall")).Key);
    await laptop.sync();
    await hub.sync();
  });
  it.after(async () => {
    for (const context of [alice, laptop, hub]) await context.close();
    await house.stop();
  });

  it("begin with what lives, and every machine goes on in them", async () => {
    assert.is(await compact(alice, "MMM_Place", "MMM_Device", "MMM_Access"), "begun");
    assert.equal(placesOf(alice), ["attic", "kitchen"]);
    await addPlace(alice, { name: "cellar" });
    for (const context of [laptop, hub]) {
      await context.sync();
      assert.equal(placesOf(context), ["attic", "cellar", "kitchen"]);
      assert.is(epochsOf(context, "MMM_Place"), 1);
      assert.is(epochsOf(context, "MMM_Device"), 1);
      assert.is(context.list(deviceCatalog).length, 3);
    }
    assert.is(epochsOf(laptop, "MMM_Task"), 0);
    assert.is(alice.list(accessCatalog).length, 3);
    [alice, laptop, hub] = [await reopen(alice), await reopen(laptop), await reopen(hub)];
    for (const context of [alice, laptop, hub]) assert.equal(placesOf(context), ["attic", "cellar", "kitchen"]);
    await alice.checkHeads(laptop.heads(), laptop.deviceUdf);
  });

  it("leave one file for each epoch, and nothing half made", () => {
    const names = readdirSync(join(laptop.dir, "stores"));
    for (const name of ["MMM_Place.dare", "MMM_Place.1.dare"]) assert.ok(names.includes(name), name);
    assert.not(existsSync(join(alice.dir, "stores", "begun")));
  });

  it("take in what was written meanwhile in the former epoch", async () => {
    // The laptop wrote first: alice's copies end before that.
    const before = laptop.heads().find(({ Store }) => Store === "MMM_Task");
    await laptop.transact({ catalogs: [{ store: "MMM_Task", key: "milk", change: () => ({ CatalogedTask: { Key: "milk" } }) }] });
    assert.is(await compact(alice, "MMM_Task"), "begun");
    await laptop.sync();
    assert.ok(before);
    assert.is(epochsOf(laptop, "MMM_Task"), 1);
    await laptop.transact({ catalogs: [{ store: "MMM_Task", key: "bread", change: () => ({ CatalogedTask: { Key: "bread" } }) }] });
    await alice.sync();
  });

  it("are begun by one of two administrators; the other goes on from there", async () => {
    const phone = await house.join(alice, "phone", ["admin", "web"]);
    await alice.sync();
    const outcomes = await Promise.all([compact(alice, "MMM_Place"), compact(phone, "MMM_Place")]);
    assert.ok(outcomes.includes("begun"), outcomes.join());
    await alice.sync();
    await phone.sync();
    assert.is(epochsOf(alice, "MMM_Place"), epochsOf(phone, "MMM_Place"));
    await addPlace(phone, { name: "roof" });
    await alice.sync();
    assert.equal(placesOf(alice), placesOf(phone));
    await revokeDevice(alice, phone.deviceUdf);
    await phone.close();
  });

  it("are followed by a machine that was away until the former one was not kept any more (the service's refusal is put in its answers)", async () => {
    await laptop.sync();
    const former = epochsOf(laptop, "MMM_Place");
    await addPlace(alice, { name: "shed" });
    await compact(alice, "MMM_Place");
    const { client } = laptop;
    const download = client.download.bind(client);
    client.download = (request) => {
      const isFormer = request.Select.some(({ Container, Epoch }) => Container === "MMM_Place" && Epoch === former);
      return isFormer ? Promise.reject(new MeshError("ERR_NOT_FOUND", "that epoch is not kept")) : download(request);
    };
    try {
      await laptop.sync();
    } finally {
      client.download = download;
    }
    assert.is(epochsOf(laptop, "MMM_Place"), former + 1);
    assert.equal(placesOf(laptop), placesOf(alice));
  });

  it("are begun by no machine that may not", async () => {
    await laptop.sync();
    await throwsMesh(() => compact(laptop, "MMM_Task"), "ERR_NOT_AUTHORIZED");
    // A service that lets it: what counts is the role that the owner signed.
    const found = alice.list(accessCatalog).find(({ value }) => value.Capability.value.DeviceUdf === laptop.deviceUdf);
    assert.ok(found);
    const { Capability } = found.value;
    const value = { ...Capability.value, Rights: [...Capability.value.Rights, "a:MMM_Access"] };
    await alice.transact({ catalogs: [put(accessCatalog, { ...found.value, Capability: { ...Capability, value } })] });
    assert.is(await compact(laptop, "MMM_Task"), "begun");
    const error = await throwsMesh(() => alice.sync(), "ERR_VERIFICATION");
    assert.match(error.message, /MMM_Task.*begun anew by .* no right/);
  });
});
