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
});
