/** Recipes: administrators write them, hubs and whoever uses devices read them; what is not well formed is read by nobody. */
import type { AccountContext } from "../../../src/account/index.ts";
import { addRecipe, addScene, deleteRecipe, findRecipe, recipesOf } from "../../../src/account/index.ts";
import { edit } from "../../../src/account/store/edit.ts";
import { silentLog } from "../../../src/base/log.ts";
import { NameBook } from "../../../src/names/name-book.ts";
import type { CatalogedRecipe } from "../../../src/schema/index.ts";
import { mostProgrammeText, recipeCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";
import { drivers } from "../../kit/named-things.ts";

const oven = { Class: "oven", Programme: "Mode fan, Target 180, 35 min" };

describe("account: recipes", (it) => {
  let house: Household;
  let alice: AccountContext;
  let hub: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    hub = await house.join(alice, "hub", ["hub"]);
  });
  it.after(() => house.stop());

  const bookOfHub = async (): Promise<NameBook> => {
    await hub.sync();
    return new NameBook({ account: hub, drivers, isOnline: () => undefined, log: silentLog });
  };

  it("an administrator makes one, and hubs have it with their next look", async () => {
    await addRecipe(alice, { name: "lasagne", aliases: ["Lasagne al forno"], programmes: [oven] });
    const { index } = await bookOfHub();
    assert.equal(
      index.recipes.map(({ name, programmes }) => [name, programmes]),
      [["lasagne", [{ class: "oven", programme: oven.Programme }]]],
    );
    assert.is(findRecipe(hub, "LASAGNE AL FORNO").LocalName, "lasagne");
  });

  it("nobody else writes: neither a hub nor a machine that uses devices", async () => {
    const pad = await house.join(alice, "pad", ["web", "command"]);
    for (const context of [hub, pad]) {
      await throwsMesh(addRecipe(context, { name: "evil", programmes: [oven] }), "ERR_NOT_AUTHORIZED");
      const forged = { Key: "NEVIL", LocalName: "evil", Programmes: [oven] };
      await throwsMesh(context.transact({ catalogs: [edit(recipeCatalog, "NEVIL", () => forged)] }), "ERR_NOT_AUTHORIZED");
    }
  });

  it("is refused under a name that is taken, without a programme, with two for a class, and with too long a one", async () => {
    await throwsMesh(addRecipe(alice, { name: "Lasagne", programmes: [oven] }), "ERR_EXISTS");
    await throwsMesh(addScene(alice, { name: "lasagne", orders: [] }), "ERR_EXISTS");
    await throwsMesh(addRecipe(alice, { name: "everything", programmes: [oven] }), "ERR_NAME");
    await throwsMesh(addRecipe(alice, { name: "nothing to do", programmes: [] }), "ERR_USAGE");
    await throwsMesh(addRecipe(alice, { name: "twice", programmes: [oven, oven] }), "ERR_USAGE");
    await throwsMesh(addRecipe(alice, { name: "long", programmes: [{ Class: "oven", Programme: "x".repeat(mostProgrammeText + 1) }] }), "ERR_USAGE");
    assert.is(recipesOf(alice).length, 1);
  });

  it("what stands there and is none is read by nobody, and stops no other", async () => {
    const odd: CatalogedRecipe = { Key: "NODD", LocalName: "odd", Programmes: [oven, oven] };
    await alice.transact({ catalogs: [edit(recipeCatalog, "NODD", () => odd)] });
    assert.equal(
      (await bookOfHub()).index.recipes.map(({ name }) => name),
      ["lasagne"],
    );
    await deleteRecipe(alice, odd);
  });

  it("is deleted, and hubs forget it", async () => {
    await deleteRecipe(alice, findRecipe(alice, "lasagne"));
    assert.equal((await bookOfHub()).index.recipes, []);
    await throwsMesh(() => findRecipe(alice, "lasagne"), "ERR_NOT_FOUND");
  });
});
