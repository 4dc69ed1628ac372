/** Somebody who may read the device catalog, or who even has the keys of a release, wants the entry of a device deleted that never obeyed it. */

import { join } from "node:path";
import { releaseDevice } from "../../../src/account/index.ts";
import { generatePrivateKey } from "../../../src/crypto/index.ts";
import { makeHail } from "../../../src/link/index.ts";
import { deviceCatalog } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { honestDevice } from "../../kit/honest.ts";
import { ports } from "../../kit/household.ts";
import { collect, startHub, startWorld, type World } from "../../kit/hub.ts";

describe("attack: a forged release hail", (it) => {
  let world: World;
  it.before(async () => {
    world = await startWorld();
  });
  it.after(() => world.stop());

  it(
    "deletes nothing: only the device itself shows that it has obeyed",
    async () => {
      const { alice, hubContext, medium } = world;
      const hub = await startHub({ context: hubContext, media: [medium], dir: join(world.dir, "hub") });
      const bulb = await world.bulb("bulb");
      bulb.on();
      const last = (await collect(hub.onboarding.onboard({ uri: bulb.made.uri }))).at(-1);
      assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
      const { deviceUdf } = bulb.made;
      bulb.off();
      await eventually("the bulb is away", () => hub.links.status(deviceUdf) !== "Online");
      await releaseDevice(alice, deviceUdf);
      await eventually("the order has come", () => hubContext.get(deviceCatalog, deviceUdf)?.SealedReleaseDevice !== undefined, 60_000);
      await eventually("the hub knows it", () => hub.links.devices.get(deviceUdf)?.entry.SealedReleaseDevice !== undefined, 60_000);

      const phone = await world.household.join(alice, "phone", ["device"]);
      assert.is(phone.get(deviceCatalog, deviceUdf)?.ReleaseHailKey, undefined, "who reads the catalog does not know the hail");
      // As if a forger had both keys of the release: he still is not the device.
      const release = hub.links.devices.get(deviceUdf)?.release;
      if (!release) throw new Error("the hub has no part of the release");
      const own = generatePrivateKey("X25519", ports.random);
      const forged = (id: string) => ({
        identity: () => ({ local: own, id }),
        selectPsk: () => release.KLink,
      });
      medium.join("silent", (stream) => void stream.onPacket(() => undefined), [makeHail(release.KHail, ports.random)]);
      medium.join("forger", (stream) => void honestDevice(stream, forged(release.PublicationId)), [makeHail(release.KHail, ports.random)]);
      await eventually("both were asked", () => medium.opened.includes("silent") && medium.opened.includes("forger"), 60_000);
      await ports.clock.sleep(3000);
      assert.ok(hubContext.get(deviceCatalog, deviceUdf), "the entry stays");
      medium.leave("silent");
      medium.leave("forger");

      bulb.on();
      await eventually("the bulb obeys, and is believed", () => hubContext.get(deviceCatalog, deviceUdf) === undefined, 60_000);
      await hub.stop();
    },
    { timeoutMs: 300_000 },
  );
});
