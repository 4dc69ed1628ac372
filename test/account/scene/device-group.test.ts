/** Groups of devices: made by administrators alone, of devices that are there, under names that are free; read beside the scenes of the same store. */
import type { AccountContext } from "../../../src/account/index.ts";
import { addDeviceGroup, addScene, deleteDeviceGroup, deviceGroupsOf, scenesOf } from "../../../src/account/index.ts";
import { mostGroupDevices } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";
import { udfOf } from "../../kit/named-things.ts";

describe("account: groups of devices", (it) => {
  let house: Household;
  let alice: AccountContext;
  let hub: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    hub = await house.join(alice, "hub", ["hub"]);
    await alice.sync();
  });
  it.after(() => house.stop());

  it("stand beside scenes, each device once, and neither is taken for the other", async () => {
    const group = await addDeviceGroup(alice, { name: "evening lamps", aliases: ["Abendlampen"], devices: ["hub", hub.deviceUdf] });
    assert.equal(group.Devices, [hub.deviceUdf]);
    const order = { Command: "Set", Targets: [{ DeviceUdf: udfOf(1), Arguments: [] }] };
    await addScene(alice, { name: "movie night", orders: [order] });
    await throwsMesh(addScene(alice, { name: "Abendlampen", orders: [order] }), "ERR_EXISTS");
    await hub.sync();
    for (const context of [alice, hub]) {
      assert.equal(
        deviceGroupsOf(context).map(({ LocalName }) => LocalName),
        ["evening lamps"],
      );
      assert.equal(
        scenesOf(context).map(({ LocalName }) => LocalName),
        ["movie night"],
      );
    }
  });

  it("are refused to others, under names that are taken, of devices that are not there, and beyond their number", async () => {
    await throwsMesh(addDeviceGroup(hub, { name: "mine", devices: ["hub"] }), "ERR_NOT_AUTHORIZED");
    await throwsMesh(deleteDeviceGroup(hub, "evening lamps"), "ERR_NOT_AUTHORIZED");
    await throwsMesh(addDeviceGroup(alice, { name: "movie night", devices: ["hub"] }), "ERR_EXISTS");
    await throwsMesh(addDeviceGroup(alice, { name: "hub", devices: ["hub"] }), "ERR_NAME");
    await throwsMesh(addDeviceGroup(alice, { name: "others", devices: ["piano"] }), "ERR_NOT_FOUND");
    await throwsMesh(addDeviceGroup(alice, { name: "none", devices: [] }), "ERR_USAGE");
    await throwsMesh(addDeviceGroup(alice, { name: "too many", devices: Array(mostGroupDevices + 1).fill("hub") }), "ERR_USAGE");
    assert.is(deviceGroupsOf(alice).length, 1);
  });

  it("are forgotten by name", async () => {
    await deleteDeviceGroup(alice, "ABENDLAMPEN");
    assert.equal(deviceGroupsOf(alice), []);
    await throwsMesh(deleteDeviceGroup(alice, "evening lamps"), "ERR_NOT_FOUND");
  });
});
