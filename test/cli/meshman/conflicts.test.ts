/** What lost when two machines changed an entry at once, as meshman shows it and settles it. */
import type { AccountContext } from "../../../src/account/index.ts";
import { nameDevice } from "../../../src/account/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";

describe("meshman conflicts", (it) => {
  let house: Household;
  let alice: AccountContext;
  let laptop: AccountContext;
  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    laptop = await house.join(alice, "laptop", ["admin"]);
    await alice.sync();
  });
  it.after(() => house.stop());

  it("lists, shows, keeps and resolves", async () => {
    const meshman = machine(house.home("alice"), house.service.url);
    assert.match((await meshman.run(["conflicts", "list"])).stderr, /no conflicts/);
    for (const [mine, theirs] of [
      ["tower", "workbench"],
      ["desk", "bench"],
    ] as const) {
      await laptop.sync();
      await nameDevice(alice, alice.deviceUdf, { localName: mine });
      await nameDevice(laptop, alice.deviceUdf, { localName: theirs });
      await alice.sync();
    }
    const { conflicts } = await meshman.json("conflicts", "list");
    assert.equal(
      conflicts.map(({ localName, removed, members }: { localName: string; removed: boolean; members: unknown }) => [localName, removed, members]),
      [
        ["bench", false, [{ member: "localName", lost: "tower", stands: "bench" }]],
        ["bench", false, [{ member: "localName", lost: "desk", stands: "bench" }]],
      ],
    );
    assert.match(await meshman.does("account", "status"), /conflicts\t2 \(see 'meshman conflicts list'\)/);
    assert.match(await meshman.does("conflicts", "list"), /bench\tlocalName: tower\tbench\t/);
    const [first, second] = conflicts.map(({ id }: { id: string }) => id);
    assert.match(await meshman.does("conflicts", "get", first.slice(0, 9)), /by laptop\n {3}localName: lost tower, stands bench\n/);
    assert.is((await meshman.json("conflicts", "keep", first.slice(0, 9))).left, 1);
    assert.match(await meshman.does("conflicts", "resolve", second), /^bench: what had lost was taken\n$/);
    assert.equal((await meshman.json("conflicts", "list")).conflicts, []);
    assert.match(await meshman.fails(66, "conflicts", "get", first), /no conflict/);
  });
});
