/** The account's own service gives its answers page by page, each as small and as late as it can: the machine is its owner's again soon. */
import { AccountContext, addPlace } from "../../../src/account/index.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { placeCatalog } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import type { HostileService } from "./hostile-service.ts";
import { startHostile } from "./hostile-service.ts";

/** Entries that are new to the one who syncs. */
const places = 20;
/** What each page takes, by the clock of the one who waits. */
const pageMs = 14_000;

describe("attack: a service that drips", (it) => {
  it("a sync ends when it has waited for a minute, keeps what came, and the next one goes on there", async () => {
    let hostile: HostileService | undefined;
    const house = await startHousehold(async (dir) => {
      hostile = await startHostile(dir);
      return hostile;
    });
    onCleanup(() => house.stop());
    const alice = await house.create("alice", "alice@example.com");
    await (await house.join(alice, "tablet", ["web"])).close();
    for (let place = 0; place < places; place++) await addPlace(alice, { name: `place ${place}` });

    let waited = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + waited };
    const tablet = await AccountContext.open({ dir: house.home("tablet"), ports: { ...ports, clock } });
    onCleanup(() => tablet.close());
    hostile!.malice.download = (answer) => {
      waited += pageMs;
      // An entry and its apex: the least that is believed.
      return { ...answer, Updates: answer.Updates.map((update) => ({ ...update, Envelopes: update.Envelopes.slice(0, 2) })) };
    };
    let turns = 0;
    for (let before = -1; tablet.list(placeCatalog).length < places; turns++) {
      assert.ok(tablet.list(placeCatalog).length > before, "each turn brings something");
      before = tablet.list(placeCatalog).length;
      const start = waited;
      const error = await tablet.sync({ stores: ["MMM_Place"] }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      assert.ok(waited - start <= 60_000 + pageMs, `${waited - start} ms`);
      if (error) await throwsMesh(Promise.reject(error), "ERR_TIMEOUT");
    }
    assert.ok(turns > 1);
  });
});
