/**
 * The table of attackers and powers, a test for each cell: each attacker, and each two together, tries what it can, and what comes of it is what the
 * table says. Where it says that somebody succeeds, the test has seen it.
 */
import { addPlace, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { harvest } from "../hub/harvest.ts";
import type { Gang } from "./attempt.ts";
import { attempts, gangOf } from "./attempt.ts";
import { purse } from "./purse.ts";
import { harvestService, type Scene, sentinel, startScene } from "./scene.ts";
import type { Party } from "./table.ts";
import { expected, nameOf, parties, powers } from "./table.ts";

const last = "act after removal";

describe("attack: who may do what, alone and in pairs", (it) => {
  let scene: Scene;
  const gangs = new Map<Party, Gang>();

  /** Everybody with what the service's disk gives them. */
  async function assemble(purses = scene.purses): Promise<void> {
    const loot = await scene.loot();
    for (const party of parties) gangs.set(party, gangOf({ ...scene, purses }, party, loot));
  }

  it.before(async () => {
    scene = await startScene();
    await assemble();
  });
  it.after(() => scene.stop());

  it("the same attempts succeed with what the owner has", async () => {
    const { alice, purses, machines } = scene;
    const own = purse(harvest({ memory: [alice.keys, alice.identity], directories: [] }).keys);
    const owner = gangOf({ ...scene, purses: { ...purses, laptop: own }, machines: { ...machines, laptop: alice } }, ["laptop"], await scene.loot());
    for (const power of ["open a file", "read mail", "open the lock", "connect a device"] as const)
      assert.is(await attempts[power](owner), "yes", power);
    assert.is(await attempts["read a group"](owner), "served");
  });

  for (const power of powers) {
    if (power === last) {
      it("their owner deletes the phone, the lock and the hub", async () => {
        const { alice, machines, lock } = scene;
        for (const udf of [machines.phone?.deviceUdf, lock.udf]) {
          await revokeDevice(alice, udf ?? "");
          await replaceKeys(alice);
        }
        // The hub meets that its lock is gone, and is deleted then.
        await scene.follow();
        await revokeDevice(alice, machines.hub?.deviceUdf ?? "");
        await replaceKeys(alice);
        await addPlace(alice, { name: `${sentinel} after` });
        await assemble({ ...scene.purses, service: await harvestService(scene) });
      });
    }
    for (const party of parties) {
      it(`${nameOf(party)}: ${power}: ${expected(party, power)}`, async () => {
        const gang = gangs.get(party);
        assert.ok(gang);
        assert.is(await attempts[power](gang), expected(party, power));
      });
    }
  }
});
