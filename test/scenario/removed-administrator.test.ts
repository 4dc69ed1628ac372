/**
 * Alice removes an administration device: it knows every LinkRoot and all administrators' keys. Her account goes on under others, and her lamp, which
 * was off meanwhile, can be taken over until it has met its new deal: the program says so, and shows it coming over.
 */
import { join } from "node:path";
import { Flash } from "../../firmware-stubs/virtual/image/flash.ts";
import { DeviceImage } from "../../firmware-stubs/virtual/image/image.ts";
import { currentWindow, openWindow, takeableDevices } from "../../src/account/index.ts";
import { administratorMembers, deviceCatalog } from "../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { ports } from "../kit/household.ts";
import { collect, startHub, startWorld } from "../kit/hub.ts";
import { machine } from "../kit/meshman-terminal.ts";

describe("an administration device that is removed", (it) => {
  it(
    "takes no device with it: each is dealt anew under the keys that took the place of those it has",
    async () => {
      const world = await startWorld();
      onCleanup(() => world.stop());
      const { alice, hubContext, household, medium } = world;
      const hub = await startHub({ context: hubContext, media: [medium], dir: join(world.dir, "hub") });
      onCleanup(() => hub.stop());
      const bulb = await world.bulb("bulb");
      bulb.on();
      const last = (await collect(hub.onboarding.onboard({ uri: bulb.made.uri, name: "lamp" }))).at(-1);
      assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
      await world.agent(false);
      const second = await household.join(alice, "second", ["admin", "command"]);
      const before = alice.profile;
      bulb.off();
      const flash = (): DeviceImage => new DeviceImage(new Flash(join(world.dir, "bulb"), () => undefined as never));
      const knownRoot = flash().active?.Connection.LinkRoot;
      await openWindow({ dir: alice.dir, minutes: 60, administrators: alice.profile.AdministratorSignature.Udf, ports });

      const desk = machine(alice.dir, household.service.url);
      const { rekeyed, remains } = await desk.json("device", "delete", "second", "--yes");
      for (const member of administratorMembers) assert.ok(rekeyed.includes(member), member);
      assert.match(remains.join("\n"), /second has the link root of lamp.* can take .* over until/);
      await throwsMesh(second.sync(), "ERR_REVOKED");
      await alice.refresh();
      await alice.sync();
      assert.is(alice.profile.Version, 1);
      for (const member of administratorMembers) assert.is.not(alice.profile[member].Udf, before[member].Udf);
      assert.equal(takeableDevices(alice), [bulb.core.deviceUdf]);
      assert.is(await currentWindow(alice.dir, ports, alice.profile.AdministratorSignature.Udf), undefined, "an open window is closed");
      assert.match((await desk.run(["account", "status"])).stdout, /can be taken over.*lamp/);

      await world.agent(true);
      bulb.on();
      await eventually("the lamp meets its new deal", () => alice.get(deviceCatalog, bulb.core.deviceUdf)?.Connected !== undefined);
      await world.agent(false);
      bulb.off();
      const image = flash();
      assert.is(image.lock.Administrator?.Udf, alice.profile.AdministratorSignature25519.Udf, "the lamp goes by the new administrators");
      assert.is.not(Buffer.from(image.active!.Connection.LinkRoot).toString("hex"), Buffer.from(knownRoot!).toString("hex"));
      assert.equal(takeableDevices(alice), []);
    },
    { timeoutMs: 300_000 },
  );
});
