/** A hub that its owner removed: it stops, forgets its keys, and says so at every later start. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { evidenceOf, evidenceText, findRemoved, revokeDevice } from "../../src/account/index.ts";
import { dateTime } from "../../src/base/clock.ts";
import { deviceCatalog } from "../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { type RemovalHouse, startRemovalHouse } from "../kit/removal-house.ts";

describe("a hub that was removed from the account", (it) => {
  let house: RemovalHouse;
  it.before(async () => {
    house = await startRemovalHouse();
  });
  it.after(() => house.stop());

  it(
    "commands its light no more, forgets its keys, and says at every start who removed it",
    async () => {
      const { world, stateDir } = house;
      const daemon = house.daemon();
      await daemon.start();
      onCleanup(() => daemon.stop());
      await house.light("lamp");
      await eventually("the light is there", () => daemon.hub.devices().some(({ name, status }) => name === "lamp" && status === "Online"), 120_000);
      const say = () => house.client().say({ text: "turn on the lamp" });
      assert.is((await say()).kind, "done");

      const { hubUdf } = daemon.hub.status();
      await revokeDevice(world.alice, hubUdf);
      let obeyed = true;
      const end = Date.now() + 120_000;
      while (obeyed && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        obeyed = await say().then(
          ({ kind }) => kind === "done",
          () => false,
        );
      }
      assert.not(obeyed, "the removed hub still commands the light");
      const error = await daemon.removed;
      assert.match(error.message, /removed from the account alice@example\.com by alice on \d{4}-\d\d-\d\d/);
      await daemon.stop();

      assert.equal(readdirSync(join(stateDir, "account")), ["removed.json"]);
      for (const room of ["state", "device", "onboarding", "broker"]) assert.not(existsSync(join(stateDir, room)), room);
      for (let start = 0; start < 2; start++) {
        const refused = await throwsMesh(house.daemon().start(), "ERR_REVOKED");
        assert.match(refused.message, /removed from the account alice@example\.com by alice on/);
        assert.match(refused.hint, /mesh-hub init/);
      }
      await house.join();
      const again = house.daemon();
      await again.start();
      onCleanup(() => again.stop());
      assert.is.not(again.hub.status().hubUdf, hubUdf, "with keys of its own");
      assert.not(existsSync(join(stateDir, "account", "removed.json")));
    },
    { timeoutMs: 400_000 },
  );

  it(
    "takes the owner's word by hand, where its service does not tell it, and no other",
    async () => {
      const { world, stateDir } = house;
      const daemon = house.daemon();
      await daemon.start();
      onCleanup(() => daemon.stop());
      const { hubUdf } = daemon.hub.status();
      const other = await world.household.join(world.alice, "other", ["hub"]);
      onCleanup(() => other.close());
      await revokeDevice(world.alice, other.deviceUdf);
      const ofOther = evidenceText(evidenceOf(world.alice, findRemoved(world.alice, other.deviceUdf)));
      await throwsMesh(house.client().removal({ evidence: ofOther }), "ERR_VERIFICATION");
      await throwsMesh(house.client().removal({ evidence: "{}" }), "ERR_SCHEMA");
      assert.is(daemon.hub.status().hubUdf, hubUdf);

      // Signed by hand: as if the service had kept every word of it from the hub.
      const device = world.alice.get(deviceCatalog, hubUdf);
      if (!device) throw new Error("the hub is not in the catalog");
      const removed = { DeviceUdf: hubUdf, Updated: dateTime(Date.now()), Heads: [] };
      const file = join(world.dir, "evidence.json");
      writeFileSync(file, evidenceText(evidenceOf(world.alice, { device, removed })));
      assert.equal(await house.client().removal({ evidence: readFileSync(file, "utf8") }), { account: "alice@example.com", by: "alice" });
      const error = await daemon.removed;
      assert.match(error.message, /its keys were erased/);
      // Until then it holds the directory.
      await daemon.stop();
      assert.equal(readdirSync(join(stateDir, "account")), ["removed.json"]);
    },
    { timeoutMs: 120_000 },
  );
});
