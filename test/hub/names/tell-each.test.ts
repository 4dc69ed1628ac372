/** What is told of each thing where things of several classes are meant. */
import { assert, describe } from "../../harness/suite.ts";
import { make } from "../../kit/made-device.ts";
import { openSpokenHouse as open } from "../../kit/spoken-house.ts";

describe("names and words: several classes", (it) => {
  it("asks each for what it can tell: a lamp whether it is on, a radiator for its mode, a lock whether it is locked", async () => {
    const light = make("light", { name: "kitchen light", place: "kitchen" });
    const radiator = make("thermostat", { name: "kitchen radiator", place: "kitchen" });
    const door = make("lock", { name: "back door", place: "hall" });
    const { speak, devices } = await open([light, radiator, door]);
    devices.report(light.entry.DeviceUdf, 1, { On: false });
    devices.report(radiator.entry.DeviceUdf, 1, { Mode: "heat", Target: 20 });
    devices.report(door.entry.DeviceUdf, 1, { Locked: true });
    assert.is(
      (await speak("is everything off in the kitchen")).text,
      "yes, kitchen light is off (the hub says, just now); no, kitchen radiator: mode heat (the hub says, just now)",
    );
    assert.is((await speak("is the kitchen radiator on")).text, "kitchen radiator: mode heat (the hub says, just now)");
    assert.is((await speak("is the back door open")).text, "back door is locked (the hub says, just now)");
    assert.equal(devices.orders, []);
  });

  it("tells which of all lights cannot have a colour", async () => {
    const lamp = make("light", { name: "kitchen light", place: "kitchen" });
    const party = make("colour-light", { name: "party lamp", place: "kitchen" });
    const { speak, devices } = await open([lamp, party]);
    assert.match((await speak("make all lights blue")).text, /^party lamp.*; kitchen light cannot do that$/);
    assert.match((await speak("make the kitchen lights blue")).text, /; kitchen light cannot do that$/);
    assert.not.match((await speak("make the party lamp blue")).text, /cannot/);
    assert.not.match((await speak("turn everything off")).text, /cannot/);
    assert.ok(devices.orders.every(({ deviceUdf, command }) => deviceUdf === party.entry.DeviceUdf || command === "Set"));
  });

  it("says that a radiator which is set does nothing while its mode is off, and not when it heats or when that is not known", async () => {
    const radiator = make("thermostat", { name: "study radiator", place: "hall" });
    const { speak, devices } = await open([radiator]);
    devices.answer = () => ({ Id: 1, Result: "Accept", State: { Sequence: 5, Values: [{ Name: "Target", Value: 21 }] } });
    const told = async () => (await speak("set the study radiator to 21 degrees")).text;
    assert.is(await told(), "study radiator: target 21.0 °C");
    devices.report(radiator.entry.DeviceUdf, 6, { Mode: "off" });
    assert.is(await told(), "study radiator: target 21.0 °C; study radiator does nothing of it yet: mode off");
    devices.report(radiator.entry.DeviceUdf, 7, { Mode: "heat" });
    assert.is(await told(), "study radiator: target 21.0 °C");
  });
});
