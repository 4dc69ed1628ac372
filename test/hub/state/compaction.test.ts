/** A hub lets its states begin anew when they have grown, and goes on with what an earlier run began. */

import { put } from "../../../src/account/index.ts";
import { silentLog } from "../../../src/base/log.ts";
import { Compaction, isGrown } from "../../../src/hub/state/compaction.ts";
import { type CatalogedState, stateCatalog } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { ports, startHousehold } from "../../kit/household.ts";

describe("compaction of the states", (it) => {
  it("waits until there are many frames, and many times what lives", () => {
    assert.not(isGrown({ frames: 20_000, live: 1 }));
    assert.ok(isGrown({ frames: 20_001, live: 1 }));
    assert.not(isGrown({ frames: 20_001, live: 2000 }));
  });

  it(
    "keeps the newest entry of each device, and every reader goes on",
    async () => {
      const house = await startHousehold();
      const alice = await house.create("alice", "alice@example.com");
      const hub = await house.join(alice, "hub", ["hub"]);
      const entry = (n: number, sequence: number): CatalogedState => ({
        DeviceUdf: `MDEV-${n}`,
        Updated: "2026-01-01T00:00:00Z",
        Sequence: sequence,
        Status: "Online",
        Via: hub.deviceUdf,
      });
      for (let round = 1; round <= 10; round += 1) {
        await hub.transact({ catalogs: [1, 2].map((n) => put(stateCatalog, entry(n, round))) });
      }
      const compaction = new Compaction({ account: hub, clock: ports.clock, log: silentLog, least: 10, factor: 2 });
      await compaction.turn();
      assert.is(hub.sizeOf("MMM_State").epoch, 1);
      assert.ok(hub.sizeOf("MMM_State").frames < 6);
      await hub.transact({ catalogs: [put(stateCatalog, entry(1, 11))] });
      await compaction.turn();
      assert.is(hub.sizeOf("MMM_State").epoch, 1, "once is enough");
      await alice.sync();
      assert.equal(
        alice.list(stateCatalog).map(({ value }) => [value.DeviceUdf, value.Sequence]),
        [
          ["MDEV-1", 11],
          ["MDEV-2", 10],
        ],
      );
      await house.stop();
    },
    { timeoutMs: 60_000 },
  );
});
