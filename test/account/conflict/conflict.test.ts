/** Two machines of an account change one entry at once over a real service: what is merged, what is kept, and how its owner settles it. */
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, conflicts, deletePlace, edit, findConflict, findPlace, keepStanding, nameDevice, takeLost } from "../../../src/account/index.ts";
import { mostConflicts } from "../../../src/account/store/reconcile.ts";
import { deviceCatalog, placeCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { type Household, startHousehold } from "../../kit/household.ts";

describe("changes of one entry at once", (it) => {
  let house: Household;
  let alice: AccountContext;
  let laptop: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    laptop = await house.join(alice, "laptop", ["admin"]);
    for (const name of ["kitchen", "hall"]) await addPlace(alice, { name });
    await laptop.sync();
  });
  it.after(() => house.stop());

  it("are merged where they are of different members", async () => {
    const hall = findPlace(alice, "hall").Key;
    await nameDevice(alice, alice.deviceUdf, { place: "hall" });
    // The laptop has not seen that: its Transact conflicts.
    await nameDevice(laptop, alice.deviceUdf, { localName: "desk" });
    await alice.sync();
    const { LocalName, Place } = alice.get(deviceCatalog, alice.deviceUdf) ?? {};
    assert.equal([LocalName, Place], ["desk", hall]);
    assert.equal(conflicts(alice), []);
  });

  it("unite lists", async () => {
    await nameDevice(alice, alice.deviceUdf, { aliases: ["one"] });
    await nameDevice(laptop, alice.deviceUdf, { aliases: ["two"] });
    await alice.sync();
    assert.equal(
      alice.get(deviceCatalog, alice.deviceUdf)?.LocalNames?.map(({ Name }) => Name),
      ["one", "two"],
    );
    assert.equal(conflicts(alice), []);
  });

  it("keep what loses, on every machine, until the owner takes it", async () => {
    await nameDevice(alice, alice.deviceUdf, { localName: "tower" });
    await nameDevice(laptop, alice.deviceUdf, { localName: "workbench" });
    await alice.sync();
    for (const context of [alice, laptop]) {
      assert.is(context.get(deviceCatalog, alice.deviceUdf)?.LocalName, "workbench");
      const [conflict, ...others] = conflicts(context);
      assert.equal(others, []);
      assert.equal({ ...conflict!.lost }, { LocalName: "tower" });
      assert.equal({ ...conflict!.stands }, { LocalName: "workbench" });
      assert.is(conflict!.deviceUdf, laptop.deviceUdf);
    }
    await takeLost(alice, findConflict(alice, conflicts(alice)[0]!.id.slice(0, 6)));
    assert.is(alice.get(deviceCatalog, alice.deviceUdf)?.LocalName, "tower");
    await laptop.sync();
    assert.is(laptop.get(deviceCatalog, alice.deviceUdf)?.LocalName, "tower");
    assert.equal(conflicts(laptop), []);
    assert.ok(laptop.directory.find(alice.deviceUdf), "the device's connection is what it was");
  });

  it("do not take a name that was given to another since", async () => {
    await nameDevice(alice, alice.deviceUdf, { localName: "first" });
    await nameDevice(laptop, alice.deviceUdf, { localName: "second" });
    await nameDevice(laptop, laptop.deviceUdf, { localName: "first" });
    const [conflict] = conflicts(laptop);
    await throwsMesh(takeLost(laptop, conflict!), "ERR_NAME");
    await keepStanding(laptop, conflict!);
    assert.equal(conflicts(laptop), []);
    await throwsMesh((async () => findConflict(laptop, conflict!.id))(), "ERR_NOT_FOUND");
    await alice.sync();
  });

  it("keep what was made of an entry that another machine removes", async () => {
    const { Key } = findPlace(alice, "kitchen");
    await alice.transact({ catalogs: [edit(placeCatalog, Key, (place) => place && { ...place, LocalName: "scullery" })] });
    await deletePlace(laptop, "kitchen");
    const [conflict] = conflicts(laptop);
    assert.equal([conflict?.isRemoved, conflict?.name], [true, "scullery"]);
    await takeLost(laptop, conflict!);
    await alice.sync();
    assert.is(findPlace(alice, "scullery").Key, Key);
    assert.equal(conflicts(alice), []);
  });

  it("are kept in a bounded number, the oldest goes first", async () => {
    const { Key } = findPlace(alice, "scullery");
    const conflictsOf = async (count: number): Promise<void> => {
      const old = Array.from({ length: count }, (_, at) => ({
        store: "MMM_Place" as const,
        key: `conflict/OLD-${at}`,
        change: () => ({
          CatalogedConflict: {
            Key: `conflict/OLD-${at}`,
            Of: Key,
            Lost: { CatalogedPlace: { LocalName: "x" } },
            Removed: false,
            Updated: "2026-01-01T00:00:00Z",
            DeviceUdf: "M",
          },
        }),
      }));
      await alice.transact({ catalogs: old });
    };
    await conflictsOf(mostConflicts);
    await laptop.sync();
    await alice.transact({ catalogs: [edit(placeCatalog, Key, (place) => place && { ...place, LocalName: "alpha" })] });
    await laptop.transact({ catalogs: [edit(placeCatalog, Key, (place) => place && { ...place, LocalName: "beta" })] });
    const found = conflicts(laptop);
    assert.is(found.length, mostConflicts);
    assert.not(found.some(({ id }) => id === "OLD-0"));
    assert.is(found.filter(({ lost }) => lost.LocalName === "alpha").length, 1);
  });
});
