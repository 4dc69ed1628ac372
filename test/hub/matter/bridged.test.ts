/** What goes out to Matter of a device of each class, what it has reported, and what controllers want of it as orders. */
import fc from "fast-check";
import { utf8 } from "../../../src/base/bytes.ts";
import { isMeshError } from "../../../src/base/errors.ts";
import { checkArguments, describeDevice } from "../../../src/driver/index.ts";
import { bridgedOf } from "../../../src/hub/matter/bridged.ts";
import { wantedOrder } from "../../../src/hub/matter/wanted-order.ts";
import type { BridgedDevice } from "../../../src/matter/line.ts";
import { lineOf, mostLine, readCall } from "../../../src/matter/line.ts";
import type { DeviceDescription, StateValue } from "../../../src/schema/index.ts";
import { isRiskyOrder } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { catalogue, udfOf } from "../../kit/named-things.ts";
import { hostileNames } from "../../kit/played-house.ts";

const udf = udfOf(1);
const bridge = "0".repeat(32);

function described(deviceClass: string): DeviceDescription {
  const driver = catalogue.drivers.get(deviceClass);
  if (!driver) throw new Error(`no driver ${deviceClass}`);
  return describeDevice(driver, { manufacturer: "Lumen Works", model: "L1", version: "1" });
}

const shadowOf = (values: Record<string, StateValue["Value"]>, status: "Online" | "Offline" | "Sleeping" = "Online", restored = false) => ({
  deviceUdf: udf,
  status,
  updated: 0,
  restored,
  reported: { DeviceUdf: udf, Sequence: 1, Time: "2026-01-01T00:00:00Z", Values: Object.entries(values).map(([Name, Value]) => ({ Name, Value })) },
});

const bridged = (deviceClass: string, values: Record<string, StateValue["Value"]> = {}): BridgedDevice | undefined =>
  bridgedOf({ udf, name: "thing", description: described(deviceClass), bridge }, shadowOf(values));

