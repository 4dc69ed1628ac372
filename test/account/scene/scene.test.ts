/** Scenes: administrators write them, hubs and whoever uses devices read them, and the names that are given are nobody else's. */
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, addScene, deleteScene, findScene, scenesOf } from "../../../src/account/index.ts";
import { edit } from "../../../src/account/store/edit.ts";
import { silentLog } from "../../../src/base/log.ts";
import { NameBook } from "../../../src/names/name-book.ts";
import type { SceneOrder } from "../../../src/schema/index.ts";
import { mostSceneTargets, sceneCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";
import { drivers, udfOf } from "../../kit/named-things.ts";

const dim = (targets: number): SceneOrder => ({
  Command: "Set",
  Targets: Array.from({ length: targets }, (_, at) => ({ DeviceUdf: udfOf(at + 1), Arguments: [{ Name: "Brightness", Value: 20 }] })),
});

describe("account: scenes", (it) => {
  let house: Household;
  let alice: AccountContext;
  let hub: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    hub = await house.join(alice, "hub", ["hub"]);
  });
  it.after(() => house.stop());

  it("an administrator makes one, and hubs and whoever uses devices have it with their next look", async () => {
    const phone = await house.join(alice, "phone", ["device", "command"]);
    const book = new NameBook({ account: hub, drivers, isOnline: () => undefined, log: silentLog });
    assert.equal(book.index.scenes, []);
    await addScene(alice, { name: "movie night", aliases: ["Filmabend"], orders: [dim(2)] });
    await hub.sync();
    book.changed();
    const [scene] = book.index.scenes;
    assert.is(scene?.name, "movie night");
    const told = scene?.orders.flatMap(({ command, targets }) =>
      targets.map(({ udf, arguments: [value] }) => [command, udf, value?.Name, value?.Value]),
    );
    assert.equal(
      told,
      [1, 2].map((number) => ["Set", udfOf(number), "Brightness", 20]),
    );
    await phone.sync();
    assert.is(findScene(phone, "FILMABEND").LocalName, "movie night");
  });

  it("nobody else writes: neither a hub nor a machine that uses devices", async () => {
    const pad = await house.join(alice, "pad", ["web", "command"]);
    for (const context of [hub, pad]) {
      await throwsMesh(addScene(context, { name: "evil", orders: [dim(1)] }), "ERR_NOT_AUTHORIZED");
      const forged = { Key: "NEVIL", LocalName: "evil", Orders: [dim(1)] };
      await throwsMesh(context.transact({ catalogs: [edit(sceneCatalog, "NEVIL", () => forged)] }), "ERR_NOT_AUTHORIZED");
    }
    await alice.sync();
    assert.equal(
      scenesOf(alice).map(({ LocalName }) => LocalName),
      ["movie night"],
    );
  });

  it("is refused under a name that is taken, without orders, and with more devices than it may have", async () => {
    await addPlace(alice, { name: "attic" });
    await throwsMesh(addScene(alice, { name: "Movie Night", orders: [dim(1)] }), "ERR_EXISTS");
    await throwsMesh(addScene(alice, { name: "another", aliases: ["filmabend"], orders: [dim(1)] }), "ERR_EXISTS");
    await throwsMesh(addScene(alice, { name: "Attic", orders: [dim(1)] }), "ERR_NAME");
    await throwsMesh(addScene(alice, { name: "alice", orders: [dim(1)] }), "ERR_NAME");
    await throwsMesh(addScene(alice, { name: "everything", orders: [dim(1)] }), "ERR_NAME");
    await throwsMesh(addScene(alice, { name: "nothing to do", orders: [] }), "ERR_USAGE");
    await throwsMesh(addScene(alice, { name: "too much", orders: [dim(mostSceneTargets + 1)] }), "ERR_USAGE");
    assert.is(scenesOf(alice).length, 1);
  });

  it("is deleted, and hubs forget it", async () => {
    await deleteScene(alice, findScene(alice, "movie night"));
    await hub.sync();
    assert.equal(hub.list(sceneCatalog), []);
    await throwsMesh(() => findScene(alice, "movie night"), "ERR_NOT_FOUND");
  });
});