describe("Matter: what goes out of a device", (it) => {
  it("each class has its counterparts, and what could do harm has none", () => {
    const kinds = Object.fromEntries([...catalogue.drivers.keys()].map((name) => [name, bridged(name)?.kinds ?? []]));
    assert.equal(kinds, {
      "air-quality": ["temperature", "humidity"],
      blender: [],
      button: [],
      "carbon-monoxide": [],
      "coffee-maker": [],
      "colour-light": ["colour"],
      contact: ["contact"],
      cover: ["cover"],
      fan: ["fan"],
      "garage-door": [],
      illuminance: ["illuminance"],
      leak: ["leak"],
      light: ["white"],
      lock: ["lock"],
      meter: [],
      motion: ["occupancy", "illuminance"],
      oven: ["temperature"],
      plug: ["outlet"],
      sensor: ["occupancy", "temperature", "humidity"],
      siren: [],
      smoke: [],
      switch: ["outlet"],
      thermostat: ["thermostat"],
      vacuum: [],
      valve: [],
      vibration: [],
      "washing-machine": [],
    });
  });

  it("shows what was reported, in percent, and nothing else", () => {
    assert.equal(bridged("light", { On: true, Brightness: 40, ColourTemperature: 2700, Label: "x" })?.values, { on: true, level: 40, white: 2700 });
    assert.equal(bridged("lock", { Locked: false, Battery: 55 })?.values, { locked: false, battery: 55 });
    assert.equal(bridged("thermostat", { Temperature: 19.5, Target: 21, Mode: "heat" })?.values, { target: 21, mode: "heat", temperature: 19.5 });
    assert.equal(bridged("light", {})?.values, {});
  });

  it("has a name for ecosystems that is not its fingerprint, and another one at another bridge", () => {
    const light = { udf, name: "thing", description: described("light") };
    const [one, other] = [bridge, "1".repeat(32)].map((each) => bridgedOf({ ...light, bridge: each }, undefined)?.unique);
    assert.match(one ?? "", /^[0-9a-f]{32}$/);
    assert.is.not(one, other);
  });

  it("can be reached only while it is heard: not before its first report, not by what was kept from before", () => {
    const light = { udf, name: "thing", description: described("light"), bridge };
    assert.is(bridgedOf(light, undefined)?.isReachable, false);
    assert.is(bridgedOf(light, shadowOf({ On: true }))?.isReachable, true);
    assert.is(bridgedOf(light, shadowOf({ On: true }, "Sleeping"))?.isReachable, true);
    assert.is(bridgedOf(light, shadowOf({ On: true }, "Offline"))?.isReachable, false);
    assert.is(bridgedOf(light, shadowOf({ On: true }, "Online", true))?.isReachable, false);
  });

  it("a line of it can be read again, whatever its name and its description are", () => {
    const names = fc.oneof(fc.constantFrom(...hostileNames), fc.string({ unit: "binary", maxLength: 200 }));
    const value = fc.oneof(fc.double({ noNaN: true }), fc.boolean(), fc.string(), fc.integer());
    const named = ["On", "Brightness", "ColourTemperature", "Hue", "Saturation", "Target", "Temperature", "Mode", "Battery", "Position", "Speed"];
    fc.assert(
      fc.property(
        names,
        fc.constantFrom(...catalogue.drivers.keys()),
        fc.dictionary(fc.constantFrom(...named), value),
        fc.record({ Minimum: fc.double({ noNaN: true }), Maximum: fc.double({ noNaN: true }) }),
        (name, deviceClass, values, limits) => {
          const own = described(deviceClass);
          const description = { ...own, Properties: own.Properties.map((property) => ({ ...property, ...limits })) };
          const device = bridgedOf({ udf, name, description, bridge }, shadowOf(values));
          if (!device) return;
          assert.ok(utf8(device.label).length <= 32);
          const line = lineOf({ call: "device", id: 1, device });
          assert.ok(line.length < mostLine);
          assert.equal(readCall(line.trim()), { call: "device", id: 1, device: JSON.parse(JSON.stringify(device)) });
        },
      ),
    );
  });

  it("controllers want one thing at a time, and it becomes an order that the device takes", () => {
    const light = described("colour-light");
    for (const [want, order] of [
      [{ on: true }, { On: true }],
      [{ level: 33.3 }, { Brightness: 33 }],
      [
        { on: true, level: 50 },
        { On: true, Brightness: 50 },
      ],
      [{ white: 2000 }, { ColourTemperature: 2200, Saturation: 0 }],
      [
        { hue: 120, saturation: 80 },
        { Hue: 120, Saturation: 80 },
      ],
    ] as const) {
      const { command, arguments: values } = wantedOrder(light, want);
      assert.equal([command, Object.fromEntries(values.map(({ Name, Value }) => [Name, Value]))], ["Set", order]);
      checkArguments(light, command, values);
    }
    const cover = described("cover");
    assert.equal(wantedOrder(cover, { position: 30 }), { command: "Set", arguments: [{ Name: "Position", Value: 30 }] });
    assert.equal(wantedOrder(cover, { stop: true }), { command: "Stop", arguments: [] });
    assert.equal(wantedOrder(cover, { identify: true }), { command: "Identify", arguments: [] });
    assert.equal(wantedOrder(described("lock"), { locked: true }), { command: "Lock", arguments: [] });
    assert.equal(wantedOrder(described("lock"), { locked: false }), { command: "Unlock", arguments: [] });
  });

  it("a mixture, nothing at all, and what the device has not are refused", async () => {
    const light = described("light");
    for (const want of [
      {},
      { on: true, locked: false },
      { stop: true, position: 3 },
      { stop: true, identify: true },
      { locked: true, position: 3 },
    ] as const)
      await throwsMesh(() => wantedOrder(light, want), "ERR_COMMAND");
    const { command, arguments: values } = wantedOrder(described("plug"), { level: 3 });
    await throwsMesh(() => checkArguments(described("plug"), command, values), "ERR_COMMAND");
  });

  it("whatever is wanted of a class that goes out for its state alone is an order that counts as risky, or one that it does not take", () => {
    const wants = [
      { on: true },
      { on: false },
      { level: 50 },
      { position: 100 },
      { target: 20 },
      { mode: "heat" },
      { speed: 10 },
      { locked: false },
    ] as const;
    for (const deviceClass of ["oven", "siren", "valve", "garage-door", "coffee-maker", "blender", "lock"]) {
      const description = described(deviceClass);
      for (const want of wants) {
        let order: ReturnType<typeof wantedOrder>;
        try {
          order = wantedOrder(description, want);
          checkArguments(description, order.command, order.arguments);
        } catch (error) {
          assert.ok(isMeshError(error, "ERR_COMMAND"));
          continue;
        }
        const told = { class: deviceClass, command: order.command, arguments: order.arguments, properties: description.Properties };
        assert.ok(isRiskyOrder(told), `${deviceClass} ${order.command}`);
      }
    }
  });
});
